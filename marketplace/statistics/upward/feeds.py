"""A feed for people: how it stands, and letting it go on after it stopped."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, NotFound
from marketplace.statistics.upward.batches import source_passed_on
from marketplace.statistics.upward.link import upper
from marketplace.statistics.upward.models import UpwardBatch, UpwardFeed
from marketplace.statistics.upward.rows import own_position
from marketplace.statistics.upward.totals import SEAL
from marketplace.statistics.upward.views import own_source


def resume(session: Session, actor: Actor, source: str) -> UpwardFeed:
    """Let a stopped feed go on. What the upper instance does not hold is made anew, with another number.

    Needs ``statistics.declare_send`` over our source's area. NotFound (``feed_not_found``), Conflict (``feed_running``).
    """
    above = own_source(actor, SEAL)
    feed = session.get(UpwardFeed, source, with_for_update=True, populate_existing=True)
    if feed is None:
        raise NotFound("feed_not_found", "没有这个上报任务")
    if feed.state != "stopped":
        raise Conflict("feed_running", "上报任务没有停止")
    reason = feed.reason
    feed.state, feed.reason, feed.next_try_at, feed.begun_at = "running", None, utcnow(), None
    session.flush()
    session.execute(
        update(UpwardBatch)
        .where(UpwardBatch.source == source, UpwardBatch.state == "open")
        .values(state="void")
        .execution_options(synchronize_session=False)
    )
    audit.record(
        session,
        actor,
        "statistics.upward.resumed",
        "upward_feed",
        source,
        area_code=above.area,
        detail={"reason": reason},
    )
    return feed


def as_shown(session: Session, feed: UpwardFeed) -> dict[str, Any]:
    """A feed beside what there is to feed."""
    above = upper()
    passed_on = None
    if above is None or feed.source != above.source:
        passed_on = source_passed_on(session, feed.source)
    newest = own_position(session) if passed_on is None else passed_on.position
    names = ("source", "state", "reason", "position", "asked_at", "tries", "last_error", "next_try_at")
    return {name: getattr(feed, name) for name in names} | {"newest": newest}
