"""Declared figures beside what the ledger counts for the same unit and month, and beside the sum of the units below."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.catalogue.models import Channel
from marketplace.core.scope import within_area
from marketplace.statistics.declarations import rules, units
from marketplace.statistics.declarations.kinds import declared_report
from marketplace.statistics.declarations.models import Declaration, ReportingUnit
from marketplace.statistics.measures import measure
from marketplace.statistics.models import DeclaredFigure


@dataclass(frozen=True)
class Beside:
    """One measure of a declaration, in fen; None where there is no figure, which is never 0.

    `computed_fen` is what the ledger counted when it was submitted (now, for a draft), `computed_now_fen` what it counts now;
    `below_fen` the sum of what the authorities below sent for the month.
    """

    measure: str
    declared_fen: int
    computed_fen: int | None
    difference_fen: int | None
    computed_now_fen: int | None
    difference_now_fen: int | None
    below_fen: int | None


def computed(session: Session, unit: ReportingUnit, period: str) -> dict[str, int] | None:
    """What the ledger counts for the unit in a month, by measure; None for a month before the books begin.

    An authority: entries whose side of the report lies in its area. An operator: entries of the points of sale it runs there.
    """
    begun = session.scalar(select(func.min(Entry.period)))
    if begun is None or period < begun:
        return None
    report = declared_report(unit.report)
    expressions = [(code, measure(code).expression) for code in report.measures]
    statement = select(*[made().label(code) for code, made in expressions if made is not None]).where(
        Entry.period == period
    )
    if unit.kind == rules.OPERATOR:
        run = select(Channel.id).where(Channel.operator_id == unit.organisation_id)
        statement = statement.where(
            within_area(Entry.channel_area, unit.area_code), Entry.channel_id.in_(run)
        )
    else:
        statement = statement.where(within_area(Entry.__table__.c[report.side], unit.area_code))
    row = session.execute(statement).one()
    return {code: int(value) for code, value in row._mapping.items()}


def figures_of(session: Session, declaration_id: uuid.UUID) -> dict[str, DeclaredFigure]:
    """The declared figures of a declaration, by measure."""
    rows = session.scalars(select(DeclaredFigure).where(DeclaredFigure.declaration_id == declaration_id))
    return {row.measure: row for row in rows}


def beside(session: Session, declaration: Declaration) -> list[Beside]:
    """Every measure of a declaration beside the ledger's and the lower units' figures."""
    unit = session.get_one(ReportingUnit, declaration.unit_id)
    now = computed(session, unit, declaration.period)
    lower = _sent_below(session, unit, declaration.period)
    rows = figures_of(session, declaration.id)
    found = []
    for code in declared_report(unit.report).measures:
        declared_fen = int(rows[code].amount or 0)
        now_fen = None if now is None else now[code]
        then_fen = now_fen if declaration.state == "draft" else rows[code].computed_amount
        found.append(
            Beside(
                measure=code,
                declared_fen=declared_fen,
                computed_fen=then_fen,
                difference_fen=None if then_fen is None else declared_fen - then_fen,
                computed_now_fen=now_fen,
                difference_now_fen=None if now_fen is None else declared_fen - now_fen,
                below_fen=None if lower is None else lower[code],
            )
        )
    return found


def sent_versions(
    session: Session, unit_ids: Sequence[uuid.UUID], periods: Sequence[str]
) -> dict[tuple[uuid.UUID, str], Declaration]:
    """The declarations that hold: of each unit and month the highest version that was sent."""
    rows = session.scalars(
        select(Declaration)
        .ext(distinct_on(Declaration.unit_id, Declaration.period))
        .where(
            Declaration.unit_id.in_(unit_ids), Declaration.period.in_(periods), Declaration.state == "sent"
        )
        .order_by(Declaration.unit_id, Declaration.period, Declaration.version.desc())
    )
    return {(row.unit_id, row.period): row for row in rows}


def _sent_below(session: Session, unit: ReportingUnit, period: str) -> dict[str, int] | None:
    """Σ of what lower authorities sent for the month; None when none did. Operators' figures lie inside their area's."""
    lower = [row[0].id for row in units.below(session, unit, period) if row[0].kind == rules.AUTHORITY]
    held = sent_versions(session, lower, [period])
    if not held:
        return None
    summed = dict.fromkeys(declared_report(unit.report).measures, 0)
    for code, fen in session.execute(
        select(DeclaredFigure.measure, func.sum(DeclaredFigure.amount))
        .where(DeclaredFigure.declaration_id.in_([one.id for one in held.values()]))
        .group_by(DeclaredFigure.measure)
    ):
        summed[code] = int(fen or 0)
    return summed
