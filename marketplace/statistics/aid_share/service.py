"""Set shares, the meter of a month, and the alarm below a set share at its day, once a point of sale and occasion.

Sales and aid sales are those of the ledger by the question that the reports ask (`statistics.query`), booked in the month, net of
refunds: own orders and foreign sales alike. So the meter's total is the report's. The operator is the one of today.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service.inbox import notify
from marketplace.catalogue.channels import channel_kind as kind_of
from marketplace.catalogue.models import Channel
from marketplace.core import audit, divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import period_days, period_of, previous_period, today, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Invalid
from marketplace.core.ids import uuid7
from marketplace.core.money import ratio_bp
from marketplace.core.scope import visible, within_area
from marketplace.statistics.aid_share.models import AidShareAlarm, AidShareRule
from marketplace.statistics.aid_share.rules import JUDGED_ON_DAY, is_below, rule_for
from marketplace.statistics.newest import newest_of_channels
from marketplace.statistics.query import Question, ask

READ: Final = "intake.read"
SET: Final = "statistics.targets"
_TAKEN: Final = {
    "uq_aid_share_rule_channel_kind_area_code_from_on": AlreadyExists(
        "aid_share_set", "该渠道类型和区域当月已有占比要求"
    )
}


@dataclass(frozen=True, slots=True)
class Meter:
    """A point of sale's month: what it sold, of which aid (fen), its share and the set one (basis points)."""

    channel: Channel
    operator_name: str | None
    sales_fen: int
    aid_fen: int
    wanted_bp: int | None

    @property
    def share_bp(self) -> int | None:
        """None where nothing was sold."""
        return ratio_bp(self.aid_fen, self.sales_fen)

    @property
    def is_below(self) -> bool:
        """Whether the set share is missed."""
        return is_below(self.sales_fen, self.aid_fen, self.wanted_bp)


def set_share(
    session: Session,
    actor: Actor,
    *,
    channel_kind: str,
    area_code: str,
    from_period: str,
    share_bp: int | None,
    alarm_day: int,
    document_no: str | None,
) -> AidShareRule:
    """From a month on, points of sale of a kind in an area are to sell such a share of aid goods; None: no share any more.

    Asks `statistics.targets` over the area. Invalid for an unknown kind or area and for a past month (``from_period``);
    AlreadyExists (``aid_share_set``).
    """
    area = divisions.get(area_code).code
    actor.require(SET, area=area)
    kind = kind_of(channel_kind).code
    if from_period < period_of(utcnow()):
        raise Invalid("from_period", "占比要求不能追溯到以前月份", pointer="/from_period")
    made = AidShareRule(
        id=uuid7(),
        channel_kind=kind,
        area_code=area,
        from_on=period_days(from_period)[0],
        share_bp=share_bp,
        alarm_day=alarm_day,
        document_no=document_no,
        made_by=actor.audit_id,
        made_at=utcnow(),
    )
    session.add(made)
    with refusing(_TAKEN):
        session.flush()
    detail = {"kind": kind, "from": from_period, "share_bp": share_bp}
    audit.record(session, actor, "statistics.aid_share.set", "area", area, area_code=area, detail=detail)
    return made


def rules_in_order(session: Session) -> Sequence[AidShareRule]:
    """All rules, by kind, area and day; they are no secret."""
    return session.scalars(
        select(AidShareRule).order_by(AidShareRule.channel_kind, AidShareRule.area_code, AidShareRule.from_on)
    ).all()


def meters(
    session: Session, actor: Actor, period: str, *, area: str | None = None, channel_kind: str | None = None
) -> tuple[list[Meter], int]:
    """The points of sale that sold in the month and that the actor may see, by code; and the ledger's position."""
    statement = (
        select(Channel, Organisation.name)
        .outerjoin(Organisation, Organisation.id == Channel.operator_id)
        .where(visible(actor, READ, area=Channel.area_code, owners=[Channel.operator_id]))
        .order_by(Channel.code)
    )
    if area is not None:
        statement = statement.where(within_area(Channel.area_code, area))
    if channel_kind is not None:
        statement = statement.where(Channel.kind == channel_kind)
    return _meters(session, period, statement)


