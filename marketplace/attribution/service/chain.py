"""Committed entries get their position and hash, in batches, by one worker: selling takes no lock for it.

Positions are given to what is committed and has none, not to "ids above the last", which would skip a transaction that commits
late. The periodic run looks back a bounded number of entries; the close of a month looks at all of it.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from marketplace.attribution.canonical import GENESIS, chain_hash
from marketplace.attribution.models import Entry, Link
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive

LOCK_SPACE: Final = "attribution.chain"
LOOK_BACK: Final = 100_000
BATCH: Final = 5_000


def link_recent(session: Session) -> int:
    """Link committed entries that have no position yet; how many. Run every second by the worker."""
    newest = session.scalar(select(func.max(Link.entry_no))) or 0
    return _link(session, _unlinked().where(Entry.entry_no > newest - LOOK_BACK).limit(BATCH))


def link_period(session: Session, period: str) -> int:
    """Link every entry of a month, however old; how many were still unlinked. Part of the close."""
    return _link(session, _unlinked().where(Entry.period == period))


def _unlinked() -> Select[Any]:
    columns = Entry.__table__.columns
    linked = select(Link.entry_no).where(Link.entry_no == Entry.entry_no).exists()
    return select(*columns).where(~linked).order_by(Entry.entry_no)


def _link(session: Session, unlinked: Select[Any]) -> int:
    lock_exclusive(session, LOCK_SPACE, "")
    head = session.execute(
        select(Link.position, Link.hash).order_by(Link.position.desc()).limit(1)
    ).one_or_none()
    position, current = (head.position, bytes(head.hash)) if head else (0, GENESIS)
    now = utcnow()
    rows: list[dict[str, Any]] = []
    for entry in session.execute(unlinked).mappings():
        position += 1
        current = chain_hash(current, dict(entry))
        rows.append({"entry_no": entry["entry_no"], "position": position, "hash": current, "linked_at": now})
    if rows:
        session.execute(insert(Link), rows)
    return len(rows)
