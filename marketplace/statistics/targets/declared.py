"""Figures that others declared or published, kept beside what the ledger counts and never mixed with it.

A year before the service has declared figures only. Where both are there they stand side by side and no percentage is made of
them (不可比); where the ledger has nothing of the time it prints —, never 0 (docs/rules.md, "Targets"). What units declare by
month is in `statistics.declarations`: rows of the same table, with the declaration that they belong to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.amounts import REASONS_ZH, Amount, parse_money
from marketplace.core.clock import period_days, utcnow
from marketplace.core.divisions import get
from marketplace.core.errors import Invalid
from marketplace.core.scope import within_area
from marketplace.core.snapshots import once
from marketplace.statistics.measures import MEASURES
from marketplace.statistics.models import DeclaredFigure
from marketplace.statistics.query import ask
from marketplace.statistics.question import Question
from marketplace.statistics.standpoint import known_then, standpoint
from marketplace.statistics.words import NOT_COMPARABLE, UNKNOWN

DECLARED_MEASURES: Final = tuple(one.code for one in MEASURES if one.kind == "sum" and one.unit == "fen")


@dataclass(frozen=True)
class BesideComputed:
    """A declared figure (fen) and what the ledger counts for the same area and months, None where it does not reach."""

    area_code: str
    measure: str
    from_day: date
    to_day: date
    declared_fen: int | None
    qualifier: str | None
    computed_fen: int | None
    comparison: str
    raw_text: str
    source: str
    note: str | None


def declare(
    session: Session,
    actor: Actor,
    *,
    area_code: str,
    measure: str,
    from_day: date,
    to_day: date,
    raw_text: str,
    source: str,
    note: str | None = None,
) -> DeclaredFigure:
    """Keep a figure in its published words. Invalid ``amount_…`` when they say no amount of money, ``period`` when it ends before
    it begins. Needs ``statistics.targets`` over the area.
    """
    amount = parse_money(raw_text)
    if amount.reason is not None:
        raise Invalid(f"amount_{amount.reason}", REASONS_ZH[amount.reason], pointer="/raw_text")
    return declare_amount(
        session,
        actor,
        area_code=area_code,
        measure=measure,
        from_day=from_day,
        to_day=to_day,
        amount=amount,
        source=source,
        note=note,
    )


def declare_amount(
    session: Session,
    actor: Actor,
    *,
    area_code: str,
    measure: str,
    from_day: date,
    to_day: date,
    amount: Amount,
    source: str,
    note: str | None = None,
) -> DeclaredFigure:
    """The same, of an amount that was read already."""
    area = get(area_code).code
    actor.require("statistics.targets", area=area)
    if to_day < from_day:
        raise Invalid("declared_days", "截止日不能早于起始日", pointer="/to_day")
    row = DeclaredFigure(
        area_code=area,
        measure=measure,
        from_day=from_day,
        to_day=to_day,
        amount=amount.value_fen,
        qualifier=amount.qualifier,
        raw_text=amount.raw_text,
        source=source,
        note=note,
        created_at=utcnow(),
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "statistics.figure.declared", "declared_figure", row.id, area_code=area)
    return row


def declared_exists(session: Session, area_code: str, year: int) -> bool:
    """Whether a figure was declared for the area that covers some of the year."""
    key = (declared_exists, standpoint(), year)
    return area_code in once(session, lambda: _declared_areas(session, year), *key)


def _declared_areas(session: Session, year: int) -> frozenset[str]:
    """Of all areas at once: a report asks for each of its rows."""
    statement = (
        select(DeclaredFigure.area_code)
        .where(DeclaredFigure.declaration_id.is_(None), known_then(DeclaredFigure.created_at))
        .where(DeclaredFigure.from_day <= date(year, 12, 31), DeclaredFigure.to_day >= date(year, 1, 1))
        .distinct()
    )
    return frozenset(session.scalars(statement))


def declared_beside_computed(session: Session, areas: tuple[str, ...], year: int) -> list[BesideComputed]:
    """The figures of the areas that cover some of the year, by area, measure and first day, the longer first."""
    rows = session.scalars(
        select(DeclaredFigure)
        .where(DeclaredFigure.declaration_id.is_(None))
        .where(DeclaredFigure.from_day <= date(year, 12, 31), DeclaredFigure.to_day >= date(year, 1, 1))
        .where(or_(false(), *(within_area(DeclaredFigure.area_code, area) for area in areas)))
        .order_by(
            DeclaredFigure.area_code,
            DeclaredFigure.measure,
            DeclaredFigure.from_day,
            DeclaredFigure.to_day.desc(),
            DeclaredFigure.id,
        )
    ).all()
    return [beside_computed(session, areas, row) for row in rows]


def beside_computed(session: Session, areas: tuple[str, ...], figure: DeclaredFigure) -> BesideComputed:
    """A figure beside the ledger's, in the seller's view."""
    computed = _computed(session, areas, figure)
    return BesideComputed(
        area_code=figure.area_code,
        measure=figure.measure,
        from_day=figure.from_day,
        to_day=figure.to_day,
        declared_fen=figure.amount,
        qualifier=figure.qualifier,
        computed_fen=computed,
        comparison=UNKNOWN if computed is None else NOT_COMPARABLE,
        raw_text=figure.raw_text,
        source=figure.source,
        note=figure.note,
    )


def _computed(session: Session, areas: tuple[str, ...], figure: DeclaredFigure) -> int | None:
    """What the ledger counts; None unless the figure is of whole months that the books reach back to."""
    first, last = f"{figure.from_day:%Y-%m}", f"{figure.to_day:%Y-%m}"
    whole = figure.from_day.day == 1 and figure.to_day == period_days(last)[1] - timedelta(days=1)
    begun = session.scalar(select(func.min(Entry.period)))
    if not whole or begun is None or first < begun:
        return None
    question = Question(
        (figure.measure,), from_period=first, to_period=last, area=figure.area_code, areas=areas
    )
    return ask(session, question).total[figure.measure]
