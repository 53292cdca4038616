"""What of a report counts households: its cells, the equations a reader may assume, what a withheld cell hides.

A key names a figure wherever it is printed: the same area and months in two reports, or on the page of public statistics, are one
cell. ``covered|origin|4414|2020-01..2020-09``: meaning, side, area digits, months; ``~2020-12`` follows on figures that include
later adjustments. Source: docs/rules.md, "Small counts in publications".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from marketplace.core.actor import area_prefix
from marketplace.statistics.bulletins.building import Subject
from marketplace.statistics.reports.protocol import ReportTable, Value
from marketplace.statistics.reports.r1_monthly import SEPARATELY_PLANNED
from marketplace.statistics.rules.areas import tree
from marketplace.statistics.rules.months import cumulative_equations
from marketplace.statistics.rules.suppression import Equation, Publication, is_small

WITHHELD: Final = "*"
WITHHELD_NOTE: Final = "“*”为少于3户、或为防止推算而不公布的数据。"


@dataclass(frozen=True)
class Family:
    """A column that counts households, the columns withheld with it, and other counts whose smallness it shares."""

    name: str
    count: str
    hides: tuple[str, ...]
    also: tuple[str, ...] = ()
    is_benefit: bool = False  # hides what households receive: withheld where it is dominated


_MONEY: Final = ("accrued", "proven", "gap", "benefited", "per_household", "per_person", "evidence")
FAMILIES: Final[dict[str, tuple[Family, ...]]] = {
    "R1": (Family("covered", "households", ("households", "persons")),),
    "R2": (),  # prints 少于3人 itself
    "R3": (),  # counts no households
    "R5": (
        Family("covered", "households", ("households",)),
        Family("file", "on_file", ("on_file", "persons_file")),
    ),
    "R6": (
        Family("covered", "households", ("households", "persons")),
        Family("benefited", "benefited", _MONEY, ("households",), is_benefit=True),
    ),
}
_NOT_IN_KEYS: Final = str.maketrans("|:{}", "/;()")  # what keys are parted by
Line = tuple[str, int]  # which list of the table, and which of its rows


@dataclass
class Cells:
    """Counts by key, those that must stay unknown, the equations, and where each is printed: line and columns."""

    values: dict[str, int | None] = field(default_factory=dict)
    small: set[str] = field(default_factory=set)
    equations: list[Equation] = field(default_factory=list)
    places: dict[str, list[tuple[Line, tuple[str, ...]]]] = field(default_factory=dict)

    @property
    def publication(self) -> Publication:
        """The same for `rules.suppression`."""
        return Publication(self.values, frozenset(self.small), tuple(self.equations))


def cells_of(subject: Subject, table: ReportTable, dominated: frozenset[Line] = frozenset()) -> Cells:
    """The cells of a report's table. `dominated` are lines in which one or two households make up most of an amount."""
    cells = Cells()
    keys = _KEYS[subject.report](subject, table) if FAMILIES[subject.report] else {}
    rows = dict(lines_of(table))
    codes = [column.code for column in table.columns]
    for family in FAMILIES[subject.report]:
        named = {line: key.format(family=family.name) for line, key in keys.items()}
        for line, key in named.items():
            figures = dict(zip(codes, rows[line], strict=True))
            counts = {code: _count(figures[code]) for code in (family.count, *family.also)}
            cells.values[key] = counts[family.count]
            cells.places.setdefault(key, []).append((line, family.hides))
            if (family.is_benefit and line in dominated) or any(is_small(count) for count in counts.values()):
                cells.small.add(key)
        cells.equations += _EQUATIONS[subject.report](subject, family, named)
    return cells


def withhold(table: ReportTable, cells: Cells, withheld: frozenset[str]) -> ReportTable:
    """The table as everybody may read it: a mark in place of what is withheld, and a note that says what it means."""
    if not withheld:
        return table
    lines = {
        "rows": [list(row) for row in table.rows],
        "total": [] if table.total is None else [list(table.total)],
        "more_totals": [list(row) for row in table.more_totals],
    }
    positions = {column.code: index for index, column in enumerate(table.columns)}
    for key in sorted(withheld):
        for (part, index), codes in cells.places[key]:
            for code in codes:
                lines[part][index][positions[code]] = WITHHELD
    return replace(
        table,
        rows=lines["rows"],
        total=lines["total"][0] if lines["total"] else None,
        more_totals=lines["more_totals"],
        notes=[*table.notes, WITHHELD_NOTE],
    )


def lines_of(table: ReportTable) -> Iterator[tuple[Line, Sequence[Value]]]:
    """Every line of a table with its place."""
    for index, row in enumerate(table.rows):
        yield ("rows", index), row
    if table.total is not None:
        yield ("total", 0), table.total
    for index, row in enumerate(table.more_totals):
        yield ("more_totals", index), row


def _count(value: Value) -> int:
    """The households that a figure counts; 未报 and — stand where nothing was booked, which counts none."""
    return value if isinstance(value, int) else 0


def months_of(subject: Subject) -> str:
    """The part of a key that names the months of a report, which are those of the year so far."""
    vintage = f"~{subject.adjusted_to}" if subject.adjusted_to else ""
    return f"{subject.period[:4]}-01..{subject.period}{vintage}"


