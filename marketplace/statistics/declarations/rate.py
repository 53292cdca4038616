"""报送率: units that reported (zero reports included) of the units due, by area and month, with the list of 未报.

A unit has reported when a version of its declaration was sent upward. One that is being filled in or reviewed is on the list with
its state; silence is 未报 and has no figure (docs/rules.md, "Declarations").
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, today
from marketplace.core.errors import BadRequest
from marketplace.core.money import ratio_bp
from marketplace.statistics.declarations import rules, units
from marketplace.statistics.declarations.figures import sent_versions
from marketplace.statistics.declarations.kinds import declared_report
from marketplace.statistics.declarations.models import Declaration
from marketplace.statistics.declarations.silence import silences

MAX_MONTHS = 12


@dataclass(frozen=True)
class Owed:
    """What a unit owes for a month and how it stands: `state` of the newest version, None for silence."""

    unit_id: uuid.UUID
    organisation_id: uuid.UUID
    name: str
    kind: str
    area_code: str
    report: str
    period: str
    due_on: date
    state: str | None
    is_reported: bool
    is_zero: bool
    is_late: bool
    is_overdue: bool
    silence_reason: str | None


@dataclass
class Rate:
    """Counts of units of an area (a month's, or the total); `rate_bp` None where nobody was due."""

    area_code: str
    title: str
    period: str
    due: int = 0
    reported: int = 0
    zero: int = 0
    late: int = 0
    listed: int = 0

    @property
    def rate_bp(self) -> int | None:
        """Reported of due in basis points, half up."""
        return ratio_bp(self.reported, self.due) if self.due else None

    def add(self, one: Owed) -> None:
        """Count a unit in."""
        self.due += 1
        self.reported += one.is_reported
        self.zero += one.is_reported and one.is_zero
        self.late += one.is_reported and one.is_late
        self.listed += not one.is_reported and one.silence_reason is not None


@dataclass(frozen=True)
class Rates:
    """Rows by month and area, one total a month, and who has not reported."""

    rows: list[Rate] = field(default_factory=list)
    totals: list[Rate] = field(default_factory=list)
    missing: list[Owed] = field(default_factory=list)


def reporting_rate(
    session: Session, actor: Actor, report: str, first: str, last: str, area: str, level: str
) -> Rates:
    """The rate of the units in `area` that the actor may see, by areas of `level`, for the months `first` to `last`.

    A unit over more than an area of that level stands in a row of its own area. BadRequest (`months`) when the months are not one
    to twelve in order.
    """
    span = (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:])
    if not 0 <= span < MAX_MONTHS:
        raise BadRequest("months", f"起止月份应按先后,最多{MAX_MONTHS}个月")
    found = Rates()
    for period in units.months(first, last):
        total = Rate(area, divisions.get(area).name, period)
        by_area: dict[str, Rate] = {}
        for one in owed(session, report, period, units.seen(actor), units.in_area(area)):
            code = divisions.at_level(one.area_code, level)
            row = by_area.setdefault(code, Rate(code, divisions.get(code).name, period))
            row.add(one)
            total.add(one)
            if not one.is_reported:
                found.missing.append(one)
        found.rows.extend(by_area[code] for code in sorted(by_area))
        found.totals.append(total)
    return found


def owed(session: Session, report: str, period: str, *where: ColumnElement[bool]) -> list[Owed]:
    """How every unit that owes the month stands, by area. `where` narrows the units."""
    declared_report(report)
    due = units.due_units(session, report, period, *where)
    ids = [row[0].id for row in due]
    newest = _newest(session, ids, period)
    sent = sent_versions(session, ids, [period])
    first_sent = _first_sent_on(session, ids, period)
    reasons = silences(session, ids, [period])
    found = []
    for unit, name in due:
        last_day = rules.due_on(period, unit.due_day)
        holding = sent.get((unit.id, period))
        on_day = first_sent.get(unit.id)
        found.append(
            Owed(
                unit_id=unit.id,
                organisation_id=unit.organisation_id,
                name=name,
                kind=unit.kind,
                area_code=unit.area_code,
                report=report,
                period=period,
                due_on=last_day,
                state=newest.get(unit.id),
                is_reported=holding is not None,
                is_zero=holding is not None and holding.is_zero,
                is_late=on_day is not None and on_day > last_day,
                is_overdue=holding is None and today() > last_day,
                silence_reason=reasons.get((unit.id, period)),
            )
        )
    return found


def _newest(session: Session, unit_ids: Iterable[uuid.UUID], period: str) -> dict[uuid.UUID, str]:
    rows = session.execute(
        select(Declaration.unit_id, Declaration.state)
        .ext(distinct_on(Declaration.unit_id))
        .where(Declaration.unit_id.in_(list(unit_ids)), Declaration.period == period)
        .order_by(Declaration.unit_id, Declaration.version.desc())
    )
    return {row.unit_id: row.state for row in rows}


def _first_sent_on(session: Session, unit_ids: Iterable[uuid.UUID], period: str) -> dict[uuid.UUID, date]:
    """The day on which the first version that was sent left the unit: a later correction makes nobody late."""
    days: dict[uuid.UUID, list[date]] = defaultdict(list)
    for unit_id, at in session.execute(
        select(Declaration.unit_id, Declaration.sent_at).where(
            Declaration.unit_id.in_(list(unit_ids)), Declaration.period == period, Declaration.state == "sent"
        )
    ):
        if at is not None:
            days[unit_id].append(day_of(at))
    return {unit_id: min(found) for unit_id, found in days.items()}
