"""未报 with a reason: the level above says why a unit's month is missing, so that its own total may go upward without it."""

from __future__ import annotations

import uuid
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.db import lock_exclusive, refusing
from marketplace.core.errors import AlreadyExists, Conflict, Forbidden, NotFound
from marketplace.statistics.declarations import rules, units
from marketplace.statistics.declarations.figures import sent_versions
from marketplace.statistics.declarations.models import ReportingUnit, Silence
from marketplace.statistics.declarations.steps import REVIEW

_KNOWN: Final = AlreadyExists("silence_known", "该单位该月已列为未报")


def list_as_unreported(
    session: Session, actor: Actor, unit_id: uuid.UUID, period: str, reason: str
) -> Silence:
    """List a unit as 未报 for a month. It stays listed when it reports late, and then counts as reported.

    Needs ``statistics.declare_review`` over more than an authority's own area (Forbidden `own_silence`), over an operator's area.
    Raises NotFound, Conflict (`month_not_due`, `not_overdue` until the unit's day has passed, `month_reported`), AlreadyExists
    (`silence_known`).
    """
    unit = session.get(ReportingUnit, unit_id)
    if unit is None:
        raise NotFound
    actor.require_visible(units.READ, area=unit.area_code, owners=(unit.organisation_id,))
    actor.require(REVIEW, area=unit.area_code)
    if unit.kind == rules.AUTHORITY and not units.holds_above(actor, REVIEW, unit.area_code):
        raise Forbidden("own_silence", "未报由上一级列明,不能自行列明")
    if not units.owed_from(unit, period):
        raise Conflict("month_not_due", "该月尚未结束,或该单位当月没有报送任务")
    if today() <= rules.due_on(period, unit.due_day):
        raise Conflict("not_overdue", "报送期限未过,不能列为未报")
    if sent_versions(session, [unit.id], [period]):
        raise Conflict("month_reported", "该单位该月已上报")
    lock_exclusive(session, "declaration", f"{unit.id}|{period}")
    if (unit.id, period) in silences(session, [unit.id], [period]):
        raise _KNOWN
    row = Silence(
        unit_id=unit.id, period=period, reason=reason, listed_by=actor.account_id, listed_at=utcnow()
    )
    session.add(row)
    with refusing({"uq_reporting_silence_unit_id_period": _KNOWN}):
        session.flush()
    audit.record(
        session,
        actor,
        "statistics.reporting_unit.silent",
        "reporting_unit",
        unit.id,
        area_code=unit.area_code,
        detail={"period": period},
    )
    return row


def silences(
    session: Session, unit_ids: list[uuid.UUID], periods: list[str]
) -> dict[tuple[uuid.UUID, str], str]:
    """The reasons of units that are listed as 未报, by unit and month."""
    rows = session.execute(
        select(Silence.unit_id, Silence.period, Silence.reason).where(
            Silence.unit_id.in_(unit_ids), Silence.period.in_(periods)
        )
    )
    return {(row.unit_id, row.period): row.reason for row in rows}
