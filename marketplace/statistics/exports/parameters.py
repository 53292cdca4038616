"""The parameters of an export, read by the schema of the route that answers the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError
from sqlalchemy.orm import Session

from marketplace.accounts.service.exports import Order
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid
from marketplace.core.patience import allow_minutes

# Of a page, not of a whole file; the area is the export's own.
_NOT_OF_EXPORTS: Final = ("area", "format", "cursor", "page_size")


def loaded(schema: type[Schema], order: Order) -> dict[str, Any]:
    """The route's arguments. Invalid (``export_parameters``) that names the bad ones and lists the known ones."""
    whole = schema()
    allowed = schema(exclude=[name for name in _NOT_OF_EXPORTS if name in whole.fields])
    try:
        args: dict[str, Any] = allowed.load(dict(order.parameters), unknown=RAISE)
    except ValidationError as error:
        bad = sorted(error.messages) if isinstance(error.messages, dict) else []
        raise Invalid(
            "export_parameters",
            "该导出的参数不符",
            pointer=f"/parameters/{bad[0]}" if bad else "/parameters",
            known=sorted(field.data_key or name for name, field in allowed.fields.items()),
        ) from error
    return args | {"area": order.area}


@contextmanager
def long_snapshot() -> Iterator[Session]:
    """One state of the books for as long as the export takes."""
    with transaction(snapshot=True) as session:
        allow_minutes(session)
        yield session
