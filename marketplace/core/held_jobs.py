"""Jobs that are done along with another one, in its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow

_HOLD: Final = sql("""
    SELECT key, attempts FROM core.job WHERE key = ANY(:keys) AND state = 'ready' FOR UPDATE SKIP LOCKED
""")
_FINISH: Final = sql("""
    UPDATE core.job SET state = 'done', done_at = :now WHERE key = ANY(:keys) AND state = 'ready'
""")


def hold(session: Session, keys: Sequence[str]) -> dict[str, int]:
    """Claim the open jobs of these keys that nobody else has in hand, beside the one that is being done: key → failed attempts.

    For a job that does others of its kind along with itself; `finish` says which it did.
    """
    return dict(session.execute(_HOLD, {"keys": list(keys)}).all())


def finish(session: Session, keys: Sequence[str]) -> None:
    """Jobs that were held are done."""
    if keys:
        session.execute(_FINISH, {"keys": list(keys), "now": utcnow()})
