"""What is sent next, decided from what the upper instance says it holds, never from what was sent before.

It holds whole batches of ours, so its position is the end of one of them, with the same hash; if not, the two ledgers have parted
(one was restored from an older copy), and the feed stops until people have looked. What it lost after a restore is sent again,
the same bytes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.statistics.upward import batches
from marketplace.statistics.upward.link import Sending, Upper
from marketplace.statistics.upward.models import UpwardBatch, UpwardFeed
from marketplace.statistics.upward.rows import RowsChanged, own_position, previous_hash
from marketplace.statistics.upward.views import want_view

log = structlog.get_logger(__name__)
#: How soon it is asked what became of a batch.
SOON: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(minutes=5)
#: After so long without being read a batch is sent again.
STUCK: Final = timedelta(minutes=10)
#: Refusals that are mended by going on from where it stands; any other needs people.
MENDED_BY_ASKING: Final = ("upward_not_next",)


def is_due(session: Session, upper: Upper, source: str) -> bool:
    """Whether to call the upper instance about the source now: there is something to send, or it was not asked for long."""
    now = utcnow()
    feed = session.get(UpwardFeed, source, populate_existing=True)
    if feed is None or feed.state != "running" or feed.next_try_at > now:
        return False
    every = timedelta(seconds=upper.every)
    if feed.asked_at is None or now - feed.asked_at >= every or _is_open(session, source):
        return True
    return bool(_is_time(session, upper, feed, now)) or bool(
        batches.sealed_totals(session, source, upper.source)
    )


def next_step(session: Session, upper: Upper, source: str, held: dict[str, Any]) -> Sending | None:
    """What to send now, the upper instance holding what it says; None when it is nothing, or when the feed must stop."""
    now = utcnow()
    feed = session.get_one(UpwardFeed, source, with_for_update=True, populate_existing=True)
    feed.asked_at, feed.tries, feed.last_error, feed.next_try_at = now, 0, None, now + SOON
    if not _take_over(session, feed, held, now):
        _stop(session, feed, "diverged")
        return None
    if held["waiting"]:
        stuck = _stuck_one(session, source, held, now)
        feed.next_try_at = now + _patience(session, source, now)
        return stuck
    try:
        batch = _open_one(session, source, held["position"]) or _new_one(session, upper, feed, held, now)
    except RowsChanged:
        _stop(session, feed, "rows_changed")
        return None
    if batch is None:
        return None
    if batch.sequence <= held["last_sequence"]:
        refusal = held["last_refusal"] if batch.sequence == held["last_sequence"] else None
        if refusal is not None and refusal not in MENDED_BY_ASKING:
            _stop(session, feed, refusal)
            return None
        batch.sequence = held["last_sequence"] + 1
    batch.sent_at = now
    session.flush()
    return batches.as_sending(batch)


def _take_over(session: Session, feed: UpwardFeed, held: dict[str, Any], now: datetime) -> bool:
    """Mark what is held and what is not (any more); False when what it holds is not ours."""
    position = held["position"]
    session.flush()
    if previous_hash(session, feed.source, position) != bytes.fromhex(held["hash"]):
        return False
    of_feed = UpwardBatch.source == feed.source
    is_held = UpwardBatch.to_position <= position
    _mark(session, now, of_feed, is_held, UpwardBatch.state == "open", state="held")
    _mark(
        session, now, of_feed, UpwardBatch.from_position > position, UpwardBatch.state == "held", state="open"
    )
    sealed = {one["period"]: one["version"] for one in held["sealed"]}
    for batch in session.scalars(
        select(UpwardBatch).where(
            of_feed, UpwardBatch.total_id.is_not(None), UpwardBatch.state.in_(("open", "held"))
        )
    ):
        period, version = batches.month_of(session, batch)
        is_there = version <= sealed.get(period, 0)
        if is_there and batch.state == "open":
            batch.state, batch.held_at = "held", now
            want_view(session, feed.source, period)
        elif not is_there:
            batch.state, batch.held_at = "open", None
    feed.position = position
    session.flush()
    return True


def _mark(session: Session, now: datetime, *which: Any, state: str) -> None:
    session.execute(
        update(UpwardBatch)
        .where(*which)
        .values(state=state, held_at=now if state == "held" else None)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def _open_one(session: Session, source: str, position: int) -> UpwardBatch | None:
    """The batch that was made already: the entries after the position, else a sealed month."""
    return session.scalars(
        select(UpwardBatch)
        .where(
            UpwardBatch.source == source,
            UpwardBatch.state == "open",
            or_(UpwardBatch.from_position == position + 1, UpwardBatch.total_id.is_not(None)),
        )
        .order_by(UpwardBatch.total_id.is_not(None), UpwardBatch.made_at, UpwardBatch.id)
        .limit(1)
    ).one_or_none()


def _new_one(
    session: Session, upper: Upper, feed: UpwardFeed, held: dict[str, Any], now: datetime
) -> UpwardBatch | None:
    """A sealed month whose entries are all held, else the next entries if it is time for them."""
    sequence = held["last_sequence"] + 1
    wanted = 0
    for total in batches.sealed_totals(session, feed.source, upper.source):
        if total.last_position <= held["position"]:
            return batches.make_of_total(session, feed.source, total, sequence)
        wanted = max(wanted, total.last_position)
    if wanted <= held["position"] and not _is_time(session, upper, feed, now):
        return None
    own = (upper.source, upper.area)
    made = batches.make_of_entries(session, feed.source, own, held["position"], sequence)
    if made is not None:
        feed.begun_at = now
    return made


def _stuck_one(session: Session, source: str, held: dict[str, Any], now: datetime) -> Sending | None:
    """What was sent long ago and is still not read: sent again, so that it is taken up again there."""
    batch = session.scalars(
        select(UpwardBatch).where(
            UpwardBatch.source == source,
            UpwardBatch.state == "open",
            UpwardBatch.sequence == held["last_sequence"],
            UpwardBatch.sent_at < now - STUCK,
        )
    ).one_or_none()
    if batch is None:
        return None
    batch.sent_at = now
    session.flush()
    return batches.as_sending(batch)


def _is_open(session: Session, source: str) -> bool:
    return (
        session.scalar(
            select(UpwardBatch.id).where(UpwardBatch.source == source, UpwardBatch.state == "open").limit(1)
        )
        is not None
    )


def _is_time(session: Session, upper: Upper, feed: UpwardFeed, now: datetime) -> bool:
    """Whether entries that are not held go up now: a day after the last ones began, or as soon as they fill a batch."""
    passed_on = None if feed.source == upper.source else batches.source_passed_on(session, feed.source)
    newest = own_position(session) if passed_on is None else passed_on.position
    if newest <= feed.position:
        return False
    is_full = newest - feed.position >= batches.MOST_ROWS
    return is_full or feed.begun_at is None or now - feed.begun_at >= timedelta(seconds=upper.every)


def _patience(session: Session, source: str, now: datetime) -> timedelta:
    """Ever longer while what was sent waits to be read up there."""
    sent_at = session.scalar(
        select(UpwardBatch.sent_at)
        .where(UpwardBatch.source == source, UpwardBatch.state == "open")
        .order_by(UpwardBatch.sent_at.desc())
        .limit(1)
    )
    return min(LONGEST_WAIT, max(SOON, (now - (sent_at or now)) / 4))


def _stop(session: Session, feed: UpwardFeed, reason: str) -> None:
    feed.state, feed.reason = "stopped", reason
    session.flush()
    log.error("upward_feed_stopped", source=feed.source, reason=reason)
