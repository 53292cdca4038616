"""Pictures of figures: a chart is declared with its table, drawn where there is JavaScript, and read as a table where not.

Values are whole numbers (fen, counts, basis points); the browser only divides them for the axis. The table under a chart has
the same values, written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import g

from marketplace.web.kit import shown
from marketplace.web.kit.words import note
from marketplace.web.kit.words import say as _

UNITS: Final = {"fen": note("万元"), "count": "", "bp": "%"}


@dataclass(frozen=True)
class Series:
    """One line, row of bars, or ring: a name and a value for each category (None: no value)."""

    name: str
    values: Sequence[int | None]


@dataclass(frozen=True)
class Chart:
    """`kind`: bar, line or pie. `unit`: fen, count or bp. `across`: the title of the table's first column."""

    kind: str
    title: str
    across: str
    categories: Sequence[str]
    series: Sequence[Series]
    unit: str = "count"
    stacked: bool = False
    lying: bool = False  # bars from left to right, for long names

    def data(self) -> dict[str, Any]:
        """What `static/js/charts.js` draws from."""
        g.page_has_charts = True
        return {
            "kind": self.kind,
            "title": self.title,
            "categories": [*self.categories],
            "series": [{"name": one.name, "values": [*one.values]} for one in self.series],
            "unit": self.unit,
            "unitTitle": _(UNITS[self.unit]) if UNITS[self.unit].strip("%") else UNITS[self.unit],
            "stacked": self.stacked,
            "lying": self.lying,
        }

    def written(self, value: int | None) -> str:
        """A value as the table has it."""
        if self.unit == "fen":
            return shown.yuan(value)
        return shown.percent(value) if self.unit == "bp" else shown.number(value)


def has_charts() -> bool:
    """Whether this page drew one: only then are the scripts loaded."""
    return bool(g.get("page_has_charts"))
