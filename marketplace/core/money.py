"""Money in integer fen (1 元 = 100 fen) and rates in basis points (1 % = 100 bp).

No float ever: a rate is applied by multiplying first and rounding once, half up. Splits use the largest remainder, ties by
ascending key, and conserve the total (docs/rules.md, "Splitting").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

BP: Final = 10_000
MAX_FEN: Final = 10**16  # 100 万亿元: above any figure of the trade, far inside bigint


def round_half_up(numerator: int, denominator: int) -> int:
    """Round ``numerator / denominator`` to the nearest integer, halves away from zero.

    ``denominator`` > 0, else ValueError. 5/2 → 3, −5/2 → −3.
    """
    if denominator <= 0:
        raise ValueError("denominator must be positive")
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def portion_bp(amount_fen: int, rate_bp: int) -> int:
    """`rate_bp` basis points of `amount_fen`, rounded half up to the fen."""
    return round_half_up(amount_fen * rate_bp, BP)


def ratio_bp(part: int | None, whole: int | None) -> int | None:
    """`part` of `whole` in basis points, half up: every share, completion and growth of the service.

    None where one of them is not known, where there is no whole, or one below zero (a month of refunds only).
    """
    return None if part is None or whole is None or whole <= 0 else round_half_up(part * BP, whole)


def split_fen(total_fen: int, weights: Sequence[int], keys: Sequence[int] | None = None) -> list[int]:
    """Split `total_fen` over integer `weights` so that the parts sum to it exactly.

    Largest remainder; equal remainders go to the smaller key first (`keys` default to the positions; household numbers for
    rosters). Works for negative totals by mirroring. Raises ValueError when a weight is negative or all are 0 while the total
    is not. Source: docs/rules.md, "Splitting" (domain rule: 1280 fen over 244 households = 60 × 6 + 184 × 5).
    """
    if any(w < 0 for w in weights):
        raise ValueError("weights must not be negative")
    whole = sum(weights)
    if whole == 0:
        if total_fen == 0:
            return [0] * len(weights)
        raise ValueError("nothing to split over")
    if whole in weights:  # the others are nothing
        return [total_fen if w else 0 for w in weights]
    if total_fen < 0:
        return [-part for part in split_fen(-total_fen, weights, keys)]
    order_keys = keys if keys is not None else range(len(weights))
    if len(order_keys) != len(weights):
        raise ValueError("one key per weight")
    floors = [total_fen * w // whole for w in weights]
    left = total_fen - sum(floors)
    by_remainder = sorted(
        range(len(weights)), key=lambda i: (-(total_fen * weights[i] % whole), order_keys[i])
    )
    for i in by_remainder[:left]:
        floors[i] += 1
    return floors


@dataclass(frozen=True)
class TaxTreatment:
    """How a line is taxed: code, rate in bp (0 when exempt), what the invoice prints."""

    code: str
    rate_bp: int
    title_zh: str


TAX_TREATMENTS: Final[tuple[TaxTreatment, ...]] = (
    TaxTreatment("exempt_self_produced", 0, "免税(自产农产品)"),
    TaxTreatment("exempt_vegetable", 0, "免税(蔬菜)"),
    TaxTreatment("exempt_fresh_meat_egg", 0, "免税(鲜活肉蛋)"),
    TaxTreatment("rate_9", 900, "9%"),
    TaxTreatment("rate_13", 1300, "13%"),
    TaxTreatment("rate_6", 600, "6%"),
    TaxTreatment("small_1", 100, "1%"),
    TaxTreatment("small_3", 300, "3%"),
)
_TAX_BY_CODE: Final = {t.code: t for t in TAX_TREATMENTS}


def tax_treatment(code: str) -> TaxTreatment:
    """The treatment with that code; KeyError if there is none."""
    return _TAX_BY_CODE[code]


def split_tax(gross_fen: int, treatment_code: str) -> tuple[int, int]:
    """(net_fen, tax_fen) of a tax-inclusive amount: net = round_half_up(gross × 100 / (100 + r)), tax = gross − net.

    98.00 元 at 9 % → (8991, 809). Source: docs/rules.md, "Value-added tax".
    """
    net_fen = round_half_up(gross_fen * BP, BP + tax_treatment(treatment_code).rate_bp)
    return net_fen, gross_fen - net_fen


def yuan(amount_fen: int) -> Decimal:
    """Fen as yuan with two decimals, for the cells of a table."""
    return Decimal(amount_fen).scaleb(-2)


def format_yuan(amount_fen: int) -> str:
    """1234567 → ``12,345.67``; negative with a leading minus."""
    sign = "-" if amount_fen < 0 else ""
    whole, fen = divmod(abs(amount_fen), 100)
    return f"{sign}{whole:,}.{fen:02d}"


def format_wan(amount_fen: int) -> str:
    """Fen as 万元 with two decimals, half up: 1234567 → ``1.23``."""
    return format_yuan(round_half_up(amount_fen, 10_000))
