"""Wages: households earn by working for the producer (务工), often in an aid workshop.

The subsidies that a workshop itself receives (rent, and so much per poor worker and month) are not
household income; they are computed by `workshop_subsidy_fen` for the workshop's own register and never
enter the benefit of an agreement.
"""

from __future__ import annotations

from typing import ClassVar, Final

from marshmallow import Schema, ValidationError, validates_schema

from marketplace.beneficiaries.linkage.protocol import (
    MILLI,
    ActivityField,
    Formula,
    LinkageMode,
    PeriodFacts,
    Terms,
    unit_fen,
)
from marketplace.core.money import format_yuan, round_half_up

# By whether there are day wages and monthly ones; terms without either are refused.
_SENTENCES: Final = {
    (True, False): "务工收入 = 出勤天数 × 日工资{day}元",
    (False, True): "务工收入 = 出勤人月 × 月工资{month}元",
    (True, True): "务工收入 = 出勤天数 × 日工资{day}元 + 出勤人月 × 月工资{month}元",
}


class EmploymentTerms(Schema):
    """A wage per day, per month, or both for the two kinds of worker; 0 where that kind does not exist."""

    day_wage_fen = unit_fen("日工资(分)", minimum=0)
    month_wage_fen = unit_fen("月工资(分)", minimum=0)

    @validates_schema
    def _some_wage(self, data: dict[str, int], **_: object) -> None:
        if data["day_wage_fen"] == 0 and data["month_wage_fen"] == 0:
            raise ValidationError("日工资与月工资不能都为零", "day_wage_fen")


class Employment(LinkageMode):
    """Σ days × day wage + Σ months × monthly wage."""

    code = "employment"
    title_zh = "务工"
    title_en = "Employment"
    income_group = "工资性"
    basis = "period"
    sentences = tuple(_SENTENCES.values())
    terms_schema = EmploymentTerms
    example_terms: ClassVar[Terms] = {"day_wage_fen": 8_000, "month_wage_fen": 200_000}
    activity = (
        ActivityField("work_days_milli", "出勤天数", "milli"),
        ActivityField("work_months_milli", "出勤人月", "milli"),
    )

    def accrue_period(self, terms: Terms, period: PeriodFacts) -> int:
        """Days and months worked by all rostered workers, as declared; no work, no wage."""
        return round_half_up(
            period.declared("work_days_milli") * int(terms["day_wage_fen"])
            + period.declared("work_months_milli") * int(terms["month_wage_fen"]),
            MILLI,
        )

    def formula(self, terms: Terms) -> Formula:
        """Name only the wages that exist."""
        paid = (bool(terms["day_wage_fen"]), bool(terms["month_wage_fen"]))
        wages = {"day": format_yuan(terms["day_wage_fen"]), "month": format_yuan(terms["month_wage_fen"])}
        return Formula(
            _SENTENCES[paid], {name: text for name, text in wages.items() if terms[f"{name}_wage_fen"]}
        )


def workshop_subsidy_fen(rent_month_fen: int, worker_month_fen: int, poor_workers: int, months: int) -> int:
    """Fen paid *to the workshop*: (rent + per-worker subsidy × poor workers) × months. Not household income.

    Source: docs/rules.md, "Income from a linkage" (南沙万顷沙: 1000 + 1000 × 10 = 11,000 元 a month).
    """
    return (rent_month_fen + worker_month_fen * poor_workers) * months


MODE = Employment()
