"""填报→审核→退回/上报 of three months, each after its books are closed: what offices fill in beside what the ledger counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from sqlalchemy.orm import Session

from marketplace.core import divisions
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import period_days
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK
from marketplace.demo.published.places import LISTED_ON
from marketplace.demo.world import reporting
from marketplace.demo.world.reporting import PlannedUnit
from marketplace.statistics.declarations import figures, filing, silence, steps
from marketplace.statistics.declarations.filing import Content
from marketplace.statistics.declarations.models import Declaration, ReportingUnit
from marketplace.statistics.declarations.units import NewUnit, register_unit

_REPORT: Final = "R1"
_REGISTERED: Final = date(2020, 8, 24)
_NOTHING: Final = f"{MARK}:本月无销售"
#: What a clerk read wrongly, in fen: a declared figure that is not the ledger's, to be returned or corrected.
_SLIP_FEN: Final = 50_000
_REVIEWED: Final = f"{MARK}:与账本核对一致"
_SENT: Final = f"{MARK}:同意上报"


def units(demo: Demo) -> tuple[PlannedUnit, ...]:
    """Return the offices of the demo that owe declarations, from the counties up."""
    areas = {}
    for key in demo.organisations:
        kind, _, area = key.partition("|")
        if kind == "office" and area.startswith(reporting.PROVINCE[:2]):
            areas[area] = divisions.get(area, LISTED_ON).level
    return reporting.plan_units(areas)


def lay_duties(demo: Demo) -> None:
    """Lay R1 on every unit: on the province by the nation, on the others by the province."""
    province = demo.actors[f"statistician|{reporting.PROVINCE}"]
    with on(_REGISTERED) as session:
        for unit in units(demo):
            above = system_actor() if unit.level == "province" else province
            new = NewUnit(
                demo.organisations[f"office|{unit.area}"], unit.area, _REPORT, reporting.FROM_DAY,
                reporting.DUE_DAYS[unit.level],
            )  # fmt: skip
            demo.reporting[unit.area] = register_unit(session, above, new).id


def declare_month(demo: Demo, period: str) -> None:
    """Let every unit declare a month: counties on the 7th, cities on the 9th, the province on the 11th of the month after."""
    after = period_days(period)[1]
    for level, due_day in reporting.DUE_DAYS.items():
        with on(after.replace(day=due_day - 1), 14) as session:
            for unit in units(demo):
                if unit.level == level:
                    _Desk(demo, session, unit, period).go()
        if level == "county":
            _list_silent(demo, period, after + timedelta(days=due_day))


def _list_silent(demo: Demo, period: str, day: date) -> None:
    """The city says why a county's month is missing, so that its own total may go upward without it."""
    with on(day) as session:
        for unit in units(demo):
            if reporting.course_of(period, unit.area) == reporting.LISTED:
                reviewer = demo.actors[f"city|{reporting.CITY}"]
                reason = f"{MARK}:机构改革,暂无填报人员"
                silence.list_as_unreported(session, reviewer, demo.reporting[unit.area], period, reason)


class _Desk:
    """A unit's three persons over the declaration of one month."""

    def __init__(self, demo: Demo, session: Session, unit: PlannedUnit, period: str) -> None:
        self.session = session
        self.unit_id = demo.reporting[unit.area]
        self.period = period
        self.course = reporting.course_of(period, unit.area)
        self.filler: Actor = demo.actors[unit.filler]
        self.reviewer: Actor = demo.actors[unit.reviewer]
        self.sender: Actor = demo.actors[unit.sender]

    def go(self) -> None:
        """Let happen what the plan says."""
        if self.course in (reporting.SILENT, reporting.LISTED):
            return
        if self.course in (reporting.RETURNED_ONCE, reporting.RETURNED):
            self._return(self._submit(self._fill(_SLIP_FEN)))
            if self.course == reporting.RETURNED_ONCE:
                self._send(self._review(self._submit(self._fill())))
            return
        first = self._fill(-_SLIP_FEN if self.course == reporting.CORRECTED else 0)
        if self.course == reporting.DRAFT:
            return
        self._submit(first)
        if self.course == reporting.SUBMITTED:
            return
        self._review(first)
        if self.course == reporting.REVIEWED:
            return
        self._send(first)
        if self.course == reporting.CORRECTED:
            self._send(self._review(self._submit(self._fill(why=f"{MARK}:原报漏计一笔专柜销售"))))

    def _fill(self, slip_fen: int = 0, why: str | None = None) -> Declaration:
        content = _content(self._counted(), slip_fen)
        return filing.draft(self.session, self.filler, self.unit_id, self.period, content, why)

    def _counted(self) -> Mapping[str, int]:
        unit = self.session.get_one(ReportingUnit, self.unit_id)
        return figures.computed(self.session, unit, self.period) or {}

    def _submit(self, declaration: Declaration) -> Declaration:
        return steps.submit(self.session, self.filler, declaration.id)

    def _review(self, declaration: Declaration) -> Declaration:
        return steps.review(self.session, self.reviewer, declaration.id, accept=True, opinion=_REVIEWED)

    def _return(self, declaration: Declaration) -> Declaration:
        opinion = f"{MARK}:销售额与账本相差500元,请核对后重报"
        return steps.review(self.session, self.reviewer, declaration.id, accept=False, opinion=opinion)

    def _send(self, declaration: Declaration) -> Declaration:
        return steps.send(self.session, self.sender, declaration.id, accept=True, opinion=_SENT)


def _content(counted: Mapping[str, int], slip_fen: int) -> Content:
    """What is filled in: the ledger's figures, the sales of a slip aside; a zero report where nothing was sold."""
    if not any(counted.values()):
        return Content(zero_reason=_NOTHING)
    return Content({**counted, "sales": counted["sales"] + slip_fen})
