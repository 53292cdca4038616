"""Benefit that needs no sale: wages, rents, fixed returns of a month by each agreement's formula, and raw material bought.

Written when the month closes. When what is known of an earlier month has changed since (a corrected activity report), the
difference is written into the closing month with `adjusts_period`, never into the old one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Accrual, Period
from marketplace.attribution.service.inputs import InputDue, input_dues, months_bought_anew
from marketplace.beneficiaries.linkage import linkage_mode
from marketplace.beneficiaries.models import ActivityReport
from marketplace.beneficiaries.service import PeriodVersion, period_versions
from marketplace.core.clock import utcnow
from marketplace.core.divisions import pad12
from marketplace.core.ids import uuid7


def accrue_month(session: Session, period: str) -> int:
    """Write the accruals of `period` and the differences of closed months that were reported anew; Σ fen written."""
    total_fen = 0
    anew = {*_reported_anew(session, period), *months_bought_anew(session, period)}
    for earned in [*sorted(anew), period]:
        rows = _differences(session, earned, period)
        if rows:
            session.execute(insert(Accrual), rows)
        total_fen += sum(row["benefit_fen"] for row in rows)
    return total_fen


def _reported_anew(session: Session, period: str) -> list[str]:
    """Closed months for which an activity report came in after their close."""
    statement = (
        select(ActivityReport.period)
        .join(Period, Period.period == ActivityReport.period)
        .where(Period.state == "closed", ActivityReport.reported_at >= Period.closed_at)
        .where(ActivityReport.period < period)
        .distinct()
        .order_by(ActivityReport.period)
    )
    return list(session.scalars(statement))


def _differences(session: Session, earned: str, period: str) -> list[dict[str, Any]]:
    known = {
        version_no: (int(fen), int(sequence))
        for version_no, fen, sequence in session.execute(
            select(Accrual.version_no, func.sum(Accrual.benefit_fen), func.max(Accrual.sequence))
            .where(Accrual.earned_period == earned)
            .group_by(Accrual.version_no)
        )
    }
    rows = []
    for version, due_fen, basis in _dues(session, earned):
        booked_fen, sequence = known.get(version.version_no, (0, -1))
        if due_fen != booked_fen:
            rows.append(_row(version, earned, period, due_fen - booked_fen, sequence + 1, basis))
    return rows


def _dues(session: Session, earned: str) -> Iterable[tuple[PeriodVersion | InputDue, int, dict[str, Any]]]:
    """What a month owes by the month's formulas and for raw material, with the inputs of the formula."""
    for version in period_versions(session, earned):
        basis = {
            "from_day": version.facts.from_day.isoformat(),
            "to_day": version.facts.to_day.isoformat(),
            "activity": dict(version.facts.activity),
        }
        yield version, linkage_mode(version.mode).accrue_period(version.terms, version.facts), basis
    for due in input_dues(session, earned):
        yield due, due.benefit_fen, {"input_weight_g": due.weight_g}


def _row(
    version: PeriodVersion | InputDue,
    earned: str,
    period: str,
    benefit_fen: int,
    sequence: int,
    basis: dict[str, Any],
) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "version_no": version.version_no,
        "agreement_no": version.agreement_no,
        "linkage_mode": version.mode,
        "earned_period": earned,
        "period": period,
        "adjusts_period": earned if earned != period else None,
        "sequence": sequence,
        "benefit_fen": benefit_fen,
        "basis": basis,
        "producer_id": version.producer_id,
        "origin_area": pad12(version.area_code),
        "written_at": utcnow(),
    }