def newest(session: Session, actor: Actor) -> str:
    """The newest month in which a point of sale sold that the actor may see, else the present one."""
    seen = select(Channel.id).outerjoin(Organisation, Organisation.id == Channel.operator_id)
    own = visible(actor, READ, area=Channel.area_code, owners=[Channel.operator_id])
    return newest_of_channels(session, session.scalars(seen.where(own)).all())


def _meters(session: Session, period: str, channels: Select[Channel, str | None]) -> tuple[list[Meter], int]:
    answer = ask(
        session,
        Question(measures=("sales", "aid_sales"), by=("channel",), from_period=period, to_period=period),
    )
    figures = {uuid.UUID(str(row.key[0])): row.figures for row in answer.rows}
    rules = rules_in_order(session)
    found = []
    for channel, operator in session.execute(channels):
        if channel.id in figures:
            rule = rule_for(rules, channel.kind, channel.area_code, period_days(period)[0])
            sales, aid = figures[channel.id]["sales"] or 0, figures[channel.id]["aid_sales"] or 0
            found.append(Meter(channel, operator, sales, aid, None if rule is None else rule.share_bp))
    return found, answer.position


def alarms_seen(actor: Actor, *, period: str | None, area: str | None) -> Select[*tuple[Any, ...]]:
    """Alarms with their channel that the actor may see, unsorted, for a paged list."""
    statement: Select[*tuple[Any, ...]] = (
        select(AidShareAlarm, Channel)
        .join(Channel, Channel.id == AidShareAlarm.channel_id)
        .where(visible(actor, READ, area=Channel.area_code, owners=[Channel.operator_id]))
    )
    if period is not None:
        statement = statement.where(AidShareAlarm.period == period)
    return statement if area is None else statement.where(within_area(Channel.area_code, area))


def raise_alarms(session: Session) -> int:
    """The periodic work: judge this month on the set day, and the last one as a whole from the sixth on; how many alarms are new.

    A point of sale is told of once a month and occasion, whoever looks: what stood below on its day or later stays in the list.
    """
    day, this_month = today(), period_of(utcnow())
    raised = _judge(session, this_month, "within", day.day)
    if day.day >= JUDGED_ON_DAY:
        raised += _judge(session, previous_period(this_month), "ended", None)
    return raised


def _judge(session: Session, period: str, occasion: str, day: int | None) -> int:
    month = period_days(period)[0]
    rules = rules_in_order(session)
    if not any(rule.share_bp is not None and rule.from_on <= month for rule in rules):
        return 0
    channels = select(Channel, Organisation.name).outerjoin(
        Organisation, Organisation.id == Channel.operator_id
    )
    found, position = _meters(session, period, channels.order_by(Channel.code))
    told: dict[uuid.UUID, list[str]] = defaultdict(list)
    raised = 0
    for meter in found:
        if meter.is_below and _is_due(rules, meter, month, day):
            is_new = _keep(session, meter, period, occasion, position)
            raised += is_new
            if is_new and meter.channel.operator_id is not None:
                told[meter.channel.operator_id].append(meter.channel.code)
    for operator_id, codes in sorted(told.items()):
        notify(
            session,
            "aid_share_low",
            "period",
            period,
            organisation_id=operator_id,
            detail={"occasion": occasion, "channels": codes[:50], "count": len(codes)},
        )
    return raised


def _is_due(rules: Sequence[AidShareRule], meter: Meter, month: date, day: int | None) -> bool:
    rule = rule_for(rules, meter.channel.kind, meter.channel.area_code, month)
    return rule is not None and (day is None or day >= rule.alarm_day)


def _keep(session: Session, meter: Meter, period: str, occasion: str, position: int) -> bool:
    values = {
        "id": uuid7(),
        "channel_id": meter.channel.id,
        "operator_id": meter.channel.operator_id,
        "period": period,
        "occasion": occasion,
        "sales_fen": meter.sales_fen,
        "aid_fen": meter.aid_fen,
        "share_bp": meter.share_bp,
        "wanted_bp": meter.wanted_bp,
        "position": position,
        "raised_at": utcnow(),
    }
    statement = insert(AidShareAlarm).values(values).on_conflict_do_nothing().returning(AidShareAlarm.id)
    return session.scalar(statement) is not None
