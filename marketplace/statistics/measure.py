"""What a measure is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement

Kind = Literal["sum", "count", "households", "benefit", "derived"]


@dataclass(frozen=True)
class Measure:
    """A figure: code, title, unit (fen, g, bp or none), kind; SQL for sums and counts, parts for derived ones.

    A measure of households says of which set it counts (`meaning`) what (`head`, an attribute of `rosters.Heads`).
    """

    code: str
    title_zh: str
    unit: str
    kind: Kind
    expression: Callable[[], ColumnElement[Any]] | None = None
    needs: tuple[str, ...] = ()
    derive: Callable[[Mapping[str, Any]], int | None] | None = None
    definition_zh: str = ""
    meaning: str = ""
    head: str = ""
