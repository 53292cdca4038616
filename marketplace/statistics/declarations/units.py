"""Who owes which report over which area, from when until when."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import audit, divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import next_period, period_days, today, utcnow
from marketplace.core.db import lock_exclusive, refusing
from marketplace.core.errors import AlreadyExists, Conflict, Forbidden, Invalid, NotFound
from marketplace.core.scope import visible, within_area
from marketplace.statistics.declarations import rules
from marketplace.statistics.declarations.kinds import declared_report
from marketplace.statistics.declarations.models import Declaration, ReportingUnit

READ: Final = "statistics.declarations"
MANAGE: Final = "statistics.targets"
_NO_REPORTERS: Final = frozenset({"individual", "budget_unit"})
Due = tuple[ReportingUnit, str]
_KNOWN: Final = AlreadyExists("reporting_unit_known", "该单位或该地区已有此项报送任务")


@dataclass(frozen=True)
class NewUnit:
    """An organisation that shall report; `due_day` (1–28) of the month after is its last day in time."""

    organisation_id: uuid.UUID
    area_code: str
    report: str
    from_day: date
    due_day: int


def register_unit(session: Session, actor: Actor, new: NewUnit) -> ReportingUnit:
    """Lay a report on an organisation from a day on. Needs ``statistics.targets`` over the area, for an authority from above it.

    An authority reports for its area, any other organisation for the points of sale it runs there. Raises Forbidden
    (`own_duty`), Invalid (`reporting_organisation`, `unknown_division`), AlreadyExists (`reporting_unit_known`) when the duty or,
    for authorities, the area's reporting unit is there already in any of these days.
    """
    area = divisions.get(new.area_code).code
    actor.require(MANAGE, area=area)
    declared_report(new.report)
    organisation = session.get(Organisation, new.organisation_id)
    if organisation is None or organisation.status != "active" or organisation.kind in _NO_REPORTERS:
        raise Invalid("reporting_organisation", "没有可以承担报送任务的这个单位", pointer="/organisation_id")
    kind = rules.AUTHORITY if organisation.kind == "authority" else rules.OPERATOR
    _require_above(actor, kind, area)
    lock_exclusive(session, "reporting_unit", new.report)
    clashing = select(ReportingUnit.id).where(
        ReportingUnit.report == new.report,
        ReportingUnit.area_code == area,
        or_(ReportingUnit.until_day.is_(None), ReportingUnit.until_day > new.from_day),
        ReportingUnit.kind == kind
        if kind == rules.AUTHORITY
        else ReportingUnit.organisation_id == organisation.id,
    )
    if session.scalar(clashing.limit(1)) is not None:
        raise _KNOWN
    unit = ReportingUnit(
        organisation_id=organisation.id,
        area_code=area,
        kind=kind,
        report=new.report,
        due_day=new.due_day,
        from_day=new.from_day,
        created_by=actor.audit_id,
        created_at=utcnow(),
    )
    session.add(unit)
    with refusing({"uq_reporting_unit_running": _KNOWN, "uq_reporting_unit_authority": _KNOWN}):
        session.flush()
    _record(session, actor, "registered", unit)
    return unit


def end_unit(session: Session, actor: Actor, unit_id: uuid.UUID, until_day: date) -> ReportingUnit:
    """End a duty before `until_day`. What was owed stays owed: the day lies in this month or later, and in no month declared.

    Raises NotFound, Forbidden (`own_duty`), Conflict (`reporting_unit_ended`, `month_declared`), Invalid (`until_day`).
    """
    unit = session.get(ReportingUnit, unit_id, with_for_update=True)
    if unit is None:
        raise NotFound
    actor.require_visible(READ, area=unit.area_code, owners=(unit.organisation_id,))
    actor.require(MANAGE, area=unit.area_code)
    _require_above(actor, unit.kind, unit.area_code)
    if unit.until_day is not None:
        raise Conflict("reporting_unit_ended", "该报送任务已结束")
    if until_day <= unit.from_day or until_day < today().replace(day=1):
        raise Invalid("until_day", "截止日应在起始日之后,且不早于本月", pointer="/until_day")
    last = session.scalar(select(func.max(Declaration.period)).where(Declaration.unit_id == unit.id))
    if last is not None and not rules.is_due(unit.from_day, until_day, last):
        raise Conflict("month_declared", f"{last} 已有填报,截止日应在其后", period=last)
    unit.until_day = until_day
    session.flush()
    _record(session, actor, "ended", unit)
    return unit


def listing(actor: Actor, *, area: str | None = None, report: str | None = None) -> Select[*tuple[Any, ...]]:
    """Statement of (unit, organisation's name) rows that the actor may see, for a page by the unit's id."""
    statement: Select[*tuple[Any, ...]] = (
        select(ReportingUnit, Organisation.name)
        .join(Organisation, Organisation.id == ReportingUnit.organisation_id)
        .where(seen(actor))
    )
    if area is not None:
        statement = statement.where(in_area(area))
    return statement if report is None else statement.where(ReportingUnit.report == report)


def in_area(area: str) -> ColumnElement[bool]:
    """The condition that a unit reports over this area or one in it; Invalid (`unknown_division`) for no area."""
    return within_area(ReportingUnit.area_code, divisions.get(area).code)


def seen(actor: Actor) -> ColumnElement[bool]:
    """The condition under which an actor sees a unit."""
    return visible(actor, READ, area=ReportingUnit.area_code, owners=(ReportingUnit.organisation_id,))


def due_units(session: Session, report: str, period: str, *where: ColumnElement[bool]) -> list[Due]:
    """(unit, organisation's name) of all that owe a month, by area, authorities first."""
    after = period_days(period)[1]
    rows = session.execute(
        select(ReportingUnit, Organisation.name)
        .join(Organisation, Organisation.id == ReportingUnit.organisation_id)
        .where(ReportingUnit.report == report, ReportingUnit.from_day < after, *where)
        .where(or_(ReportingUnit.until_day.is_(None), ReportingUnit.until_day >= after))
        .order_by(ReportingUnit.area_code, ReportingUnit.kind, ReportingUnit.id)
    )
    return [(unit, name) for unit, name in rows]


def below(session: Session, unit: ReportingUnit, period: str) -> list[Due]:
    """(unit, organisation's name) of those whose figures this authority confirms into its own for the month."""
    if unit.kind != rules.AUTHORITY:
        return []
    rows = due_units(session, unit.report, period, within_area(ReportingUnit.area_code, unit.area_code))
    everyone: Sequence[ReportingUnit] = [row[0] for row in rows]
    chosen = {one.id for one in rules.subordinates_of(unit, [*everyone, unit])}
    return [row for row in rows if row[0].id in chosen]


def require_own_level(actor: Actor, permission: str, unit: ReportingUnit) -> None:
    """The permission over the unit, held for the unit's own area: no level files, reviews or sends for the one below.

    Forbidden (`other_level`). An operator's clerk holds it for the organisation; its points of sale are reviewed by whoever
    answers for an area around them.
    """
    actor.require(permission, area=unit.area_code, owners=(unit.organisation_id,))
    if not holds_own_level(actor, permission, unit):
        raise Forbidden("other_level", "只能由本级单位填报、审核和上报")


class Owing(Protocol):
    """What is asked of a unit to know whose it is: a row of it, or how it stands with a month."""

    @property
    def kind(self) -> str:
        """authority or operator."""
        ...

    @property
    def area_code(self) -> str:
        """Over which area it reports."""
        ...

    @property
    def organisation_id(self) -> uuid.UUID:
        """Who reports."""
        ...


def holds_own_level(actor: Actor, permission: str, unit: Owing) -> bool:
    """Whether the permission is held over the unit at the unit's own level, as `require_own_level` asks."""
    owners = (unit.organisation_id,)
    if unit.kind == rules.OPERATOR or actor.is_system:
        return actor.may_on(permission, area=unit.area_code, owners=owners)
    reaching = [held for held in actor.holding(permission) if held.covers(unit.area_code, owners)]
    return any(divisions.canonical(held.area_code) == unit.area_code for held in reaching)


def holds_above(actor: Actor, permission: str, area: str) -> bool:
    """Whether the permission is held over more than the area: by the level above. Above the nation nobody stands."""
    reaching = [held for held in actor.holding(permission) if held.covers(area, ())]
    return (
        actor.is_system
        or area == divisions.NATION
        or any(divisions.canonical(held.area_code) != area for held in reaching)
    )


def owed_from(unit: ReportingUnit, period: str) -> bool:
    """Whether the unit owes the month and the month is over."""
    return rules.is_due(unit.from_day, unit.until_day, period) and today() >= period_days(period)[1]


def months(first: str, last: str) -> list[str]:
    """The months from `first` to `last`, both inclusive."""
    found = [first]
    while found[-1] < last:
        found.append(next_period(found[-1]))
    return found


def _require_above(actor: Actor, kind: str, area: str) -> None:
    if kind == rules.AUTHORITY and not holds_above(actor, MANAGE, area):
        raise Forbidden("own_duty", "报送任务由上一级下达和解除")


def _record(session: Session, actor: Actor, verb: str, unit: ReportingUnit) -> None:
    audit.record(
        session,
        actor,
        f"statistics.reporting_unit.{verb}",
        "reporting_unit",
        unit.id,
        area_code=unit.area_code,
        detail={"report": unit.report},
    )
