"""催报: units that have not reported are told in their inbox, before their day, after it, and when an official asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.accounts.service.inbox import notify
from marketplace.core import audit, divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import day_start, period_of, previous_period, today, utcnow
from marketplace.core.db import lock_exclusive
from marketplace.statistics.declarations import units
from marketplace.statistics.declarations.kinds import REPORT_CODES
from marketplace.statistics.declarations.rate import Owed, owed
from marketplace.statistics.declarations.steps import REVIEW

REMIND_DAYS: Final = 3
KIND: Final = "declaration_due"


def remind_of_last_month(session: Session) -> int:
    """The periodic work: tell who has not reported last month, once within three days of its day and once after it.

    Several workers may ask at once, every hour. Returns how many notices were written.
    """
    period = previous_period(period_of(utcnow()))
    lock_exclusive(session, "remind_declarations", period)
    written = 0
    for report in REPORT_CODES:
        missing = [one for one in owed(session, report, period) if not one.is_reported]
        near = [one for one in missing if one.due_on - timedelta(days=REMIND_DAYS) <= today() <= one.due_on]
        written += _tell(session, near, "before")
        written += _tell(session, [one for one in missing if one.is_overdue], "overdue")
    return written


def remind(session: Session, actor: Actor, report: str, period: str, area: str) -> tuple[int, int]:
    """催报 by an official: tell every unit in the area that has not reported the month; (told now, told already today).

    Needs ``statistics.declare_review`` over the area. A unit that is listed as 未报 with its reason is told too.
    """
    code = divisions.get(area).code
    actor.require(REVIEW, area=code)
    lock_exclusive(session, "remind_declarations", period)
    missing = [one for one in owed(session, report, period, units.in_area(code)) if not one.is_reported]
    told = _tell(session, missing, f"asked {today()}")
    audit.record(
        session,
        actor,
        "statistics.declaration.reminded",
        "area",
        code,
        area_code=code,
        detail={"report": report, "period": period, "told": told},
    )
    session.flush()
    return told, len(missing) - told


def _tell(session: Session, missing: Sequence[Owed], occasion: str) -> int:
    """One notice a unit, month and occasion."""
    subjects = [f"{one.unit_id}/{one.period}" for one in missing]
    told = set(
        session.scalars(
            select(InboxNotice.subject_id).where(
                InboxNotice.kind == KIND,
                InboxNotice.subject_id.in_(subjects),
                InboxNotice.detail["occasion"].astext == occasion,
                InboxNotice.created_at >= day_start(today() - timedelta(days=62)),
            )
        )
    )
    written = 0
    for one, subject in zip(missing, subjects, strict=True):
        if subject in told:
            continue
        notify(
            session,
            KIND,
            "reporting_unit",
            subject,
            organisation_id=one.organisation_id,
            detail={
                "occasion": occasion,
                "period": one.period,
                "report": one.report,
                "area": one.area_code,
                "due_on": one.due_on.isoformat(),
                "is_overdue": one.is_overdue,
            },
        )
        written += 1
    return written
