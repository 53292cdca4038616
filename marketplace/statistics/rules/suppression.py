"""Which counts of a publication are withheld, so that nothing ever published gives 1 or 2 households away.

A publication is cells (key → count) and the equations that its readers may assume: a total is the sum of its parts. For
households most of them do not hold exactly, a household may stand behind two areas or two months; they are treated as if they
held, which withholds too much rather than too little. Small cells are withheld; then, as long as the equations of this and of
all earlier publications determine a small cell, or leave 1 or 2 households to the unknown parts of a total, one more cell of
the new publication is withheld: the smallest count in the equations that give it away. Source: docs/rules.md, "Small counts
in publications".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

from marketplace.core.privacy import PUBLIC_MIN
from marketplace.statistics.rules.linear import Solution, Span

MOST_CELLS: Final = 50_000  # of everything that is looked at together


@dataclass(frozen=True, slots=True)
class Equation:
    """total = Σ parts, as a reader may assume. Cells that were never published are unknown, like those withheld."""

    total: str
    parts: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """All cells in it."""
        return (self.total, *self.parts)


@dataclass(frozen=True)
class Publication:
    """Counts by cell, None where withheld; the cells that are small (or dominated) and must stay unknown; equations."""

    values: Mapping[str, int | None]
    small: frozenset[str]
    equations: tuple[Equation, ...]


class Computable(Exception):
    """A small cell follows from what is public already: withholding more of the new publication cannot help."""

    def __init__(self, cell: str) -> None:
        super().__init__(cell)
        self.cell = cell


class TooManyCells(Exception):
    """More cells than are looked at together."""


def is_small(count: int | Fraction) -> bool:
    """Whether so many households must not be shown: 1 or 2."""
    return 0 < count < PUBLIC_MIN


def protect(new: Publication, earlier: Sequence[Publication] = ()) -> frozenset[str]:
    """The cells of `new` (all of its values given) to be withheld beside what `earlier` publications show.

    What an earlier one withholds is withheld again; what one shows cannot be withheld any more. Raises Computable, TooManyCells.
    """
    if len(new.values) + sum(len(one.values) for one in earlier) > MOST_CELLS:
        raise TooManyCells
    shown = {key: value for one in earlier for key, value in one.values.items() if value is not None}
    kept_back = {key for one in earlier for key, value in one.values.items() if value is None}
    own = {key: value for key, value in new.values.items() if value is not None and key not in shown}
    small = new.small | {key for key, value in new.values.items() if value is not None and is_small(value)}
    if not small.isdisjoint(shown):
        raise Computable(min(small & shown.keys()))
    withheld = {key for key in own if key in small or key in kept_back}
    guarded = small.union(*(one.small for one in earlier)) - shown.keys()
    equations = _Equations(
        [*new.equations, *(equation for one in earlier for equation in one.equations)],
        {*own, *shown, *kept_back, *guarded},
    )
    suspects: Collection[str | Equation] | None = None  # None: everything is looked at
    while True:
        known = shown | {key: value for key, value in own.items() if key not in withheld}
        found = list(equations.give_away(guarded, known, suspects))
        before = frozenset(withheld)
        for one in found:
            cells = {key for equation in one.through for key in equation.cells if key in own}
            if (cells & withheld) - before:
                continue  # what was withheld a moment ago may be enough
            candidates = cells - withheld
            if candidates:
                withheld.add(min(candidates, key=lambda key: (own[key] <= 0, own[key], key)))
            elif one.cell in small:
                raise Computable(one.cell)
        is_same = len(withheld) == len(before)
        if is_same and suspects is None:
            return frozenset(withheld)
        # Withholding more gives nothing new away; so until all of these are safe, only they are looked at again.
        suspects = None if is_same else {one.source for one in found}


@dataclass(frozen=True, slots=True)
class _Finding:
    """A cell that is given away, the equations through which it is, and what was looked at to find that."""

    cell: str
    through: list[Equation]
    source: str | Equation


class _Equations:
    """All equations that a reader may put together.

    A cell that nobody prints or guards and that only one equation has is a loose end: the equation only says what that cell is
    (the households that are new since May). Such equations stay out of the system; what they say is asked of it.
    """

    def __init__(self, equations: Iterable[Equation], cells: Collection[str]) -> None:
        self.all = list(dict.fromkeys(equations))
        times = Counter(key for equation in self.all for key in set(equation.cells))
        self.loose = {key for key, often in times.items() if often == 1 and key not in cells}
        self.joined = [equation for equation in self.all if self.loose.isdisjoint(equation.cells)]

    def give_away(
        self,
        guarded: frozenset[str],
        known: Mapping[str, int],
        suspects: Collection[str | Equation] | None = None,
    ) -> Iterator[_Finding]:
        """What must not be known and follows; of `suspects` alone, if any are given.

        Guarded cells; cells that nobody printed and that come out as 1 or 2 households; and parts of a total, loose or unknown,
        to which 1 or 2 are left together (or none, although one of them is guarded).
        """
        span, open_cells = self._system(known)
        solve = cache(lambda cell: span.solved({cell: 1}))
        for cell in open_cells:
            if suspects is not None and cell not in suspects:
                continue
            found = solve(cell)
            if found is not None and (cell in guarded or is_small(abs(found.value))):
                yield _Finding(cell, self._named(found), cell)
        for equation in self.all:
            if suspects is not None and equation not in suspects:
                continue
            rest = [part for part in equation.parts if part in self.loose] or [
                part for part in equation.parts if part not in known and solve(part) is None
            ]
            if not rest:
                continue
            row, value = _sides(equation, known, leave_out=rest)
            left = span.solved(row)
            if left is None:
                continue
            count = left.value - value
            if is_small(abs(count)) or (count <= 0 and not guarded.isdisjoint(rest)):
                yield _Finding(min(rest), [equation, *self._named(left)], equation)

    def _named(self, found: Solution) -> list[Equation]:
        return [self.joined[index] for index in sorted(found.origins)]

    def _system(self, known: Mapping[str, int]) -> tuple[Span, list[str]]:
        span = Span()
        open_cells: set[str] = set()
        for index, equation in enumerate(self.joined):
            row, value = _sides(equation, known)
            span.add(row, value, index)
            open_cells.update(row)
        return span, sorted(open_cells)


def _sides(
    equation: Equation, known: Mapping[str, int], leave_out: Collection[str] = ()
) -> tuple[dict[str, int], int]:
    """total − Σ parts as unknowns with their coefficients, and what the known ones come to on the other side."""
    row: Counter[str] = Counter()
    value = 0
    for key, sign in ((equation.total, 1), *((part, -1) for part in equation.parts)):
        if key in leave_out:
            continue
        if key in known:
            value -= sign * known[key]
        else:
            row[key] += sign
    return row, value
