"""Browsing listings: one statement a page, in index order, whose JSON the database writes.

Twenty-four rows of a hundred thousand come from one of the `ix_listing_*` indexes; Python only joins the texts. The statement is
built once per combination of filters and sort. A certificate that has ended by today is left out of the goods class here,
whatever a listing was put up as.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import psycopg

from marketplace.catalogue.rules.shown_class import GOODS_CLASS, IS_AID, IS_NOT_AID, REASON
from marketplace.core import divisions
from marketplace.core.clock import today
from marketplace.producers.categories import leaves_of

_DIALECT: Final = psycopg.dialect()  # type: ignore[no-untyped-call]

#: Sort code → column, direction, type of its key in a cursor.
SORTS: Final = {
    "new": ("listed_at", "DESC", "timestamptz"),
    "price": ("price_fen", "ASC", "bigint"),
    "-price": ("price_fen", "DESC", "bigint"),
    "name": ("title", "ASC", "text"),
}

_ITEM: Final = f"""json_build_object(
    'id', l.id, 'listing_no', l.listing_no, 'title', l.title, 'producer_id', l.producer_id,
    'producer_name', l.producer_name, 'spec', l.spec, 'unit', l.unit, 'category_code', l.category_code,
    'origin_area', l.origin_area, 'price_fen', l.price_fen, 'price_per_500g_fen', l.price_per_500g_fen,
    'goods_class', {GOODS_CLASS}, 'goods_class_reason', {REASON}, 'channel_id', l.channel_id,
    'channel_kind', l.channel_kind, 'offer_id', l.offer_id, 'in_stock', s.on_hand > s.reserved,
    'listed_at', l.listed_at)::text"""

_CONDITIONS: Final = {
    "channel_id": "l.channel_id = :channel_id",
    "channel_code": "l.channel_id = (SELECT c.id FROM catalogue.channel c WHERE c.code = :channel_code)",
    "channel_kind": "l.channel_kind = :channel_kind",
    "category": "l.category_code = :category",
    "categories": "l.category_code = leaf.code",
    "origin": "l.origin_area >= :origin AND l.origin_area < :origin_end",
    "aid": IS_AID,
    "not_aid": IS_NOT_AID,
    "price_from_fen": "l.price_fen >= :price_from_fen",
    "price_to_fen": "l.price_fen <= :price_to_fen",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a visitor looks for. `channel` is an id or a code; `category` and `origin` stand for everything inside them."""

    sort: str = "new"
    size: int = 24
    channel: str | None = None
    channel_kind: str | None = None
    category: str | None = None
    origin: str | None = None
    aid: bool | None = None
    price_from_fen: int | None = None
    price_to_fen: int | None = None
    after: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page: the items as one JSON text, how many they are, and the sort key and id to go on after (None at the end)."""

    items_json: str
    count: int
    last: tuple[str, str] | None


def browse(connection: Connection, question: Question) -> Found:
    """One page of what is listed. `Invalid` (``unknown_division``, ``unknown_category``) for a word that names nothing."""
    values = _values(question)
    filters = tuple(name for name in _CONDITIONS if name in values or (name, question.aid) in _AID)
    statement = _statement(filters, question.sort, question.size + 1, question.after is not None)
    rows = connection.exec_driver_sql(statement, values).all()
    page = rows[: question.size]
    more = len(rows) > question.size
    return Found(
        ",".join(row[0] for row in page), len(page), (page[-1][1], page[-1][2]) if more and page else None
    )


_AID: Final = {("aid", True), ("not_aid", False)}


def _values(question: Question) -> dict[str, Any]:
    values: dict[str, Any] = {"today": today()}
    if question.channel is not None:
        values |= _channel(question.channel)
    if question.category is not None:
        values |= _category(question.category)
    if question.origin is not None and (origin := divisions.prefix(question.origin)):
        values |= {"origin": origin, "origin_end": _end(origin)}
    for name in ("channel_kind", "price_from_fen", "price_to_fen"):
        if (value := getattr(question, name)) is not None:
            values[name] = value
    if question.after is not None:
        values |= {"after": question.after[0], "after_id": question.after[1]}
    return values


def _channel(text: str) -> dict[str, Any]:
    try:
        return {"channel_id": uuid.UUID(text)}
    except ValueError:
        return {"channel_code": text}


def _category(code: str) -> dict[str, Any]:
    """One third-level category, or all of them inside a wider one."""
    leaves = leaves_of(code)
    return {"category": leaves[0]} if len(leaves) == 1 else {"categories": list(leaves)}


def _end(prefix: str) -> str:
    """The first text in COLLATE "C" after everything that begins with `prefix`."""
    return prefix + "\U0010ffff"


@lru_cache(maxsize=1024)
def _statement(filters: tuple[str, ...], sort: str, limit: int, goes_on: bool) -> str:
    """The statement in the driver's own words: nothing of it is worked out again at the next request.

    The limit is written out, so that the planner knows it without the values: then one plan serves all, and planning a page
    does not take longer than reading it.
    """
    column, direction, key_type = SORTS[sort]
    conditions = ["l.state = 'listed'", *(_CONDITIONS[name] for name in filters)]
    if column != "price_fen":
        # Not in the order of prices, so no index of prices: one plan for all values would sort half a channel for a wide range.
        conditions = [condition.replace("l.price_fen ", "l.price_fen + 0 ") for condition in conditions]
    if goes_on:
        sign = ">" if direction == "ASC" else "<"
        conditions.append(f"(l.{column}, l.id) {sign} (CAST(:after AS {key_type}), CAST(:after_id AS uuid))")
    order = f"ORDER BY l.{column} {direction}, l.id {direction} LIMIT {limit}"
    listings = f"SELECT l.* FROM catalogue.listing l WHERE {' AND '.join(conditions)} {order}"  # noqa: S608 - our words
    if "categories" in filters:
        # A page of each category is read in index order, and the pages are merged: a wide category costs no scan.
        listings = (
            "SELECT l.* FROM unnest(CAST(:categories AS text[])) AS leaf (code)"  # noqa: S608 - our words
            f" CROSS JOIN LATERAL ({listings}) l {order}"
        )
    page = sql(
        f"SELECT {_ITEM}, l.{column}::text, l.id::text FROM ({listings}) l"  # noqa: S608 - our words
        f" JOIN catalogue.stock_item s ON s.id = l.stock_item_id {order}"
    )
    return str(page.compile(dialect=_DIALECT))
