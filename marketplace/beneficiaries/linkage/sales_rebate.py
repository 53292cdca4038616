"""Rebate: so much of every sale goes to the bound households (销售返利)."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema

from marketplace.beneficiaries.linkage.protocol import (
    Formula,
    LinkageMode,
    SaleFacts,
    Terms,
    percent,
    rate_bp,
)
from marketplace.core.money import portion_bp


class SalesRebateTerms(Schema):
    """The rate on what the buyer paid."""

    rebate_bp = rate_bp("返利比例(基点)")


class SalesRebate(LinkageMode):
    """Order amount × rate."""

    code = "sales_rebate"
    title_zh = "销售返利"
    title_en = "Sales rebate"
    income_group = "转移性"
    basis = "sale"
    sentences = ("返利 = 销售额 × {rate}",)
    terms_schema = SalesRebateTerms
    example_terms: ClassVar[Terms] = {"rebate_bp": 1_000}

    def accrue_sale(self, terms: Terms, sale: SaleFacts) -> int:
        """The rate on the whole line."""
        return portion_bp(sale.sale_fen, int(terms["rebate_bp"]))

    def formula(self, terms: Terms) -> Formula:
        """Amount times rate."""
        return Formula(self.sentences[0], {"rate": percent(terms["rebate_bp"])})


MODE = SalesRebate()
