"""The worker's part: what is due goes up, one call at a time, each between two transactions (docs/adr/0019 is the same habit).

Asked first, sent then: a lost answer, a cut one, a batch that came twice or late are all mended by the next question. One worker
at a time calls about a source, by a lock that dies with it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.core.db import held_alone, transaction
from marketplace.core.jobs import Loop, Repeated
from marketplace.intake.models import UpwardSource
from marketplace.statistics.upward import planning, views
from marketplace.statistics.upward.link import Sending, Upper, UpperRefused, UpperSilent, upper
from marketplace.statistics.upward.models import UpwardBatch, UpwardFeed

log = structlog.get_logger(__name__)
LOCK_SPACE: Final = "statistics.upward"


def keep_up() -> int:
    """Take what steps are due with every feed; how many were taken."""
    above = upper()
    if above is None:
        return 0
    done = 0
    for source in _feeds(above):
        with held_alone(LOCK_SPACE, source) as is_free:
            if is_free:
                done += advance(above, source) + views.ask_wanted(above, source)
    return done


def advance(above: Upper, source: str) -> int:
    """Ask how far the source is held, and send what comes next; how many calls were answered."""
    with transaction() as session:
        if not planning.is_due(session, above, source):
            return 0
    try:
        held = above.standing(source)
        with transaction() as session:
            step = planning.next_step(session, above, source, held)
        if step is None:
            return 1
        receipt = above.send(step)
    except (UpperSilent, UpperRefused) as error:
        with transaction() as session:
            _note_failure(session, source, error.code)
        return 0
    with transaction() as session:
        _note_receipt(session, step, receipt)
    return 2


def _feeds(above: Upper) -> list[str]:
    """Our own feed, and those that are passed on; each has its row from now on."""
    with transaction() as session:
        sources = [above.source]
        if above.relays:
            passed_on = select(UpwardSource.source).where(
                UpwardSource.source != above.source, UpwardSource.retired_at.is_(None)
            )
            sources += session.scalars(passed_on.order_by(UpwardSource.source))
        now = utcnow()
        known = set(session.scalars(select(UpwardFeed.source)))
        for source in sources:
            if source not in known:
                session.execute(
                    insert(UpwardFeed)
                    .values(source=source, state="running", position=0, tries=0, next_try_at=now)
                    .on_conflict_do_nothing(index_elements=["source"])
                )
    return sources


def _note_failure(session: Session, source: str, code: str) -> None:
    """Nothing is concluded from it: the same again, later each time."""
    feed = session.get_one(UpwardFeed, source, with_for_update=True, populate_existing=True)
    feed.tries += 1
    feed.last_error = code
    wait = timedelta(seconds=2 ** min(feed.tries, 10) / 2)
    feed.next_try_at = utcnow() + min(planning.LONGEST_WAIT, wait)
    session.flush()
    log.warning("upward_call_failed", source=source, tries=feed.tries, reason=code)


def _note_receipt(session: Session, step: Sending, receipt: dict[str, Any]) -> None:
    """Kept for people. What the upper instance holds is asked, not concluded from this."""
    batch = session.scalars(
        select(UpwardBatch).where(
            UpwardBatch.source == step.source,
            UpwardBatch.sequence == step.sequence,
            UpwardBatch.state == "open",
        )
    ).one_or_none()
    if batch is not None:
        batch.receipt = str(receipt.get("number", ""))[:40] or None
        session.flush()


#: What comes round on every worker.
PERIODIC: Final[tuple[Repeated, ...]] = (Loop("statistics.upward.keep_up", 1, keep_up, is_long=True),)
