"""A row that is about to change: locked, and as it is now."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session

from marketplace.core.errors import NotFound

T = TypeVar("T")


def locked_row(session: Session, statement: Select[T], missing: NotFound | None = None) -> T:
    """The one row of `statement`, locked until the end of the transaction, over whatever the session thought of it.

    Raises `missing` (NotFound without words when it is not given) when there is none.
    """
    found = session.scalars(
        statement.with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise missing or NotFound
    return found
