"""Previews: what would happen, found out by doing it and taking it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session


class _Undone(Exception):
    """Ends what was only tried."""


@contextmanager
def taken_back(session: Session) -> Iterator[None]:
    """What is done inside is undone at its end; an error inside leaves as it is. Locks stay until the transaction ends."""
    try:
        with session.begin_nested():
            yield
            raise _Undone
    except _Undone:
        return
