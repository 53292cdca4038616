"""What a month's accrual needs to know: days worked, profit declared. Reported as versions; the latest
holds.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import ActivityReport
from marketplace.beneficiaries.service.agreements import lock_agreement
from marketplace.beneficiaries.service.coverage import mode_of
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import parse_period, period_of, utcnow
from marketplace.core.errors import FieldProblem, Invalid, InvalidMany

REPORT = "agreements.report"
MAX_ACTIVITY = 10**14


def report_activity(
    session: Session, actor: Actor, number: str, period: str, values: Mapping[str, int]
) -> ActivityReport:
    """Report (or correct, as a new version) a month's activity of an agreement.

    A correction of a closed month is welcome: the books of an open month take the difference. Raises
    InvalidMany for keys that the mode does not know or values below 0, Invalid for a month that has not
    begun.
    """
    parse_period(period)
    if period > period_of(utcnow()):
        raise Invalid("period", "不能填报未来月份", pointer="period")
    agreement = lock_agreement(session, actor, number, REPORT)
    known = {field.key for field in mode_of(agreement.mode).activity}
    problems = [
        FieldProblem(f"/activity/{key}", "activity", "该模式没有此项" if key not in known else "数值超出范围")
        for key, value in values.items()
        if key not in known or isinstance(value, bool) or not 0 <= value <= MAX_ACTIVITY
    ]
    if problems or not values:
        raise InvalidMany("activity", "填报内容有误", fields=problems)
    latest = session.scalar(
        sa.select(sa.func.max(ActivityReport.version)).where(
            ActivityReport.agreement_id == agreement.id, ActivityReport.period == period
        )
    )
    row = ActivityReport(
        agreement_id=agreement.id,
        period=period,
        version=(latest or 0) + 1,
        activity=dict(values),
        reported_by=actor.audit_id,
        reported_at=utcnow(),
    )
    session.add(row)
    audit.record(
        session,
        actor,
        "beneficiaries.activity.report",
        "agreement",
        number,
        area_code=agreement.area_code,
        detail={"period": period, "version": row.version},
    )
    session.flush()
    return row
