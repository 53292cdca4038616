"""The one function that combines measures and dimensions over the ledger, under an area, in one snapshot.

Additive figures and distinct counts come from one GROUPING SETS statement, households from sets of them (`households`); the total
is computed, never added up from cells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.core.errors import BadRequest
from marketplace.statistics.additive import cells_and_total
from marketplace.statistics.benefit import benefit_cells
from marketplace.statistics.dimensions import LEVELS, Dimension, dimension
from marketplace.statistics.households import OWN_AREA, Sources, check_own_area, household_cells
from marketplace.statistics.measure import Measure
from marketplace.statistics.measures import measure
from marketplace.statistics.pledges import pledge_cells
from marketplace.statistics.position import books_position
from marketplace.statistics.question import Question
from marketplace.statistics.rosters import Rosters
from marketplace.statistics.segments.books import Books, books_of
from marketplace.statistics.undone import FALLEN, undone

__all__ = ["Answer", "Question", "Row", "ask", "ask_households"]

MAX_DIMENSIONS: Final = 3
Cell = tuple[Any, ...]


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
    check_own_area(question, dimensions, measures)
    cells: dict[Cell, dict[str, Any]] = defaultdict(dict)
    if any(m.kind != "pledge" for m in measures):
        _of_books(session, question, dimensions, measures, cells)
    if any(m.kind == "pledge" for m in measures):
        for cell, figures in pledge_cells(session, question, dimensions).items():
            cells[cell].update(figures)
    return _answer(session, question, dimensions, measures, cells)


def _of_books(
    session: Session,
    question: Question,
    dimensions: Sequence[Dimension],
    measures: Sequence[Measure],
    cells: dict[Cell, dict[str, Any]],
) -> None:
    """What the ledger and what belongs to its agreements say; pledges have cells of their own."""
    with books_of(session, question) as books:
        if OWN_AREA not in {*question.by, *question.filters}:
            _additive(books, question, dimensions, measures, cells)
        if any(m.kind == "households" for m in measures):
            for cell, heads in _heads(session, books, question, dimensions, measures).items():
                cells[cell].update(heads)
    if any(m.kind == "benefit" for m in measures):
        for cell, figures in benefit_cells(session, question, dimensions).items():
            cells[cell].update(figures)


def ask_households(session: Session, question: Question) -> dict[Cell, dict[str, int]]:
    """Measures of households alone, by cell, the total under the empty one; a cell in which nobody is may be missing.

    `ask` names these cells too, for which it reads the entries once more. BadRequest as there.
    """
    measures = [measure(code) for code in question.measures]
    dimensions = [dimension(code) for code in question.by]
    _check(question, dimensions)
    with books_of(session, question) as books:
        return _heads(session, books, question, dimensions, measures)


def _heads(
    session: Session,
    books: Books,
    question: Question,
    dimensions: Sequence[Dimension],
    measures: Sequence[Measure],
) -> dict[Cell, dict[str, int]]:
    sources = Sources(session, books, Rosters(session, question.on or date.max))
    return household_cells(sources, question, dimensions, measures)


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


def _additive(
    books: Books,
    question: Question,
    dimensions: Sequence[Dimension],
    measures: Sequence[Measure],
    cells: dict[Cell, dict[str, Any]],
) -> None:
    """Cells and total by one pass over the entries."""
    chosen = [m for m in measures if m.expression is not None]
    if not chosen and not dimensions:
        return  # without an aggregate or a group every single entry would come
    counts = [m for m in chosen if m.subject is not None]
    if counts:
        chosen.append(FALLEN)
    if dimensions:
        cells[()] = {m.code: 0 for m in chosen}
    for is_total, *values in books.rows(cells_and_total(question, chosen)):
        cell = () if is_total else tuple(values[: len(dimensions)])
        figures = values[len(dimensions) :]
        cells[cell].update(
            {one.code: one.whole(int(figure)) for one, figure in zip(chosen, figures, strict=True)}
        )
    if cells[()].get(FALLEN.code):
        _leave_out(books, question, dimensions, counts, cells)


def _leave_out(
    books: Books,
    question: Question,
    dimensions: Sequence[Dimension],
    counts: Sequence[Measure],
    cells: dict[Cell, dict[str, Any]],
) -> None:
    """Take off the counts what comes to nothing because it was told twice."""
    for one in counts:
        if one.subject is not None:
            for is_total, *values, count in books.rows(undone(question, dimensions, one.subject())):
                cells[() if is_total else tuple(values)][one.code] -= int(count)


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
    position, last_entry = books_position(session, question.to_period)
    return Answer(
        rows,
        figures(cells.get((), {})),
        position,
        last_entry,
        {m.code: m.definition_zh for m in measures if m.definition_zh and m.code in question.measures},
    )
