"""Of what this instance is the source: points of sale in its area, less those that the upper instance has from elsewhere.

Whether a sale is fed is decided by its point of sale and the day of the sale, which no later entry of the line changes; a rule
begins and ends on days to come. So a sale and what undoes it are always both fed or both not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, case, cast, literal_column, null, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.catalogue.models import Channel
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.core.scope import visible, within_area
from marketplace.statistics.upward.models import UpwardExclusion

PERMISSION = "catalogue.channels"
_KNOWN = {"uq_upward_exclusion_running": AlreadyExists("excluded_already", "该销售点已列为由上级另行取得")}


def withheld(area: str) -> ColumnElement[Any]:
    """Of an entry: the reason (`intake.rules.upward.WITHHELD`) why it is not fed, NULL when it is. `area` is the source's own."""
    day = cast(Entry.sold_at + literal_column("INTERVAL '8 hours'"), Date)
    elsewhere = (
        select(UpwardExclusion.id)
        .where(
            UpwardExclusion.channel_id == Entry.channel_id,
            UpwardExclusion.from_day <= day,
            or_(UpwardExclusion.until_day.is_(None), day < UpwardExclusion.until_day),
        )
        .exists()
    )
    found: ColumnElement[Any] = case(
        (~within_area(Entry.channel_area, area), "area"), (elsewhere, "elsewhere"), else_=null()
    )
    return found


def exclude(
    session: Session, actor: Actor, *, channel: str, from_day: date, reason: str
) -> tuple[UpwardExclusion, Channel]:
    """From that Shanghai day on, sales of the point of sale are not fed: the upper instance has them from another source.

    Asks ``catalogue.channels`` over the channel. NotFound; Invalid (``day_not_to_come``) for a day that has begun; AlreadyExists.
    """
    found = _channel(session, actor, channel)
    _check_day(from_day)
    row = UpwardExclusion(
        id=uuid7(),
        channel_id=found.id,
        from_day=from_day,
        reason=reason,
        made_by=actor.audit_id,
        made_at=utcnow(),
    )
    with refusing(_KNOWN):
        session.add(row)
        session.flush()
    _record(session, actor, "excluded", found, from_day)
    return row, found


def include_again(
    session: Session, actor: Actor, *, channel: str, until_day: date
) -> tuple[UpwardExclusion, Channel]:
    """From that Shanghai day on its sales are fed again. NotFound; Invalid (``day_not_to_come``); Conflict (``not_excluded``)."""
    found = _channel(session, actor, channel)
    _check_day(until_day)
    row = session.scalars(
        select(UpwardExclusion)
        .where(UpwardExclusion.channel_id == found.id, UpwardExclusion.until_day.is_(None))
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise Conflict("not_excluded", "该销售点没有列为由上级另行取得")
    if until_day <= row.from_day:
        raise Invalid("day_not_to_come", "恢复上报之日应在起始日之后", pointer="/day")
    row.until_day = until_day
    session.flush()
    _record(session, actor, "included", found, until_day)
    return row, found


def exclusions_seen(
    session: Session, actor: Actor, permission: str
) -> Sequence[tuple[UpwardExclusion, Channel]]:
    """All of them in the areas of the permission, by point of sale and day."""
    rows = session.execute(
        select(UpwardExclusion, Channel)
        .join(Channel, Channel.id == UpwardExclusion.channel_id)
        .where(visible(actor, permission, area=Channel.area_code))
        .order_by(Channel.code, UpwardExclusion.from_day)
    )
    return [(row[0], row[1]) for row in rows]


def _channel(session: Session, actor: Actor, code: str) -> Channel:
    found = session.scalars(select(Channel).where(Channel.code == code)).one_or_none()
    if found is None:
        raise NotFound("channel_not_found", "没有这个销售点")
    actor.require(PERMISSION, area=found.area_code)
    return found


def _check_day(day: date) -> None:
    if day <= today():
        raise Invalid("day_not_to_come", "只能自以后的日期起生效:已上报的不追改", pointer="/day")


def _record(session: Session, actor: Actor, what: str, channel: Channel, day: date) -> None:
    audit.record(
        session,
        actor,
        f"statistics.upward.{what}",
        "channel",
        channel.code,
        area_code=channel.area_code,
        detail={"day": day.isoformat()},
    )
