"""Cursor paging: stable while rows are added, the same cost on page one and page ten thousand.

A cursor is the last row's sort key, signed, so that nobody can make one up; `page_size` is 1–200.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar

import orjson
from flask import current_app
from marshmallow import Schema, fields
from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.core.errors import BadRequest
from marketplace.core.http.fields import StrictInteger

Row = TypeVar("Row")
MAX_PAGE: Final = 200


class PageArgs(Schema):
    """Query arguments of every list; a list's own filters inherit from it."""

    page_size = StrictInteger(
        minimum=1, maximum=MAX_PAGE, load_default=50, metadata={"description": "每页条数", "example": 50}
    )
    cursor = fields.String(load_default=None, metadata={"description": "上一页返回的 next_cursor"})


_OF_PAGES: Final = frozenset(PageArgs().fields)


def filters_of(args: dict[str, Any]) -> dict[str, Any]:
    """The loaded arguments of a list without those of its paging: its own filters."""
    return {name: value for name, value in args.items() if name not in _OF_PAGES}


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows and where to go on (None at the end)."""

    items: Sequence[Row]
    next_cursor: str | None


def page_schema(item: type[Schema]) -> type[Schema]:
    """Wire schema ``{items: [...], next_cursor}`` for an item schema."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next_cursor": fields.String(allow_none=True, required=True),
        },
        name=f"{item.__name__}Page",
    )


def page_of(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    *,
    keys: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]],
    key_of: Callable[[Any], Sequence[Any]],
    args: dict[str, Any],
    descending: bool = False,
    scalars: bool = True,
) -> Page[Any]:
    """One page of `statement`, sorted by `keys` (unique together); `key_of` gives a row's key values.

    `args` are loaded `PageArgs`. BadRequest (code ``cursor``) on a cursor that is not ours or belongs to another list.
    """
    size: int = args["page_size"]
    scope = ",".join(str(k) for k in keys) + ("-" if descending else "+")
    if args.get("cursor"):
        values = open_cursor(args["cursor"], scope)
        left = tuple_(*keys)
        statement = statement.where(left < tuple(values) if descending else left > tuple(values))
    statement = statement.order_by(*[k.desc() if descending else k.asc() for k in keys]).limit(size + 1)
    result = session.execute(statement)
    rows = list(result.scalars() if scalars else result)
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, make_cursor(key_of(rows[-1]), scope) if more and rows else None)


def make_cursor(values: Sequence[Any], scope: str) -> str:
    """Sign the sort key `values` for the list named by `scope`."""
    body = orjson.dumps([_tag(v) for v in values])
    return base64.urlsafe_b64encode(_sign(body, scope) + body).decode().rstrip("=")


def open_cursor(cursor: str, scope: str) -> list[Any]:
    """The sort key of a cursor made for `scope`; BadRequest when it was not."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (ValueError, UnicodeEncodeError) as error:
        raise BadRequest("cursor", "翻页游标无效") from error
    mac, body = raw[:16], raw[16:]
    if not hmac.compare_digest(mac, _sign(body, scope)):
        raise BadRequest("cursor", "翻页游标无效")
    return [_untag(kind, value) for kind, value in orjson.loads(body)]


def _sign(body: bytes, scope: str) -> bytes:
    secret = current_app.secret_key
    key = secret if isinstance(secret, bytes) else str(secret).encode()
    return hmac.new(key, scope.encode() + b"\n" + body, hashlib.sha256).digest()[:16]


def _tag(value: Any) -> tuple[str, Any]:
    if isinstance(value, uuid.UUID):
        return "u", str(value)
    if isinstance(value, datetime):
        return "t", value.isoformat()
    if isinstance(value, date):
        return "d", value.isoformat()
    return "v", value


def _untag(kind: str, value: Any) -> Any:
    if kind == "u":
        return uuid.UUID(value)
    if kind == "t":
        return datetime.fromisoformat(value)
    if kind == "d":
        return date.fromisoformat(value)
    return value
