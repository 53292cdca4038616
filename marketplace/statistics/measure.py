"""What a measure is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement

from marketplace.core.money import round_half_up

Kind = Literal["sum", "count", "households", "benefit", "pledge", "derived"]


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
    # What a count counts, where those are left out that come to nothing because they were told twice (`undone`).
    subject: Callable[[], ColumnElement[Any]] | None = None
    divisor: int = 1  # of a sum whose exact figure is a multiple: rounded half up once, at the last step

    def whole(self, exact: int) -> int:
        """The figure of an exact sum."""
        return exact if self.divisor == 1 else round_half_up(exact, self.divisor)
