"""Rounding and splitting by exact fractions: written apart from `core.money`, to be compared with it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor


def half_up(exact: Fraction) -> int:
    """The nearest whole number, halves away from zero."""
    whole = floor(abs(exact) + Fraction(1, 2))
    return whole if exact >= 0 else -whole


def of_bp(amount: int, bp: int) -> int:
    """So many basis points of an amount."""
    return half_up(Fraction(amount * bp, 10_000))


def ratio(part: int | None, whole: int | None) -> int | None:
    """A share in basis points; None where it has no meaning."""
    return None if part is None or not whole or whole < 0 else half_up(Fraction(part * 10_000, whole))


def average(total: int, heads: int) -> int | str:
    """An average, or the dash."""
    return half_up(Fraction(total, heads)) if heads else "—"


def split(total: int, weights: Sequence[int]) -> list[int]:
    """By largest remainder, ties to whoever stands first."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    exact = [Fraction(total * weight, whole) for weight in weights]
    parts = [floor(one) for one in exact]
    order = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts
