"""What a linkage mode (利益联结模式) is: one file per mode, each an instance of `LinkageMode`.

A mode turns the terms of an agreement into its pool of fen. It knows nothing of households: what the village
collective keeps of the pool is a term of the agreement version, and the rest is split over the roster when a
month closes. It is not a switch: lists, pages and reports take titles, groups and formulas from the mode.

Arithmetic is exact until the last step, which rounds half up to the fen (docs/rules.md, "Income from a
linkage").
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Final, Literal

from marshmallow import Schema, fields
from marshmallow.validate import Range

from marketplace.core.clock import next_month
from marketplace.core.money import round_half_up

Terms = Mapping[str, Any]
Basis = Literal["sale", "period", "none"]

INCOME_GROUPS: Final = ("工资性", "经营性", "财产性", "转移性")
MILLI: Final = 1_000
MONTHS: Final = 12

_MAX_UNIT_FEN: Final = 10**8
_MAX_PRINCIPAL_FEN: Final = 10**13
_MAX_MILLI: Final = 10**10
_MAX_BP: Final = 10_000


@dataclass(frozen=True)
class SaleFacts:
    """One whole counted line: what the buyer paid, how much was bought, what it weighs.

    `sale_fen` fen with tax; `quantity_milli` thousandths of the selling unit; `net_weight_g` grams of the
    whole line, 0 when the offer declares no weight (a mode that pays by weight then accrues nothing, and
    the gap to the proven side shows it).
    """

    sale_fen: int
    quantity_milli: int
    net_weight_g: int = 0

    def __post_init__(self) -> None:
        if min(self.sale_fen, self.quantity_milli, self.net_weight_g) < 0:
            raise ValueError("a sale is never negative: a refund is the difference of two sales")


@dataclass(frozen=True)
class PeriodFacts:
    """The part of one month in which an agreement version is in force, and the activity declared for that
    month.

    `from_day` inclusive, `to_day` exclusive, both Asia/Shanghai days of the same month (`to_day` may be
    the first of the next). `activity` maps the keys of the mode's `activity` to integers: fen, or
    thousandths of a quantity. What is not declared is 0.
    """

    from_day: date
    to_day: date
    activity: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.from_day <= self.to_day <= next_month(self.from_day):
            raise ValueError("the days must lie in one month")
        if any(value < 0 for value in self.activity.values()):
            raise ValueError("activity is never negative: a loss pays nothing")

    def declared(self, key: str) -> int:
        """The declared total, 0 when nothing was declared."""
        return self.activity.get(key, 0)


@dataclass(frozen=True)
class ActivityField:
    """A monthly total that a mode needs declared: its key, Chinese title and unit (``fen`` or ``milli``)."""

    key: str
    title_zh: str
    unit: Literal["fen", "milli"]


@dataclass(frozen=True)
class Formula:
    """What a mode pays, as a Chinese sentence with ``{names}`` and the texts that fill them.

    `codes` stand in another language for texts that are names in Chinese, which no catalogue translates.
    """

    sentence: str
    figures: Mapping[str, str]
    codes: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> str:
        """The Chinese sentence with its numbers."""
        return self.sentence.format_map(self.figures)

    def told_in(self, translate: Callable[[str], str]) -> str:
        """The same in another language: `translate` gives the sentence, its ``{names}`` kept."""
        return translate(self.sentence).format_map({**self.figures, **self.codes})


class LinkageMode(ABC):
    """One way in which a product's producer gives income to households."""

    code: ClassVar[str]
    title_zh: ClassVar[str]
    title_en: ClassVar[str]
    income_group: ClassVar[str]
    basis: ClassVar[Basis]
    terms_schema: ClassVar[type[Schema]]
    example_terms: ClassVar[Terms]
    activity: ClassVar[tuple[ActivityField, ...]] = ()
    sentences: ClassVar[tuple[str, ...]]
    """Every Chinese sentence that `formula` may give, with ``{names}``: what catalogues of other languages translate."""
    default_linked_bp: ClassVar[int | None] = None
    """Share of sales assumed (默认权重) when none is declared; None: it must be declared."""

    def parse_terms(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The terms as stored (JSON types only). marshmallow's ValidationError names each bad or unknown
        field.
        """
        loaded: dict[str, Any] = self.terms_schema().load(raw)
        return loaded

    def accrue_sale(self, terms: Terms, sale: SaleFacts) -> int:
        """Fen that one whole counted line owes to the agreement's pool; 0 unless the basis is ``sale``."""
        del terms, sale
        return 0

    def accrue_period(self, terms: Terms, period: PeriodFacts) -> int:
        """Fen that (a part of) a month owes to the agreement's pool; 0 unless the basis is ``period``."""
        del terms, period
        return 0

    @abstractmethod
    def formula(self, terms: Terms) -> Formula:
        """The formula with its numbers: one of `sentences` with what fills it."""

    def explain(self, terms: Terms) -> str:
        """The formula with its numbers, one Chinese sentence."""
        return self.formula(terms).told()


def yearly_fen(period: PeriodFacts, numerator_fen: int, denominator: int = 1) -> int:
    """The part of a yearly amount ``numerator_fen / denominator`` that falls into the period, in fen.

    Cumulative rounding within the calendar year: the value is C(end) − C(start), where C(t) is the amount
    due since 1 January rounded half up, and a day weighs 1/(12 × days of its month). So any twelve months
    in a row give the rounded yearly amount exactly, and two versions that meet inside a month lose
    nothing between them.
    """
    days_in_month = (next_month(period.from_day) - period.from_day.replace(day=1)).days
    denominator *= MONTHS * days_in_month
    passed = (period.from_day.month - 1) * days_in_month + period.from_day.day - 1
    span = (period.to_day - period.from_day).days
    return round_half_up(numerator_fen * (passed + span), denominator) - round_half_up(
        numerator_fen * passed, denominator
    )


def unit_fen(title: str, *, minimum: int = 1) -> fields.Integer:
    """A price or wage of one unit: fen, at most 100 万元."""
    return _whole(title, minimum, _MAX_UNIT_FEN)


def principal_fen(title: str) -> fields.Integer:
    """A sum put in: fen, at most 1000 亿元."""
    return _whole(title, 1, _MAX_PRINCIPAL_FEN)


def quantity_milli(title: str) -> fields.Integer:
    """A quantity in thousandths, at most 10 million whole units."""
    return _whole(title, 1, _MAX_MILLI)


def count(title: str) -> fields.Integer:
    """A number of whole things, at least one."""
    return _whole(title, 1, 10**7)


def rate_bp(title: str, *, minimum: int = 1) -> fields.Integer:
    """A rate in basis points, at most the whole."""
    return _whole(title, minimum, _MAX_BP)


def _whole(title: str, minimum: int, maximum: int) -> fields.Integer:
    return fields.Integer(
        strict=True,
        required=True,
        validate=Range(min=minimum, max=maximum, error="应为 {min} 至 {max} 之间的整数"),
        metadata={"description": title},
    )


def milli_text(value_milli: int) -> str:
    """Thousandths without needless zeros: 571000 → ``571``, 1500 → ``1.5``."""
    whole, rest = divmod(value_milli, MILLI)
    return str(whole) if rest == 0 else f"{whole}.{rest:03d}".rstrip("0")


def percent(share_bp: int) -> str:
    """Basis points as a percentage without needless zeros: 1000 → ``10%``, 3278 → ``32.78%``."""
    whole, rest = divmod(share_bp, 100)
    return f"{whole}%" if rest == 0 else f"{whole}.{rest:02d}".rstrip("0") + "%"
