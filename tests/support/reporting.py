"""Reporting units of 梅县区, 五华县 and 梅州市 with the three persons that each needs, and an operator of a counter in 梅县区."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import utcnow
from marketplace.statistics.declarations import filing, steps
from marketplace.statistics.declarations.filing import Content
from marketplace.statistics.declarations.models import Declaration, ReportingUnit
from marketplace.statistics.declarations.units import NewUnit, register_unit
from tests.support.county import World, make_actor

CITY, COUNTY, OTHER = "441400", "441403", "441424"
PERIOD = "2020-09"
FIGURES = {
    "sales": 10_000,
    "aid_sales": 9_800,
    "consumption_aid_amount": 9_800,
    "own_purchase": 9_800,
    "brokered_sale": 0,
}


def organisation(session: Session, name: str, area: str, kind: str = "authority") -> Organisation:
    made = Organisation(kind=kind, name=name, area_code=area, is_demo=True, created_at=utcnow())
    session.add(made)
    session.flush()
    return made


@dataclass
class Desk:
    """A unit with who fills in, who reviews and who sends."""

    session: Session
    unit: ReportingUnit
    clerk: Actor
    reviewer: Actor
    issuer: Actor

    def draft(
        self,
        figures: dict[str, int] | None = None,
        *,
        zero: str | None = None,
        why: str | None = None,
        period: str = PERIOD,
    ) -> Declaration:
        content = Content({} if zero else (FIGURES if figures is None else figures), zero)
        return filing.draft(self.session, self.clerk, self.unit.id, period, content, why)

    def reviewed(self, figures: dict[str, int] | None = None, **options: str | None) -> Declaration:
        drafted = self.draft(figures, **options)  # type: ignore[arg-type]
        steps.submit(self.session, self.clerk, drafted.id)
        return steps.review(self.session, self.reviewer, drafted.id, accept=True, opinion="属实")

    def sent(self, figures: dict[str, int] | None = None, **options: str | None) -> Declaration:
        done = self.reviewed(figures, **options)
        return steps.send(self.session, self.issuer, done.id, accept=True, opinion="同意上报")


@dataclass
class Reporting:
    """The units of a city and two of its counties."""

    city: Desk
    county: Desk
    other: Desk
    operator: Desk
    extra: dict[str, uuid.UUID] = field(default_factory=dict)


def make_reporting(world: World) -> Reporting:
    """All owe R1 from 2020-09-01, by the fifth of the next month; the operator R3."""
    session = world.session

    def desk(name: str, area: str, officer: str) -> Desk:
        body = organisation(session, name, area)
        unit = register_unit(session, system_actor(), NewUnit(body.id, area, "R1", date(2020, 9, 1), 5))
        return Desk(
            session,
            unit,
            make_actor(session, officer, area),
            make_actor(session, "statistician", area),
            make_actor(session, "issuer", area),
        )

    body = organisation(session, "梅县专柜运营公司(演示)", COUNTY, "operator")
    run = register_unit(session, system_actor(), NewUnit(body.id, COUNTY, "R3", date(2020, 9, 1), 3))
    county = desk("梅县区乡村振兴局(演示)", COUNTY, "county_officer")
    operator = Desk(
        session,
        run,
        make_actor(session, "channel_operator", "000000", body.id),
        county.reviewer,
        county.issuer,
    )
    return Reporting(
        desk("梅州市乡村振兴局(演示)", CITY, "city_officer"),
        county,
        desk("五华县乡村振兴局(演示)", OTHER, "county_officer"),
        operator,
    )
