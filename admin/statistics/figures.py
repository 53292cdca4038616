"""Figures of statistics as pages write them: by their units, in tables, pictures and addresses that lead on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from marketplace.core import divisions
from marketplace.core.http import localised
from marketplace.statistics.comparison_measures import title_of, unit_of
from marketplace.statistics.dimensions import dimension, is_at
from marketplace.statistics.query import Row
from marketplace.web.kit import Area, Chart, Series
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import number, percent, yuan
from marketplace.web.kit.words import label

TIMES: Final = frozenset(
    {"day", "week", "period", "quarter", "half_year", "year", "sold_period", "adjusts_period"}
)
_FINER: Final = {"province": "city", "city": "county", "county": "town"}
#: More bars than that are no picture.
MOST_BARS: Final = 40


def written(code: str, value: int | None) -> str:
    """A figure of a measure with its unit; a dash where there is none."""
    if value is None:
        return "—"
    unit = unit_of(code)
    if unit == "fen":
        return yuan(value)
    if unit == "bp":
        return percent(value)
    if unit == "g":
        return _("{figure} 公斤", figure=number(value // 1000))
    return number(value)


def picture(
    measures: Sequence[str], by: Sequence[str], rows: Sequence[Row], names: Mapping[str, str]
) -> Chart | None:
    """Bars, or a line over time, of the measures that share the first one's unit; None where a table says more."""
    if len(by) != 1 or not 2 <= len(rows) <= MOST_BARS:
        return None
    unit = unit_of(measures[0])
    drawn = [code for code in measures if unit_of(code) == unit][:4]
    kind = "line" if by[0] in TIMES else "bar"
    return Chart(
        kind,
        "、".join(title_of(code, label) for code in drawn),
        label(dimension(by[0]).title_zh),
        [names.get(row.titles[0]) or localised(row.titles[0]) for row in rows],
        [Series(title_of(code, label), [row.figures[code] for row in rows]) for code in drawn],
        unit=unit if unit in ("fen", "bp") else "count",
        lying=kind == "bar" and len(rows) > 8,
    )


def tiles(code: str, rows: Sequence[Row], href: Any, within: Sequence[str] = ()) -> list[Area]:
    """Areas for the tile chart: one for each row whose key is an area; `href` leads on from its code.

    `within`: codes of all areas that the picture is of; those without a row stand in it without a figure.
    """
    found = [
        Area(full_code(row.key[0]), row.figures[code], short(code, row.figures[code]), href(row.key[0]))
        for row in rows
        if row.key[0] is not None and divisions.is_known(full_code(row.key[0]))
    ]
    known = {one.code for one in found}
    return [*found, *(Area(one, None, "—", None) for one in within if one not in known)]


def short(code: str, value: int | None) -> str:
    """A figure that fits on a tile: 万元 without decimals."""
    if value is None:
        return "—"
    if unit_of(code) == "fen":
        return _("{figure}万", figure=number(round(value / 1_000_000)))
    return written(code, value)


def full_code(digits: Any) -> str:
    """The code of an area from its significant digits: 4414 → 441400."""
    return str(digits).ljust(6, "0")


def finer(level: str, digits: Any) -> str | None:
    """The level below, of an area that has one: one drills from province to city to county to town."""
    return _FINER.get(level) if is_at(digits, level) else None
