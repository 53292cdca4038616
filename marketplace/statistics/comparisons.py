"""环比, 同比, 排名, 目标 and 完成率 beside the figures they are of: the same question again for other months, joined by key.

Everything happens after `ask`, in the caller's snapshot. None stands where nothing can be compared: the books do not reach back,
nothing was sold then, no target was set (docs/rules.md, "Comparisons").
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core import divisions
from marketplace.core.money import ratio_bp
from marketplace.statistics.comparison_measures import KINDS, Comparison, comparison
from marketplace.statistics.dimensions import dimension, is_at
from marketplace.statistics.other_months import before, first_month, other_question, time_of
from marketplace.statistics.position import first_period
from marketplace.statistics.query import Answer, Row, ask
from marketplace.statistics.question import Question
from marketplace.statistics.targets import targets_of

Cell = tuple[Any, ...]
Figures = dict[str, int | None]
#: A comparison's figure for a cell (the empty one: the total), from the figures of the cell itself.
Compared = Callable[[Cell, Figures], int | None]


def compare(session: Session, question: Question) -> Answer:
    """Answer a question whose measures may be comparisons (``sales_yoy``), figures in the order asked.

    BadRequest as `ask`, and as `other_months.time_of`.
    """
    found = {code: comparison(code) for code in question.measures}
    asked = [one for one in found.values() if one is not None]
    if not asked:
        return ask(session, question)
    plain = tuple(dict.fromkeys(one.base if one is not None else code for code, one in found.items()))
    answer = ask(session, replace(question, measures=plain))
    computed: dict[str, Compared] = {}
    for kind in dict.fromkeys(one.kind for one in asked):
        alike = [one for one in asked if one.kind == kind]
        computed |= _computed(session, question, answer, kind, alike)

    def figures(cell: Cell, held: Figures) -> Figures:
        return {
            code: held[code] if one is None else computed[code](cell, held) for code, one in found.items()
        }

    rows = [Row(row.key, row.titles, figures(row.key, row.figures)) for row in answer.rows]
    definitions = {code: text for code, text in answer.definitions.items() if code in question.measures}
    definitions |= {one.code: KINDS[one.kind][2] for one in asked}
    return replace(answer, rows=rows, total=figures((), answer.total), definitions=definitions)


def _computed(
    session: Session, question: Question, answer: Answer, kind: str, alike: Sequence[Comparison]
) -> dict[str, Compared]:
    if kind == "rank":
        return {one.code: _rank(answer, one.base) for one in alike}
    if kind in {"target", "completion"}:
        return {one.code: _target(session, question, one) for one in alike}
    return _growths(session, question, kind, alike)


def _growths(
    session: Session, question: Question, kind: str, alike: Sequence[Comparison]
) -> dict[str, Compared]:
    """All measures of one kind of growth from one question about the other months."""
    time = time_of(question)
    other = other_question(question, kind, time)
    reach = first_period(session)
    answer = ask(session, replace(other, measures=tuple(one.base for one in alike)))
    then = {row.key: row.figures for row in answer.rows} | {(): answer.total}
    place = next((i for i, code in enumerate(question.by) if dimension(code).code == time), None)

    def earlier(cell: Cell) -> tuple[str, Cell] | None:
        """The month since which books are needed, and the cell of the other months."""
        if place is None or time is None:
            return str(other.from_period), cell
        if not cell:
            return None if kind == "mom" else (str(other.from_period), cell)
        value = before(str(cell[place]), time, kind)
        return (
            None
            if value is None
            else (
                max(first_month(value, time), str(other.from_period)),
                (*cell[:place], value, *cell[place + 1 :]),
            )
        )

    def compared(base: str, cell: Cell, held: Figures) -> int | None:
        found = earlier(cell)
        if found is None or reach is None or found[0] < reach:
            return None
        return growth(held[base], then.get(found[1], {}).get(base))

    return {one.code: partial(compared, one.base) for one in alike}


def growth(now: int | None, then: int | None) -> int | None:
    """(now − then) ÷ then in basis points, half up; None without both, or where then is not above zero."""
    return None if now is None or then is None else ratio_bp(now - then, then)


def _rank(answer: Answer, base: str) -> Compared:
    """From the largest down among the cells that share all but the last dimension; equal figures share a rank."""
    values: dict[Cell, list[int]] = defaultdict(list)
    for row in answer.rows:
        held = row.figures[base]
        if held is not None:
            values[row.key[:-1]].append(-held)
    for group in values.values():
        group.sort()

    def ranked(cell: Cell, held: Figures) -> int | None:
        mine = held[base]
        return None if mine is None or not cell else 1 + bisect_left(values[cell[:-1]], -mine)

    return ranked


def _target(session: Session, question: Question, one: Comparison) -> Compared:
    """Targets are set for an area and a year, of all goods: a cell of anything else has none."""
    side = "origin" if question.view == "seller" else "buyer_area"
    by = [dimension(code).code for code in question.by]
    names = [code.partition(".")[0] for code in by]
    if question.filters or question.without or not set(names) <= {side, "year"} or names.count(side) > 1:
        return lambda _cell, _held: None
    targets: dict[int, Mapping[str, int]] = {}

    def compared(cell: Cell, held: Figures) -> int | None:
        held_of = dict(zip(names, cell, strict=True)) if cell else {}
        year, area = _year(question, held_of), _area(question, held_of.get(side), by)
        if year is None or area is None:
            return None
        if year not in targets:
            targets[year] = targets_of(session, year, one.base)
        target = targets[year].get(area)
        if one.kind == "target":
            return target
        return ratio_bp(held[one.base], target) if str(question.from_period) == f"{year}-01" else None

    return compared


def _year(question: Question, held: Mapping[str, Any]) -> int | None:
    if "year" in held:
        return int(held["year"])
    first, last = question.from_period, question.to_period
    return int(last[:4]) if first and last and first[:4] == last[:4] else None


def _area(question: Question, key: str | None, by: Sequence[str]) -> str | None:
    """The area whose target a cell has: its own, or for the total the one asked for. None unless the figure is of all of it."""
    level = next((code.partition(".")[2] for code in by if "." in code), "") or question.level
    code = question.area if key is None else key.ljust(6, "0")
    if key is not None and not (is_at(key, level) and divisions.covers(question.area, code)):
        return None
    return code if any(divisions.covers(area, code) for area in question.areas) else None