def area_key(family: str, side: str, prefix: str, months: str) -> str:
    """The key of an area's count. The whole country is one cell, from whichever side it is looked at."""
    return f"{family}|{side if prefix else 'all'}|{prefix}|{months}"


def _side(subject: Subject) -> str:
    return "origin" if subject.view == "seller" else "buyer_area"


def _area_keys(subject: Subject, table: ReportTable) -> dict[Line, str]:
    """R1: rows by area, the total, and in the buyer's view what a 计划单列市 has apart."""
    root, side, months = area_prefix(subject.area_code), _side(subject), months_of(subject)
    planned = SEPARATELY_PLANNED.get(subject.area_code, "")
    # As R1 prints them below the total: the city, and the province without it.
    apart = (area_prefix(planned) if planned else "", f"{root}/rest")
    prefixes = {"rows": [_within(root, key) for key in table.keys], "total": (root,), "more_totals": apart}
    return {
        line: area_key("{family}", side, prefixes[line[0]][line[1]], months) for line, _row in lines_of(table)
    }


def _within(root: str, prefix: str) -> str:
    """The area of a row: a county's report by city has the county alone under the city's name."""
    return prefix if prefix.startswith(root) else root


def _area_equations(subject: Subject, family: Family, named: dict[Line, str]) -> Iterator[Equation]:
    root, side, months = area_prefix(subject.area_code), _side(subject), months_of(subject)
    rows = [key.split("|")[2] for line, key in named.items() if line[0] == "rows"]
    for whole, parts in tree(root, rows):
        yield Equation(
            area_key(family.name, side, whole, months),
            tuple(area_key(family.name, side, part, months) for part in parts),
        )
    apart = [named[line] for line in named if line[0] == "more_totals"]
    if apart:
        yield Equation(area_key(family.name, side, root, months), tuple(apart))
    for key in dict.fromkeys(named.values()):
        yield from cumulative_equations(key)


def _row_keys(subject: Subject, table: ReportTable) -> dict[Line, str]:
    """R5 and R6: rows by their two areas, or by their words, within the area asked for; the total is that of the area."""
    root, months = area_prefix(subject.area_code), months_of(subject)
    texts = sum(1 for column in table.columns if column.kind == "text")
    keys: dict[Line, str] = {}
    for line, row in lines_of(table):
        if line[0] == "total":
            keys[line] = area_key("{family}", _side(subject), root, months)
        else:
            words = table.keys[line[1]] if table.keys else ">".join(str(value) for value in row[:texts])
            name = words.translate(_NOT_IN_KEYS)
            keys[line] = f"{{family}}|{subject.report}:{_side(subject)}:{root}|{name}|{months}"
    return keys


def nested_equation(key: str, count: int, other: str, shown: int | None) -> Equation | None:
    """What a row of R5 or R6 tells of the row of the same name in the report of a larger or smaller area; None for others.

    All that a producer has may lie in the smaller area; a reader who sees no other figure may take them for the same.
    """
    mine, theirs = (text.split("|") for text in (key, other))
    if len(mine) != len(theirs) or mine[0] != theirs[0] or mine[2:] != theirs[2:] or mine[1] == theirs[1]:
        return None
    (*front, root), (*other_front, other_root) = mine[1].split(":"), theirs[1].split(":")
    if front != other_front or not (root.startswith(other_root) or other_root.startswith(root)):
        return None
    large, small = (key, other) if len(root) < len(other_root) else (other, key)
    is_same = shown is None or shown == count
    return Equation(large, (small,) if is_same else (small, f"outside {small}|{large}"))


def _pair_equations(subject: Subject, family: Family, named: dict[Line, str]) -> Iterator[Equation]:
    """R5: 建档立卡户 and the others make up a pair; in the seller's view all helpers, and nobody, make up the helped area."""
    helped: dict[str, list[str]] = defaultdict(list)
    root = area_prefix(subject.area_code)
    for key in named.values():
        yield from cumulative_equations(key)
        if family.name == "file":
            yield Equation(key.replace("file|", "covered|", 1), (key, f"not_on_{key}"))
        helped[_within(root, key.split("|")[2].rpartition(">")[2])].append(key)
    if family.name == "covered" and subject.view == "seller":
        for prefix, pairs in helped.items():
            whole = area_key("covered", "origin", prefix, months_of(subject))
            yield Equation(whole, (*pairs, f"unpaired {whole}"))


def _sum_equations(subject: Subject, family: Family, named: dict[Line, str]) -> Iterator[Equation]:
    rows = tuple(key for line, key in named.items() if line[0] == "rows")
    total = named.get(("total", 0))
    if total is not None and rows:
        yield Equation(total, rows)
    for key in named.values():
        yield from cumulative_equations(key)


_KEYS: Final[dict[str, Callable[[Subject, ReportTable], dict[Line, str]]]] = {
    "R1": _area_keys,
    "R5": _row_keys,
    "R6": _row_keys,
}
_EQUATIONS: Final[dict[str, Callable[[Subject, Family, dict[Line, str]], Iterator[Equation]]]] = {
    "R1": _area_equations,
    "R5": _pair_equations,
    "R6": _sum_equations,
}
