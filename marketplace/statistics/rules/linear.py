"""What some equations determine, exactly: membership in their row space, over the whole numbers.

Rows are sparse integer vectors kept in echelon form; elimination multiplies crosswise and divides by the common divisor, so
nothing is ever rounded. A figure is computable from equations exactly when its unit vector lies in the row space that they span.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

Row = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Solution:
    """The value that equations give to a combination of unknowns, and which of them do."""

    value: Fraction
    origins: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Basis:
    """row · unknowns = value, combined from the equations `origins`."""

    row: dict[str, int]
    value: int
    origins: frozenset[int]


class Span:
    """The row space of the equations added so far; each remembers from which of them it was combined."""

    def __init__(self) -> None:
        self._rows: dict[str, _Basis] = {}

    def add(self, row: Row, value: int, origin: int) -> None:
        """Add the equation Σ coefficient × unknown = value; `origin` names it in answers.

        One that contradicts the others is left out: counts of households do not add up exactly.
        """
        left, scale, moved, origins = self._reduced(row)
        if left:
            self._rows[min(left)] = _Basis(left, scale * value - moved, origins | {origin})

    def solved(self, row: Row) -> Solution | None:
        """What the equations give for Σ coefficient × unknown; None when they leave it open."""
        left, scale, moved, origins = self._reduced(row)
        return None if left else Solution(Fraction(moved, scale), origins)

    def _reduced(self, row: Row) -> tuple[dict[str, int], int, int, frozenset[int]]:
        """(left, scale, moved, origins) with scale × row · unknowns = left · unknowns + moved."""
        left = {key: one for key, one in row.items() if one}
        scale, moved = 1, 0
        origins: frozenset[int] = frozenset()
        while left:
            lead = min(left)
            basis = self._rows.get(lead)
            if basis is None:
                break
            a, b = left[lead], basis.row[lead]
            left = {key: b * one for key, one in left.items()}
            for key, one in basis.row.items():
                rest = left.get(key, 0) - a * one
                if rest:
                    left[key] = rest
                else:
                    left.pop(key, None)
            scale, moved = b * scale, b * moved + a * basis.value
            origins |= basis.origins
            shared = gcd(scale, moved, *left.values())
            if shared > 1:
                scale, moved = scale // shared, moved // shared
                left = {key: one // shared for key, one in left.items()}
        return left, scale, moved, origins
