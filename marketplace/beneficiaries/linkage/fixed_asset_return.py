"""Asset income: aid funds are put into an asset that pays a fixed return (资产收益, 固定回报).

It often goes to the village collective first; what the collective keeps is a term of the agreement version.
"""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema

from marketplace.beneficiaries.linkage.protocol import (
    Formula,
    LinkageMode,
    PeriodFacts,
    Terms,
    percent,
    principal_fen,
    rate_bp,
    yearly_fen,
)
from marketplace.core.money import BP, format_yuan


class FixedAssetReturnTerms(Schema):
    """Principal and yearly rate."""

    principal_fen = principal_fen("投入本金(分)")
    year_rate_bp = rate_bp("年固定回报率(基点)")


class FixedAssetReturn(LinkageMode):
    """Principal × fixed rate, by month."""

    code = "fixed_asset_return"
    title_zh = "资产收益"
    title_en = "Fixed asset return"
    income_group = "财产性"
    basis = "period"
    sentences = ("固定回报 = 本金{principal}元 × 年回报率{rate},按月计提",)
    terms_schema = FixedAssetReturnTerms
    example_terms: ClassVar[Terms] = {"principal_fen": 100_000_000, "year_rate_bp": 800}

    def accrue_period(self, terms: Terms, period: PeriodFacts) -> int:
        """The month's share of the yearly return; no activity is needed."""
        return yearly_fen(period, int(terms["principal_fen"]) * int(terms["year_rate_bp"]), BP)

    def formula(self, terms: Terms) -> Formula:
        """Principal times rate."""
        return Formula(
            self.sentences[0],
            {"principal": format_yuan(terms["principal_fen"]), "rate": percent(terms["year_rate_bp"])},
        )


MODE = FixedAssetReturn()
