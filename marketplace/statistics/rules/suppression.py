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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
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
    equations = _Equations([*new.equations, *(equation for one in earlier for equation in one.equations)])
    equations.leave_out_loose_ends({*own, *shown, *kept_back, *guarded})
    while True:
        known = shown | {key: value for key, value in own.items() if key not in withheld}
        before = frozenset(withheld)
        for cell, through in equations.give_away(guarded, known, own):
            cells = {key for one in through for key in one.cells if key in own}
            if (cells & withheld) - before:
                continue  # what was withheld a moment ago may be enough
            candidates = cells - withheld
            if candidates:
                withheld.add(min(candidates, key=lambda key: (own[key] <= 0, own[key], key)))
            elif cell in guarded:
                raise Computable(cell)
        if len(withheld) == len(before):
            return frozenset(withheld)


class _Equations:
    """All equations that a reader may put together."""

    def __init__(self, equations: Iterable[Equation]) -> None:
        self.all = list(dict.fromkeys(equations))
        self.joined = self.all

    def leave_out_loose_ends(self, cells: frozenset[str] | set[str]) -> None:
        """Leave out of the system equations with a cell that nobody publishes or guards and no other equation has.

        Such an equation only says what that cell is.
        """
        times = Counter(key for equation in self.all for key in set(equation.cells))
        self.joined = [
            equation for equation in self.all if all(key in cells or times[key] > 1 for key in equation.cells)
        ]

    def give_away(
        self, guarded: frozenset[str], known: Mapping[str, int], own: Mapping[str, int]
    ) -> Iterator[tuple[str, list[Equation]]]:
        """What must not be known and follows, each with the equations through which it does.

        Guarded cells; cells that nobody printed and that come out as 1 or 2 households; and unknown parts of a total to which 1
        or 2 are left together (or none, although one of them is guarded).
        """
        found = self._solved(known)
        for cell, one in found.items():
            if cell in guarded or is_small(abs(one.value)):
                yield cell, [self.joined[index] for index in sorted(one.origins)]
        values: dict[str, int | Fraction] = {**{key: one.value for key, one in found.items()}, **known}
        for equation in self.all:
            if equation.total not in values or not any(key in own for key in equation.cells):
                continue
            unknown = [part for part in equation.parts if part not in values]
            left = values[equation.total] - sum(values[part] for part in equation.parts if part in values)
            if unknown and (is_small(abs(left)) or (left <= 0 and not guarded.isdisjoint(unknown))):
                origins = {index for key in equation.cells if key in found for index in found[key].origins}
                yield min(unknown), [equation, *(self.joined[index] for index in sorted(origins))]

    def _solved(self, known: Mapping[str, int]) -> dict[str, Solution]:
        """Every unknown cell of the system that is determined, with its value."""
        span = Span()
        open_cells: set[str] = set()
        for index, equation in enumerate(self.joined):
            row: Counter[str] = Counter()
            value = 0
            for key, sign in ((equation.total, 1), *((part, -1) for part in equation.parts)):
                if key in known:
                    value -= sign * known[key]
                else:
                    row[key] += sign
            span.add(row, value, index)
            open_cells.update(row)
        solutions = ((cell, span.solved({cell: 1})) for cell in sorted(open_cells))
        return {cell: one for cell, one in solutions if one is not None}
