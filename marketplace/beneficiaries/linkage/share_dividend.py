"""Dividends: households hold shares in the producer (入股分红, 折股量化).

Two contracts exist: a rate on the sum put in, due whatever is earned (保本入股), and a part of the
declared profit by shares. Exactly one of the two is set; the other's fields are 0.
"""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Range

from marketplace.beneficiaries.linkage.protocol import (
    ActivityField,
    Formula,
    LinkageMode,
    PeriodFacts,
    Terms,
    percent,
    rate_bp,
    yearly_fen,
)
from marketplace.core.money import BP, format_yuan, round_half_up


def _shares(title: str) -> fields.Integer:
    return fields.Integer(
        strict=True,
        required=True,
        validate=Range(min=0, max=10**10, error="应为 {min} 至 {max} 之间的整数"),
        metadata={"description": title},
    )


class ShareDividendTerms(Schema):
    """Either principal and yearly rate, or the roster's shares of all shares."""

    principal_fen = fields.Integer(
        strict=True,
        required=True,
        validate=Range(min=0, max=10**13, error="应为 {min} 至 {max} 之间的整数"),
        metadata={"description": "入股本金(分)"},
    )
    year_rate_bp = rate_bp("年分红率(基点)", minimum=0)
    roster_shares = _shares("在册户股数")
    all_shares = _shares("总股数")

    @validates_schema
    def _exactly_one(self, data: dict[str, int], **_: object) -> None:
        by_rate = data["principal_fen"] > 0 and data["year_rate_bp"] > 0
        by_share = data["roster_shares"] > 0 and data["all_shares"] > 0
        if by_rate == by_share:
            raise ValidationError("固定分红率与按股分红须且只能约定一种", "year_rate_bp")
        if not by_rate and (data["principal_fen"] or data["year_rate_bp"]):
            raise ValidationError("按股分红不填本金与分红率", "principal_fen")
        if not by_share and (data["roster_shares"] or data["all_shares"]):
            raise ValidationError("固定分红率不填股数", "roster_shares")
        if data["roster_shares"] > data["all_shares"]:
            raise ValidationError("在册股数不能超过总股数", "roster_shares")


class ShareDividend(LinkageMode):
    """Principal × rate, or profit × shares of the roster / all shares."""

    code = "share_dividend"
    title_zh = "入股分红"
    title_en = "Share dividend"
    income_group = "财产性"
    basis = "period"
    sentences = (
        "分红 = 本金{principal}元 × 年分红率{rate},按月计提",
        "分红 = 可分配利润 × {own}股 ÷ {all}股",
    )
    terms_schema = ShareDividendTerms
    example_terms: ClassVar[Terms] = {
        "principal_fen": 1_057_500_000,
        "year_rate_bp": 1_000,
        "roster_shares": 0,
        "all_shares": 0,
    }
    activity = (ActivityField("profit_fen", "可分配利润", "fen"),)

    def accrue_period(self, terms: Terms, period: PeriodFacts) -> int:
        """The month's part of the fixed dividend, or the roster's part of the profit declared in the
        month.
        """
        if terms["all_shares"]:
            profit_fen = period.declared("profit_fen")
            return round_half_up(profit_fen * int(terms["roster_shares"]), int(terms["all_shares"]))
        return yearly_fen(period, int(terms["principal_fen"]) * int(terms["year_rate_bp"]), BP)

    def formula(self, terms: Terms) -> Formula:
        """The one contract that is set."""
        if terms["all_shares"]:
            shares = {"own": str(terms["roster_shares"]), "all": str(terms["all_shares"])}
            return Formula(self.sentences[1], shares)
        rate = percent(terms["year_rate_bp"])
        return Formula(self.sentences[0], {"principal": format_yuan(terms["principal_fen"]), "rate": rate})


MODE = ShareDividend()
