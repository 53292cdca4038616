"""The one function that combines measures and dimensions over the ledger, under an area, in one snapshot.

Additive figures and distinct counts come from one GROUPING SETS statement, households from a second one that sums each
agreement version per cell; the total is computed, never added up from cells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, cast, false, func, literal_column, not_, or_, select, tuple_
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.core.errors import BadRequest
from marketplace.core.scope import within_area
from marketplace.statistics.benefit import benefit_cells, enrolled_cells
from marketplace.statistics.dimensions import LEVELS, Dimension, dimension
from marketplace.statistics.measures import Measure, measure
from marketplace.statistics.position import books_position
from marketplace.statistics.rosters import Rosters

MAX_DIMENSIONS: Final = 3
Cell = tuple[Any, ...]


@dataclass(frozen=True)
class Question:
    """What is asked: measure and dimension codes, the months, filters, whose area, from which side.

    `view` seller scopes by origin, buyer by the buyer's fiscal area; the two are never added. `areas` are the codes the asker
    may see (("000000",) all). `on` is the statistical date for households; `from_period`..`to_period` inclusive months.
    """

    measures: tuple[str, ...]
    by: tuple[str, ...] = ()
    level: str = "city"
    from_period: str | None = None
    to_period: str | None = None
    area: str = "000000"
    areas: tuple[str, ...] = ("000000",)
    view: str = "seller"
    filters: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()  # areas left out on the side of the view
    on: date | None = None


@dataclass(frozen=True)
class Row:
    """A cell: its dimension values with titles, and its figures by measure code (None where there is none)."""

    key: Cell
    titles: tuple[str, ...]
    figures: dict[str, int | None]


@dataclass(frozen=True)
class Answer:
    """Rows in ascending order of their keys, the total, the ledger position and the definitions used."""

    rows: list[Row]
    total: dict[str, int | None]
    position: int
    last_entry: int
    definitions: dict[str, str]


def ask(session: Session, question: Question) -> Answer:
    """Answer a question. BadRequest for unknown names (the known ones are listed), too many dimensions or a bad level."""
    measures = _with_needs(question.measures)
    dimensions = [dimension(code) for code in question.by]
    _check(question, dimensions)
    cells: dict[Cell, dict[str, Any]] = defaultdict(dict)
    _additive(session, question, dimensions, measures, cells)
    rosters = Rosters(session, question.on or date.max)
    if any(m.kind == "roster" for m in measures):
        _rosters(session, question, dimensions, cells, rosters)
    if any(m.kind == "enrolled" for m in measures):
        for cell, figures in enrolled_cells(session, question, dimensions, rosters).items():
            cells[cell].update(figures)
    if any(m.kind == "benefit" for m in measures):
        for cell, figures in benefit_cells(session, question, dimensions).items():
            cells[cell].update(figures)
    return _answer(session, question, dimensions, measures, cells)


def _with_needs(codes: Sequence[str]) -> list[Measure]:
    wanted = [measure(code) for code in codes]
    for one in list(wanted):
        wanted += [measure(code) for code in one.needs]
    return list({one.code: one for one in wanted}.values())


def _check(question: Question, dimensions: Sequence[Dimension]) -> None:
    if not question.measures:
        raise BadRequest("measures_missing", "至少要一个指标")
    if len(dimensions) > MAX_DIMENSIONS or len(set(question.by)) != len(question.by):
        raise BadRequest("too_many_dimensions", f"最多 {MAX_DIMENSIONS} 个不同的维度")
    if question.level not in LEVELS:
        raise BadRequest("unknown_level", f"没有层级 {question.level}", known=list(LEVELS))
    if question.view not in {"seller", "buyer"}:
        raise BadRequest("unknown_view", "视角应为 seller 或 buyer", known=["seller", "buyer"])


def conditions(question: Question) -> list[ColumnElement[bool]]:
    """The WHERE of a question over entries: months, area, what the asker may see, filters."""
    columns = Entry.__table__.c
    side = columns.origin_area if question.view == "seller" else columns.buyer_area
    found: list[ColumnElement[bool]] = [or_(false(), *(within_area(side, code) for code in question.areas))]
    found.append(within_area(side, question.area))
    found += [not_(within_area(side, code)) for code in question.without]
    if question.from_period:
        found.append(columns.period >= question.from_period)
    if question.to_period:
        found.append(columns.period <= question.to_period)
    for code, value in question.filters.items():
        one = dimension(code)
        if one.is_area:
            found.append(within_area(one.column("village"), value))
        else:
            found.append(cast(one.column(question.level), Text) == value)
    return found


def _grouped(question: Question, dimensions: Sequence[Dimension]) -> list[ColumnElement[Any]]:
    return [one.column(question.level).label(f"d{i}") for i, one in enumerate(dimensions)]


def _additive(
    session: Session,
    question: Question,
    dimensions: Sequence[Dimension],
    measures: Sequence[Measure],
    cells: dict[Cell, dict[str, Any]],
) -> None:
    chosen = [m for m in measures if m.expression is not None]
    keys = _grouped(question, dimensions)
    inner = [one.column(question.level) for one in dimensions]
    statement = select(
        func.grouping(*inner).label("is_total") if inner else literal_column("1").label("is_total"),
        *keys,
        *[m.expression().label(m.code) for m in chosen if m.expression is not None],
    ).where(*conditions(question))
    if inner:
        statement = statement.group_by(func.grouping_sets(_tuple(inner), _tuple([])))
    for row in session.execute(statement):
        cell = () if row.is_total else tuple(row[1 : 1 + len(keys)])
        cells[cell].update({m.code: int(getattr(row, m.code)) for m in chosen})
    if not inner:
        return
    cells.setdefault((), {m.code: 0 for m in chosen})


def _tuple(columns: Sequence[ColumnElement[Any]]) -> Any:
    return tuple_(*columns) if columns else literal_column("()")


def _rosters(
    session: Session,
    question: Question,
    dimensions: Sequence[Dimension],
    cells: dict[Cell, dict[str, Any]],
    rosters: Rosters,
) -> None:
    columns = Entry.__table__.c
    keys = _grouped(question, dimensions)
    inner = [one.column(question.level) for one in dimensions]
    statement = (
        select(*keys, columns.version_no, func.sum(columns.sale_fen))
        .where(*conditions(question), columns.version_no != 0)
        .group_by(*inner, columns.version_no)
    )
    per_cell: dict[Cell, set[int]] = defaultdict(set)
    whole: dict[int, int] = defaultdict(int)
    for *values, version_no, sale_fen in session.execute(statement):
        whole[version_no] += int(sale_fen)
        if sale_fen > 0:
            per_cell[tuple(values)].add(version_no)
    per_cell[()] = {version_no for version_no, sale_fen in whole.items() if sale_fen > 0}
    rosters.load({no for numbers in per_cell.values() for no in numbers})
    for cell in {*cells, *per_cell}:
        heads = rosters.count(per_cell.get(cell, set()))
        cells[cell].update(
            households_covered=heads.households,
            persons_covered=heads.persons,
            households_file=heads.on_file,
            households_monitored=heads.monitored,
        )


def _answer(
    session: Session,
    question: Question,
    dimensions: Sequence[Dimension],
    measures: Sequence[Measure],
    cells: dict[Cell, dict[str, Any]],
) -> Answer:
    def figures(found: dict[str, Any]) -> dict[str, int | None]:
        filled: dict[str, Any] = {m.code: found.get(m.code, 0) for m in measures if m.kind != "derived"}
        for one in measures:
            if one.derive is not None:
                filled[one.code] = one.derive(filled)
        return {code: filled[code] for code in question.measures}

    rows = [
        Row(
            cell,
            tuple(one.title_of(value) for one, value in zip(dimensions, cell, strict=True)),
            figures(found),
        )
        for cell, found in cells.items()
        if cell
    ]
    rows.sort(key=lambda row: tuple("" if v is None else str(v) for v in row.key))
    position, last_entry = books_position(session)
    return Answer(
        rows,
        figures(cells.get((), {})),
        position,
        last_entry,
        {m.code: m.definition_zh for m in measures if m.definition_zh and m.code in question.measures},
    )
