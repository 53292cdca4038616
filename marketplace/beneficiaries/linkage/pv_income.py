"""Solar income: what a plant earns is shared out in the village (光伏收益).

As a rule 80 % pays posts and households and 20 % stays with the collective: a term of the agreement version.
"""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema

from marketplace.beneficiaries.linkage.protocol import (
    ActivityField,
    Formula,
    LinkageMode,
    PeriodFacts,
    Terms,
    percent,
    rate_bp,
)
from marketplace.core.money import portion_bp


class PvIncomeTerms(Schema):
    """The part of the plant's income that belongs to this agreement: the whole, or a share of a joint plant."""

    plant_share_bp = rate_bp("本协议所占电站收益比例(基点)")


class PvIncome(LinkageMode):
    """Plant income × the agreement's share."""

    code = "pv_income"
    title_zh = "光伏收益"
    title_en = "Solar income"
    income_group = "财产性"
    basis = "period"
    sentences = ("光伏收益 = 发电收益 × {share}",)
    terms_schema = PvIncomeTerms
    example_terms: ClassVar[Terms] = {"plant_share_bp": 10_000}
    activity = (ActivityField("pv_income_fen", "光伏发电收益", "fen"),)

    def accrue_period(self, terms: Terms, period: PeriodFacts) -> int:
        """The agreement's part of the income declared in the month."""
        return portion_bp(period.declared("pv_income_fen"), int(terms["plant_share_bp"]))

    def formula(self, terms: Terms) -> Formula:
        """Income times share."""
        return Formula(self.sentences[0], {"share": percent(terms["plant_share_bp"])})


MODE = PvIncome()
