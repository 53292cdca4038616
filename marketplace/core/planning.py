"""What PostgreSQL's planner is told by who knows better: a table that grows by thousands a second is not what it last heard."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

_BY_INDEX: Final = sql(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)"
)


def read_by_index(session: Session) -> None:
    """Until its end this transaction reads by an index where there is one, on one processor: a small part of a large table."""
    session.execute(_BY_INDEX)
