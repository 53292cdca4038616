"""Closing a month: accruals, statements of every household to the fen, chain, digest; then it never changes.

One transaction under the month's exclusive lock: a crash leaves nothing behind, a second close is refused, and the same books
give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry, Link, Period
from marketplace.attribution.periods import BEGINNING, LOCK_SPACE, last_closed
from marketplace.attribution.service.accrue import accrue_month
from marketplace.attribution.service.chain import link_period
from marketplace.attribution.service.statements import Pool, write_statements
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import day_start, next_period, parse_period, period_days, today, utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict, PeriodClosed

# A month closes at the earliest on this day of the next, so that late uploads of its last days stay in it.
CLOSE_DAY: Final = 5


@dataclass(frozen=True)
class NextClose:
    """The month that closes next, the first day (Asia/Shanghai) on which it may, and what it holds so far (fen)."""

    period: str
    from_day: date
    may_close: bool
    entries: int
    sale_fen: int


def next_close(session: Session) -> NextClose | None:
    """What closes next: the month after the last closed one, or the first that has entries; None for empty books."""
    closed = last_closed(session)
    period = next_period(closed) if closed else session.scalar(select(func.min(Entry.period)))
    if period is None:
        return None
    entries, sale_fen = _held(session, period)
    from_day = _close_day(period)
    return NextClose(period, from_day, today() >= from_day, entries, sale_fen)


def close_period(session: Session, actor: Actor | None, period: str) -> Period:
    """Close the month ``YYYY-MM`` and return its row, with counts, Σ fen, chain head and digest.

    Raises PeriodClosed (409) when it is closed, Conflict ``too_early`` before the 5th of the next month (Shanghai), Conflict
    ``earlier_period_open`` when an earlier month with entries is open.
    """
    parse_period(period)
    if last_closed(session) is None:
        lock_exclusive(session, LOCK_SPACE, BEGINNING)
    lock_exclusive(session, LOCK_SPACE, period)
    _check_order(session, period)
    accrue_month(session, period)
    session.flush()
    link_period(session, period)
    digest = hashlib.sha256(period.encode())
    pools = write_statements(session, period, digest)
    row = _freeze(session, actor, period, pools, digest)
    audit.record(
        session, actor, "attribution.period.close", "period", period, detail={"entries": row.entries}
    )
    return row


def _check_order(session: Session, period: str) -> None:
    closed = last_closed(session)
    if closed is not None and period <= closed:
        raise PeriodClosed()
    if utcnow() < day_start(_close_day(period)):
        raise Conflict("too_early", f"{period} 最早于次月 {CLOSE_DAY} 日关账")
    if closed is not None and period != next_period(closed):
        raise Conflict("earlier_period_open", f"应先关 {next_period(closed)}")
    if closed is None:
        first = session.scalar(select(func.min(Entry.period)))
        if first is not None and first < period:
            raise Conflict("earlier_period_open", f"应先关 {first}")


def _close_day(period: str) -> date:
    return period_days(period)[1] + timedelta(days=CLOSE_DAY - 1)


def _held(session: Session, period: str) -> tuple[int, int]:
    """Entries of a month of the books, and their Σ fen."""
    counted = select(func.count(), func.coalesce(func.sum(Entry.sale_fen), 0)).where(Entry.period == period)
    entries, sale_fen = session.execute(counted).one()
    return entries, int(sale_fen)


def _freeze(session: Session, actor: Actor | None, period: str, pools: Sequence[Pool], digest: Any) -> Period:
    entries, sale_fen = _held(session, period)
    head = session.execute(
        select(Link.position, Link.hash).order_by(Link.position.desc()).limit(1)
    ).one_or_none()
    digest.update(f"{entries}|{sale_fen}".encode())
    row = Period(
        period=period,
        state="closed",
        closed_at=utcnow(),
        closed_by=actor.audit_id if actor is not None else None,
        entries=entries,
        sale_fen=sale_fen,
        benefit_fen=sum(pool.added_fen for pool in pools),
        last_position=head.position if head else 0,
        chain_head=bytes(head.hash) if head else b"",
        digest=digest.digest(),
    )
    session.add(row)
    session.flush()
    return row
