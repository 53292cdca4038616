"""What some equations determine, exactly: membership in their row space, over the whole numbers.

Rows are sparse integer vectors kept in echelon form; elimination multiplies crosswise and divides by the common divisor, so
nothing is ever rounded. A figure is computable from equations exactly when its unit vector lies in the row space that they span.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import TypeVar

Row = Mapping[str, int]
Key = TypeVar("Key", str, int)


@dataclass(frozen=True, slots=True)
class Solution:
    """The value that equations give to a combination of unknowns, and which of them do."""

    value: Fraction
    origins: frozenset[int]


@dataclass(slots=True)
class _Sum:
    """A combination of equations in the making: scale × what was asked = Σ left × unknown + moved.

    `parts` says how much of which equation is in it, so that what cancels out is not named as a cause.
    """

    left: dict[str, int]
    scale: int
    moved: int
    parts: dict[int, int]


class Span:
    """The row space of the equations added so far; each remembers from which of them it was combined."""

    def __init__(self) -> None:
        self._rows: dict[str, _Sum] = {}  # by leading unknown; here left · unknowns = moved

    def add(self, row: Row, value: int, origin: int) -> None:
        """Add the equation Σ coefficient × unknown = value; `origin` names it in answers.

        One that contradicts the others is left out: counts of households do not add up exactly.
        """
        found = self._reduced(row)
        if found.left:
            # left · unknowns = scale × the new equation − parts of those before it
            parts = {index: -one for index, one in found.parts.items()} | {origin: found.scale}
            moved = found.scale * value - found.moved
            self._rows[min(found.left)] = _Sum(found.left, 1, moved, parts)

    def solved(self, row: Row) -> Solution | None:
        """What the equations give for Σ coefficient × unknown; None when they leave it open."""
        found = self._reduced(row)
        if found.left:
            return None
        return Solution(Fraction(found.moved, found.scale), frozenset(found.parts))

    def _reduced(self, row: Row) -> _Sum:
        found = _Sum({key: one for key, one in row.items() if one}, 1, 0, {})
        while found.left:
            lead = min(found.left)
            basis = self._rows.get(lead)
            if basis is None:
                break
            a, b = found.left[lead], basis.left[lead]
            found = _Sum(
                _combined(found.left, b, basis.left, -a),
                b * found.scale,
                b * found.moved + a * basis.moved,
                _combined(found.parts, b, basis.parts, a),
            )
            shared = gcd(found.scale, found.moved, *found.left.values(), *found.parts.values())
            if shared > 1:
                found = _Sum(
                    {key: one // shared for key, one in found.left.items()},
                    found.scale // shared,
                    found.moved // shared,
                    {key: one // shared for key, one in found.parts.items()},
                )
        return found


def _combined(row: dict[Key, int], by: int, other: dict[Key, int], times: int) -> dict[Key, int]:
    """by × row + times × other, without what cancels out."""
    found = {key: by * one for key, one in row.items()}
    for key, one in other.items():
        rest = found.get(key, 0) + times * one
        if rest:
            found[key] = rest
        else:
            del found[key]
    return found
