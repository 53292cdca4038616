"""Telling units that a deadline is near."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts import rules
from marketplace.accounts.models import InboxNotice, Organisation, ReserveFiling
from marketplace.accounts.service.filings import fiscal_area
from marketplace.accounts.service.inbox import notify
from marketplace.core import clock
from marketplace.core.db import lock_exclusive

REMIND_DAYS: Final = 14


def remind_filings(session: Session, year: int) -> int:
    """Tell the units that have not filed for `year` when their deadline is within two weeks; how many were told.

    A unit is told once a year, so the worker may ask every hour, and several workers at once.
    """
    lock_exclusive(session, "remind_filings", str(year))
    today = clock.today()
    filed = select(ReserveFiling.organisation_id).where(ReserveFiling.year == year)
    told = select(InboxNotice.organisation_id).where(
        InboxNotice.kind == "filing_due",
        InboxNotice.subject_id == str(year),
        InboxNotice.organisation_id.is_not(None),
    )
    units = session.scalars(
        select(Organisation)
        .where(
            Organisation.kind == "budget_unit",
            Organisation.status == "active",
            Organisation.id.not_in(filed),
            Organisation.id.not_in(told),
        )
        .order_by(Organisation.organisation_no)
    )
    reminded = 0
    for unit in units:
        rule = rules.reserve_rule_for(fiscal_area(unit), year)
        if (
            rule is None
            or rule.due_on is None
            or not today <= rule.due_on <= today + timedelta(days=REMIND_DAYS)
        ):
            continue
        notify(
            session,
            "filing_due",
            "reserve_year",
            year,
            organisation_id=unit.id,
            detail={"due_on": rule.due_on.isoformat(), "min_bp": rule.min_bp},
        )
        reminded += 1
    return reminded


def remind_of_this_year(session: Session) -> int:
    """The periodic work: `remind_filings` for the Shanghai year of today."""
    return remind_filings(session, clock.today().year)
