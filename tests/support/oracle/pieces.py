"""What the plain books are made of: agreement versions, sold lines, and their parts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.orders.facts import CountedLine
from tests.support.oracle.arithmetic import of_bp, split


@dataclass(eq=False)
class Version:
    """An agreement version: of whose agreement, how much of which product, since and until when, who is in it."""

    number: int
    agreement: int
    producer: uuid.UUID
    mode: str
    product: uuid.UUID
    linked_bp: int
    rebate_bp: int
    day_wage_fen: int
    village_bp: int
    since: date
    until: date | None
    roster: frozenset[int]

    def holds(self, day: date) -> bool:
        """Whether it is in force."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Piece:
    """A part of a line in the books of a month: what an entry says, as far as figures ask."""

    line: CountedLine
    kind: str
    month: str
    adjusts: str | None
    day: date
    version: Version | None
    fen: int
    milli: int
    grams: int | None
    benefit: int
    goods_class: str
    why: str | None
    schemes: tuple[str, ...]
    reason: str | None = None

    @property
    def scheme(self) -> str | None:
        """The scheme shown; none once the certificate was taken away."""
        return self.line.frozen.scheme if self.schemes else None


@dataclass(frozen=True)
class Grown:
    """Benefit without a sale."""

    version: Version
    earned: str
    month: str
    fen: int


@dataclass(frozen=True)
class Kept:
    """What a close let the village collective keep."""

    version: Version
    month: str
    earned: str
    fen: int


@dataclass
class Deal:
    """A sold line: the agreements behind it when it was sold, and what is left of it."""

    line: CountedLine
    versions: list[Version]
    month: str
    fen: int
    units: int
    certificate: uuid.UUID | None
    goods_class: str
    why: str | None
    schemes: tuple[str, ...]


Amounts = tuple[int, int, int | None, int]


def parts(deal: Deal) -> dict[Version | None, Amounts]:
    """What each agreement, and nobody (None), has of what is left of a line."""
    weights = [one.linked_bp for one in deal.versions]
    rest = max(0, 10_000 - sum(weights))
    of_unit = deal.line.weight_g
    grams_left = None if of_unit is None else of_unit * deal.units * 1_000 // deal.line.quantity_milli
    columns: list[Sequence[int | None]] = [
        split(deal.fen, [*weights, rest]),
        split(deal.units * 1_000, [*weights, rest]),
        [None] * (len(weights) + 1) if grams_left is None else split(grams_left, [*weights, rest]),
    ]
    found: dict[Version | None, Amounts] = {}
    for i, version in enumerate(deal.versions):
        benefit = of_bp(deal.fen, version.rebate_bp)
        if version.linked_bp or benefit:
            found[version] = (columns[0][i] or 0, columns[1][i] or 0, columns[2][i], benefit)
    if rest:
        found[None] = (columns[0][-1] or 0, columns[1][-1] or 0, columns[2][-1], 0)
    return found
