"""签约, 意向 and 举牌认购 as measures of their own: sums of the register of pledges, never part of any sales.

They are asked of PostgreSQL whatever answers for the ledger (segments, Spark), in the same snapshot. A pledge has the day on
which it was signed, its place of origin and the buyer's place; by anything else the question is refused rather than answered
with figures that do not belong to its cells. Source: docs/rules.md, "Sales made elsewhere".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, false, func, literal_column, not_, or_
from sqlalchemy.orm import Session

from marketplace.core.errors import BadRequest
from marketplace.core.scope import within_area
from marketplace.intake.models import Pledge
from marketplace.intake.rules.pledges import DEFINITION
from marketplace.intake.service.pledge_sums import MEASURE_TITLES, MEASURES, measured
from marketplace.statistics.conditions import any_equal, any_within, within_place
from marketplace.statistics.dimensions import LEVELS, Dimension, dimension, leading
from marketplace.statistics.measure import Measure
from marketplace.statistics.standpoint import in_months, known_then

if TYPE_CHECKING:
    from marketplace.statistics.question import Question

Cell = tuple[Any, ...]
KIND: Final = "pledge"
PLEDGE_MEASURES: Final = tuple(
    Measure(code, title, "fen", KIND, definition_zh=DEFINITION) for code, title in MEASURE_TITLES.items()
)
#: Dimensions of a pledge, by the day of signing and the two places.
BY: Final = ("day", "week", "period", "quarter", "half_year", "year", "origin", "buyer_area")
_MONTH: Final = "YYYY-MM"
_DAY: Final = "YYYY-MM-DD"


def pledge_cells(
    session: Session, question: Question, dimensions: Sequence[Dimension]
) -> dict[Cell, dict[str, int]]:
    """Every measure of pledges in fen by cell, the total under the empty cell.

    BadRequest (code ``measure_not_by_dimension``) for a dimension or filter that a pledge does not have.
    """
    _check(question, dimensions)
    total = dict.fromkeys(MEASURES, 0)
    cells: dict[Cell, dict[str, int]] = {}
    keys = [_column(one.code, question.level).label(f"d{number}") for number, one in enumerate(dimensions)]
    for row in session.execute(measured(keys, _conditions(question))):
        figures = dict(zip(MEASURES, map(int, row[len(keys) :]), strict=True))
        if keys:
            cells[tuple(row[: len(keys)])] = figures
        total = {code: total[code] + fen for code, fen in figures.items()}
    return cells | {(): total}


def _check(question: Question, dimensions: Sequence[Dimension]) -> None:
    used = {code.partition(".")[0] for code in (*(one.code for one in dimensions), *question.filters)}
    if lacking := sorted({dimension(code).code for code in used} - set(BY)):
        raise BadRequest(
            "measure_not_by_dimension",
            "签约、意向、认购类指标没有所查询的维度,只能按下列维度查询",
            lacking=lacking,
            known=list(BY),
        )
    if question.without_goods:
        raise BadRequest("measure_not_by_dimension", "签约、意向、认购类指标不能排除品类", known=list(BY))


def _column(code: str, level: str) -> ColumnElement[Any]:
    name, _, own = code.partition(".")
    if name in ("origin", "buyer_area"):
        return leading(_place(name), LEVELS[own or level])
    of_period = dimension(name).of_period
    if of_period is not None:
        return of_period(_signed(_MONTH))
    return _signed(_DAY) if name == "day" else _week()


def _place(name: str) -> Any:
    column = Pledge.origin_area if name == "origin" else Pledge.buyer_area
    return func.rpad(column, literal_column("12"), literal_column("'0'")).collate("C")


def _signed(form: str) -> ColumnElement[Any]:
    """The day of signing as text; literals, not parameters: GROUP BY must see the same expression as SELECT."""
    found: ColumnElement[Any] = func.to_char(Pledge.signed_on, literal_column(f"'{form}'"))
    return found


def _week() -> ColumnElement[Any]:
    monday = func.date_trunc(literal_column("'week'"), Pledge.signed_on)
    found: ColumnElement[Any] = func.to_char(monday, literal_column(f"'{_DAY}'"))
    return found


def _conditions(question: Question) -> list[ColumnElement[bool]]:
    side = _place("origin" if question.view == "seller" else "buyer_area")
    found: list[ColumnElement[bool]] = [
        or_(false(), *(within_place(side, code) for code in question.areas)),
        within_place(side, question.area),
        *(not_(within_area(side, code)) for code in question.without),
        *in_months(_signed(_MONTH), None, question.from_period, question.to_period),
        known_then(Pledge.registered_at),
    ]
    for code, value in question.filters.items():
        one = dimension(code)
        name = one.code.partition(".")[0]
        if one.is_area:
            found.append(any_within(_place(name), value))
        else:
            found.append(any_equal(_column(one.code, question.level), value))
    return found
