"""Counts what a request asks of the database: savepoints and settings of the transaction are not questions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from marketplace.core import db

_NOT_QUESTIONS = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SET ", "BEGIN", "COMMIT")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are run within the block, in order."""
    found: list[str] = []

    def heard(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(_NOT_QUESTIONS):
            found.append(statement)

    engine = db.current().engine
    event.listen(engine, "before_cursor_execute", heard)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", heard)
