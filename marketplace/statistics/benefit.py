"""Benefit on its two sides, never mixed: accrued by the agreements' formulas, proven by payment lists.

Accruals and payment lists know month, producer, origin and linkage mode; a question by anything else is refused rather than
answered with figures that do not belong to its cells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, false, func, literal_column, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Accrual, AgreementStatement, Entry
from marketplace.beneficiaries.models import Agreement, PaymentList, PaymentListRow
from marketplace.core.errors import BadRequest
from marketplace.statistics.conditions import any_equal, any_within, within_place
from marketplace.statistics.dimensions import DIMENSIONS, LEVELS, Dimension, dimension, leading
from marketplace.statistics.standpoint import in_months, known_then

if TYPE_CHECKING:
    from marketplace.statistics.question import Question

Cell = tuple[Any, ...]
BY: Final = tuple(one.code for one in DIMENSIONS if one.benefit)


def benefit_cells(
    session: Session, question: Question, dimensions: Sequence[Dimension]
) -> dict[Cell, dict[str, int]]:
    """benefit_accrued, benefit_proven and benefit_village by cell, the total under the empty cell.

    BadRequest (code ``measure_not_by_dimension``) for a dimension or view that accruals and payment lists do not have.
    """
    check_dimensions(question, dimensions)
    cells: dict[Cell, dict[str, int]] = defaultdict(
        lambda: {"benefit_accrued": 0, "benefit_proven": 0, "benefit_village": 0}
    )
    _ = cells[()]
    entry, accrual = Entry.__table__.c, Accrual.__table__.c
    for table, columns in ((Entry, entry), (Accrual, accrual)):
        names = {
            "period": columns.period,
            "adjusts": columns.adjusts_period,
            "origin": columns.origin_area,
            "producer": columns.producer_id,
            "linkage_mode": columns.linkage_mode,
        }
        keys = keys_of(question, dimensions, names)
        rows = session.execute(
            select(*keys, func.sum(columns.benefit_fen))
            .select_from(table)
            .where(*conditions_of(question, names))
            .group_by(*keys)
        )
        for *cell, fen in rows:
            for key in {tuple(cell), ()}:
                cells[key]["benefit_accrued"] += int(fen or 0)  # no key, no entry: one row of NULL
    _proven(session, question, dimensions, cells)
    _kept_by_villages(session, question, dimensions, cells)
    return cells


def check_dimensions(
    question: Question,
    dimensions: Sequence[Dimension],
    allowed: Sequence[str] = BY,
    said: str = "收益类指标只能按下列维度、以产地视角查询",
) -> None:
    """BadRequest (``measure_not_by_dimension``) unless the question asks by `allowed` dimensions alone, in the seller's view."""
    used = {one.code for one in dimensions} | {dimension(code).code for code in question.filters}
    if not used <= set(allowed) or question.view != "seller":
        raise BadRequest("measure_not_by_dimension", said, known=list(allowed))


def agreement_names() -> dict[str, Any]:
    """Where dimensions stand for what belongs to an agreement: its county, producer and mode."""
    return {
        "origin": func.rpad(Agreement.area_code, literal_column("12"), literal_column("'0'")),
        "producer": Agreement.producer_id,
        "linkage_mode": Agreement.mode,
    }


def _kept_by_villages(
    session: Session, question: Question, dimensions: Sequence[Dimension], cells: dict[Cell, dict[str, int]]
) -> None:
    names = agreement_names() | {
        "period": AgreementStatement.period,
        "adjusts": AgreementStatement.earned_period,
    }
    keys = keys_of(question, dimensions, names)
    rows = session.execute(
        select(*keys, func.sum(AgreementStatement.village_fen))
        .join(Agreement, Agreement.agreement_no == AgreementStatement.agreement_no)
        .where(*conditions_of(question, names))
        .group_by(*keys)
    )
    for *cell, fen in rows:
        for key in {tuple(cell), ()}:
            cells[key]["benefit_village"] += int(fen or 0)


def _proven(
    session: Session, question: Question, dimensions: Sequence[Dimension], cells: dict[Cell, dict[str, int]]
) -> None:
    names = agreement_names() | {"period": PaymentList.period}
    keys = keys_of(question, dimensions, names)
    rows = session.execute(
        select(*keys, func.sum(PaymentListRow.amount_fen))
        .join(PaymentList, PaymentList.id == PaymentListRow.list_id)
        .join(Agreement, Agreement.id == PaymentList.agreement_id)
        .where(known_then(PaymentList.created_at), *conditions_of(question, names))
        .group_by(*keys)
    )
    for *cell, fen in rows:
        for key in {tuple(cell), ()}:
            cells[key]["benefit_proven"] += int(fen or 0)


def keys_of(
    question: Question, dimensions: Sequence[Dimension], names: dict[str, Any]
) -> list[ColumnElement[Any]]:
    """The dimensions over a table that is not the ledger; `names` says which column stands for which."""
    return [_column(one.code, question.level, names) for one in dimensions]


def _column(code: str, level: str, names: dict[str, Any]) -> ColumnElement[Any]:
    if code == "origin":
        return leading(names["origin"], LEVELS[level])
    of_period = dimension(code).of_period
    if of_period is not None:
        return of_period(names["period"])
    plain: ColumnElement[Any] = names[code]
    return plain


def conditions_of(question: Question, names: dict[str, Any]) -> list[ColumnElement[bool]]:
    """The WHERE of a question over such a table."""
    found: list[ColumnElement[bool]] = [
        or_(false(), *(within_place(names["origin"], code) for code in question.areas)),
        within_place(names["origin"], question.area),
    ]
    if "period" in names:
        found += in_months(names["period"], names.get("adjusts"), question.from_period, question.to_period)
    for code, value in question.filters.items():
        one = dimension(code).code
        if one == "origin":
            found.append(any_within(names["origin"], value))
        else:
            found.append(any_equal(_column(one, question.level, names), value))
    return found
