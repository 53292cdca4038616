"""Asset income: aid funds are put into an asset that pays a fixed return (资产收益, 固定回报).

It often goes to the village collective first. What the collective keeps stands beside household income
and is never part of it.
"""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema

from marketplace.beneficiaries.linkage.protocol import (
    LinkageMode,
    PeriodFacts,
    Terms,
    percent,
    principal_fen,
    rate_bp,
    yearly_fen,
    yuan,
)
from marketplace.core.money import BP


class FixedAssetReturnTerms(Schema):
    """Principal, yearly rate, and the share of the return that the village collective keeps."""

    principal_fen = principal_fen("投入本金(分)")
    year_rate_bp = rate_bp("年固定回报率(基点)")
    village_bp = rate_bp("村集体留存比例(基点)", minimum=0)


class FixedAssetReturn(LinkageMode):
    """Principal × fixed rate, less what the village keeps."""

    code = "fixed_asset_return"
    title_zh = "资产收益"
    title_en = "Fixed asset return"
    income_group = "财产性"
    basis = "period"
    terms_schema = FixedAssetReturnTerms
    example_terms: ClassVar[Terms] = {"principal_fen": 100_000_000, "year_rate_bp": 800, "village_bp": 0}

    def accrue_period(self, terms: Terms, period: PeriodFacts) -> int:
        """The households' part of the month's return."""
        return self._part(terms, period, BP - int(terms["village_bp"]))

    def village_period(self, terms: Terms, period: PeriodFacts) -> int:
        """What is left of the month's return: the two parts always sum to the whole."""
        return self._part(terms, period, BP) - self.accrue_period(terms, period)

    def explain(self, terms: Terms) -> str:
        """Principal times rate, and the village's part if there is one."""
        kept = f",其中村集体留存{percent(terms['village_bp'])}" if terms["village_bp"] else ""
        return f"固定回报 = 本金{yuan(terms['principal_fen'])} × 年回报率{percent(terms['year_rate_bp'])}{kept},按月计提"

    @staticmethod
    def _part(terms: Terms, period: PeriodFacts, part_bp: int) -> int:
        return yearly_fen(period, int(terms["principal_fen"]) * int(terms["year_rate_bp"]) * part_bp, BP * BP)


MODE = FixedAssetReturn()
