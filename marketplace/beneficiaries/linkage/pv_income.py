"""Solar income: what a village's solar plant earns is shared out (光伏收益), 80 % to posts and households
as a rule.
"""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema

from marketplace.beneficiaries.linkage.protocol import (
    ActivityField,
    LinkageMode,
    PeriodFacts,
    Terms,
    percent,
    rate_bp,
)
from marketplace.core.money import BP, portion_bp


class PvIncomeTerms(Schema):
    """The households' part of the plant's income; the rest stays with the collective."""

    household_bp = rate_bp("用于户的比例(基点)")


class PvIncome(LinkageMode):
    """Plant income × the households' part."""

    code = "pv_income"
    title_zh = "光伏收益"
    title_en = "Solar income"
    income_group = "财产性"
    basis = "period"
    terms_schema = PvIncomeTerms
    example_terms: ClassVar[Terms] = {"household_bp": 8_000}
    activity = (ActivityField("pv_income_fen", "光伏发电收益", "fen"),)

    def accrue_period(self, terms: Terms, period: PeriodFacts) -> int:
        """The households' part of the income declared in the month."""
        return portion_bp(period.declared("pv_income_fen"), int(terms["household_bp"]))

    def village_period(self, terms: Terms, period: PeriodFacts) -> int:
        """The rest: both parts sum to the income."""
        return period.declared("pv_income_fen") - self.accrue_period(terms, period)

    def explain(self, terms: Terms) -> str:
        """Both parts."""
        rest = percent(BP - int(terms["household_bp"]))
        return f"光伏收益 = 发电收益 × {percent(terms['household_bp'])},村集体留存{rest}"


MODE = PvIncome()
