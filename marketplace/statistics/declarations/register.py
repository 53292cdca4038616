"""填报台账: what every unit that owes a month declared, beside the ledger's figures; 未报 where it is silent, never 0."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.statistics.declarations import units
from marketplace.statistics.declarations.figures import sent_versions
from marketplace.statistics.declarations.filing import ZERO_REPORT
from marketplace.statistics.declarations.kinds import declared_report
from marketplace.statistics.declarations.rate import Owed, owed
from marketplace.statistics.models import DeclaredFigure
from marketplace.statistics.words import NOT_REPORTED


@dataclass(frozen=True)
class RegisterFigure:
    """A measure of a unit (fen): what the version that holds declares and the ledger counted when it was submitted."""

    measure: str
    declared_fen: int | None
    computed_fen: int | None
    difference_fen: int | None


@dataclass(frozen=True)
class RegisterRow:
    """A unit with its figures; `word` is 未报 or 零报告, None where figures say it."""

    unit: Owed
    word: str | None
    figures: list[RegisterFigure]


def register_of(session: Session, actor: Actor, report: str, period: str, area: str) -> list[RegisterRow]:
    """The units in `area` that the actor may see and that owe the month, by area."""
    standing = owed(session, report, period, units.seen(actor), units.in_area(area))
    held = sent_versions(session, [one.unit_id for one in standing], [period])
    rows = _figures(session, [one.id for one in held.values()])
    measures = declared_report(report).measures
    found = []
    for one in standing:
        version = held.get((one.unit_id, period))
        if version is None:
            silent = [RegisterFigure(code, None, None, None) for code in measures]
            found.append(RegisterRow(one, NOT_REPORTED, silent))
            continue
        figures = [_figure(rows[version.id][code]) for code in measures]
        found.append(RegisterRow(one, ZERO_REPORT if version.is_zero else None, figures))
    return found


def _figure(row: DeclaredFigure) -> RegisterFigure:
    difference = (
        None if row.amount is None or row.computed_amount is None else row.amount - row.computed_amount
    )
    return RegisterFigure(row.measure, row.amount, row.computed_amount, difference)


def _figures(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, DeclaredFigure]]:
    found: dict[uuid.UUID, dict[str, DeclaredFigure]] = defaultdict(dict)
    for row in session.scalars(select(DeclaredFigure).where(DeclaredFigure.declaration_id.in_(ids))):
        if row.declaration_id is not None:
            found[row.declaration_id][row.measure] = row
    return found
