"""填报: a draft of a unit's figures, or its explicit zero; a new version after a return, or to correct what was sent (更正)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import period_days, utcnow
from marketplace.core.db import lock_exclusive, refusing
from marketplace.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from marketplace.core.money import format_yuan
from marketplace.statistics.declarations import rules, units
from marketplace.statistics.declarations.kinds import declared_report
from marketplace.statistics.declarations.models import Declaration, DeclarationStep, ReportingUnit
from marketplace.statistics.models import DeclaredFigure

FILE: Final = "statistics.declare"
ZERO_REPORT: Final = "零报告"
_ON_ITS_WAY: Final = Conflict("declaration_open", "该月已有一份填报尚未办结")


@dataclass(frozen=True)
class Content:
    """What is declared: an amount in fen for each measure of the report, or (零报告) the reason why there is nothing."""

    figures: Mapping[str, int] = field(default_factory=dict)
    zero_reason: str | None = None

    def checked(self, report: str) -> dict[str, int]:
        """The amounts of every measure, 0 in a zero report. Invalid as `rules.check_figures`, or ``zero_with_figures``."""
        measures = declared_report(report).measures
        if self.zero_reason is None:
            rules.check_figures(measures, self.figures)
            return {code: self.figures[code] for code in measures}
        if self.figures:
            raise Invalid("zero_with_figures", "零报告不填数额", pointer="/figures")
        return dict.fromkeys(measures, 0)


def draft(
    session: Session,
    actor: Actor,
    unit_id: uuid.UUID,
    period: str,
    content: Content,
    correction_reason: str | None = None,
) -> Declaration:
    """Begin a declaration: the first version of a month, or the next after one that was returned or sent.

    Needs ``statistics.declare`` at the unit's own level. Raises NotFound, Conflict (`month_not_due`, `declaration_open`), Invalid
    (`correction_reason` when what is corrected was sent and no reason is given, and those of `Content.checked`).
    """
    unit = session.get(ReportingUnit, unit_id)
    if unit is None:
        raise NotFound
    actor.require_visible(units.READ, area=unit.area_code, owners=(unit.organisation_id,))
    units.require_own_level(actor, FILE, unit)
    if not units.owed_from(unit, period):
        raise Conflict("month_not_due", "该月尚未结束,或该单位当月没有报送任务")
    amounts = content.checked(unit.report)
    lock_exclusive(session, "declaration", f"{unit.id}|{period}")
    known = session.scalars(
        select(Declaration)
        .where(Declaration.unit_id == unit.id, Declaration.period == period)
        .order_by(Declaration.version.desc())
    ).all()
    if known and known[0].state in rules.OPEN_STATES:
        raise _ON_ITS_WAY
    is_correction = any(one.state == "sent" for one in known)
    if is_correction and correction_reason is None:
        raise Invalid("correction_reason", "更正已上报的数据应说明原因", pointer="/correction_reason")
    declaration = Declaration(
        unit_id=unit.id,
        period=period,
        version=known[0].version + 1 if known else 1,
        state=rules.DECLARATION.initial,
        is_zero=content.zero_reason is not None,
        zero_reason=content.zero_reason,
        correction_reason=correction_reason if is_correction else None,
        created_by_person=actor.person_id,
        created_at=utcnow(),
    )
    session.add(declaration)
    with refusing({"uq_declaration_open": _ON_ITS_WAY}):
        session.flush()
    _write_figures(session, unit, declaration, amounts)
    note_step(session, actor, unit, declaration, None, declaration.correction_reason)
    return declaration


def redraft(
    session: Session, actor: Actor, declaration_id: uuid.UUID, content: Content, row_version: int
) -> Declaration:
    """Replace what a draft says; nothing of a draft is history. Conflict (`declaration_filed`) once it was submitted,
    PreconditionFailed when somebody changed it since `row_version`.

    Whoever changes it counts among those who filled it in: the reviewer must be another person.
    """
    declaration, unit = locked(session, actor, declaration_id)
    units.require_own_level(actor, FILE, unit)
    if declaration.state != "draft":
        raise Conflict("declaration_filed", "已提交的填报不可修改,请作更正")
    if declaration.row_version != row_version:
        raise PreconditionFailed()
    amounts = content.checked(unit.report)
    declaration.row_version += 1
    declaration.is_zero = content.zero_reason is not None
    declaration.zero_reason = content.zero_reason
    declaration.created_by_person = actor.person_id
    session.flush()
    session.execute(delete(DeclaredFigure).where(DeclaredFigure.declaration_id == declaration.id))
    _write_figures(session, unit, declaration, amounts)
    audit.record(
        session,
        actor,
        "statistics.declaration.redrafted",
        "declaration",
        declaration.id,
        area_code=unit.area_code,
    )
    return declaration


def locked(session: Session, actor: Actor, declaration_id: uuid.UUID) -> tuple[Declaration, ReportingUnit]:
    """The declaration, locked, and its unit; NotFound when there is none or the actor may not know of it."""
    declaration = session.get(Declaration, declaration_id, with_for_update=True, populate_existing=True)
    if declaration is None:
        raise NotFound
    return declaration, _seen_unit(session, actor, declaration)


def shown(session: Session, actor: Actor, declaration_id: uuid.UUID) -> Declaration:
    """A declaration to be read; NotFound as above."""
    declaration = session.get(Declaration, declaration_id)
    if declaration is None:
        raise NotFound
    _seen_unit(session, actor, declaration)
    return declaration


def listing(
    actor: Actor,
    *,
    area: str | None = None,
    report: str | None = None,
    period: str | None = None,
    state: str | None = None,
    unit_id: uuid.UUID | None = None,
) -> Select[*tuple[Any, ...]]:
    """Statement of (declaration, unit, organisation's name) rows, all versions, for a page by the declaration's id."""
    statement: Select[*tuple[Any, ...]] = (
        select(Declaration, ReportingUnit, Organisation.name)
        .join(ReportingUnit, ReportingUnit.id == Declaration.unit_id)
        .join(Organisation, Organisation.id == ReportingUnit.organisation_id)
        .where(units.seen(actor))
    )
    if area is not None:
        statement = statement.where(units.in_area(area))
    wanted = (
        (ReportingUnit.report, report),
        (Declaration.period, period),
        (Declaration.state, state),
        (Declaration.unit_id, unit_id),
    )
    return statement.where(*(column == value for column, value in wanted if value is not None))


def steps_of(session: Session, declaration_id: uuid.UUID) -> list[DeclarationStep]:
    """Every step of a declaration, oldest first."""
    return list(
        session.scalars(
            select(DeclarationStep)
            .where(DeclarationStep.declaration_id == declaration_id)
            .order_by(DeclarationStep.at, DeclarationStep.id)
        )
    )


def note_step(
    session: Session,
    actor: Actor,
    unit: ReportingUnit,
    declaration: Declaration,
    from_state: str | None,
    opinion: str | None,
) -> None:
    """Write the line of the history and of the audit trail that belongs to the state the declaration has now."""
    session.add(
        DeclarationStep(
            declaration_id=declaration.id,
            from_state=from_state,
            to_state=declaration.state,
            opinion=opinion,
            account_id=actor.account_id,
            at=utcnow(),
        )
    )
    audit.record(
        session,
        actor,
        f"statistics.declaration.{declaration.state}",
        "declaration",
        declaration.id,
        area_code=unit.area_code,
        detail={"period": declaration.period, "version": declaration.version, "report": unit.report},
    )
    session.flush()


def _seen_unit(session: Session, actor: Actor, declaration: Declaration) -> ReportingUnit:
    unit = session.get_one(ReportingUnit, declaration.unit_id)
    actor.require_visible(units.READ, area=unit.area_code, owners=(unit.organisation_id,))
    return unit


def _write_figures(
    session: Session, unit: ReportingUnit, declaration: Declaration, amounts: Mapping[str, int]
) -> None:
    first, after = period_days(declaration.period)
    organisation = session.get_one(Organisation, unit.organisation_id)
    for code, fen in amounts.items():
        session.add(
            DeclaredFigure(
                area_code=unit.area_code,
                measure=code,
                from_day=first,
                to_day=after - timedelta(days=1),
                amount=fen,
                qualifier="exact",
                raw_text=ZERO_REPORT if declaration.is_zero else f"{format_yuan(fen)}元",
                source=f"{organisation.name}填报",
                declaration_id=declaration.id,
                created_at=utcnow(),
            )
        )
    session.flush()
