"""What a line and an order cost: totals, the tax inside them, and what a returned part of a line is worth.

All amounts are fen with the tax in them; quantities are whole sale units (docs/rules.md, "Refund of a part").
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from marketplace.core.money import round_half_up, split_fen, split_tax


@dataclass(frozen=True, slots=True)
class Amounts:
    """A tax-inclusive amount and its two parts, in fen: gross = net + tax."""

    gross_fen: int
    net_fen: int
    tax_fen: int


def line_amounts(unit_price_fen: int, quantity: int, tax_treatment: str) -> Amounts:
    """Return the amounts of a line: price × quantity, tax split once per line, never per unit.

    KeyError for an unknown treatment, ValueError for a negative price or a quantity below one.
    """
    if unit_price_fen < 0 or quantity < 1:
        raise ValueError("a line has a price of at least 0 and a quantity of at least 1")
    gross_fen = unit_price_fen * quantity
    net_fen, tax_fen = split_tax(gross_fen, tax_treatment)
    return Amounts(gross_fen, net_fen, tax_fen)


def order_amounts(lines: Iterable[Amounts]) -> Amounts:
    """Return the sum of the lines; the order's tax is the sum of its lines' taxes, never a split of the total."""
    rows = list(lines)
    return Amounts(
        sum(row.gross_fen for row in rows), sum(row.net_fen for row in rows), sum(row.tax_fen for row in rows)
    )


def freight_amounts(freight_fen: int, goods: Iterable[tuple[str, int]]) -> dict[str, Amounts]:
    """Return the freight by tax treatment: it is charged with the goods and taxed as they are (价外费用).

    `goods` are (treatment, fen) of the lines. Freight of goods of several treatments is split by what the goods of each cost,
    largest remainder, ties by code; a part without freight is left out. ValueError for a negative amount or no goods.
    Source: docs/rules.md, "Freight".
    """
    if freight_fen < 0:
        raise ValueError("freight is not negative")
    by_treatment: Counter[str] = Counter()
    for treatment, fen in goods:
        by_treatment[treatment] += fen
    codes = sorted(by_treatment)
    parts = split_fen(freight_fen, [by_treatment[code] for code in codes])
    return {
        code: Amounts(part, *split_tax(part, code)) for code, part in zip(codes, parts, strict=True) if part
    }


def part_fen(whole_fen: int, quantity: int, given_back: int, given_back_fen: int, part: int) -> int:
    """Return what `part` units of a line are worth when they go back.

    round(whole × part / quantity), half up; the part that completes the quantity takes the remainder, and no part takes
    more than is left, so all parts together are the whole exactly. `given_back` and `given_back_fen` are the units and the
    fen of earlier parts. ValueError for a part below one or beyond what is left.
    """
    left = quantity - given_back
    left_fen = whole_fen - given_back_fen
    if not 1 <= part <= left:
        raise ValueError(f"{part} of {left} units left")
    if part == left:
        return left_fen
    return min(round_half_up(whole_fen * part, quantity), left_fen)
