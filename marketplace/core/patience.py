"""Time for a transaction of work that takes minutes, or that waits for work done elsewhere."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

STATEMENT_MS: Final = 3_600_000


def allow_minutes(session: Session) -> None:
    """Until its end this transaction may run statements of an hour, and wait between them for work that is done elsewhere.

    Call it first in the transaction; a snapshot may have been set before.
    """
    session.execute(sql(f"SET LOCAL statement_timeout = {STATEMENT_MS}"))
    allow_waiting(session)


def allow_waiting(session: Session) -> None:
    """Until its end this transaction may wait between statements for work that is done elsewhere, as long as that takes."""
    session.execute(sql("SET LOCAL idle_in_transaction_session_timeout = 0"))
