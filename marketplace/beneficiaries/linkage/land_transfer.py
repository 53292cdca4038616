"""Rent: households let their land to the producer (土地流转)."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema

from marketplace.beneficiaries.linkage.protocol import (
    MILLI,
    Formula,
    LinkageMode,
    PeriodFacts,
    Terms,
    milli_text,
    quantity_milli,
    unit_fen,
    yearly_fen,
)
from marketplace.core.money import format_yuan


class LandTransferTerms(Schema):
    """Area in thousandths of a 亩 and the yearly rent of one 亩."""

    area_milli_mu = quantity_milli("流转面积(千分之一亩)")
    rent_fen_per_mu_year = unit_fen("每亩年租金(分)")


class LandTransfer(LinkageMode):
    """亩 × 元/亩/年 × months/12."""

    code = "land_transfer"
    title_zh = "土地流转"
    title_en = "Land transfer"
    income_group = "财产性"
    basis = "period"
    sentences = ("土地租金 = {area}亩 × 每亩每年{rent}元,按月计提",)
    terms_schema = LandTransferTerms
    example_terms: ClassVar[Terms] = {"area_milli_mu": 571_000, "rent_fen_per_mu_year": 80_210}

    def accrue_period(self, terms: Terms, period: PeriodFacts) -> int:
        """The month's share of the yearly rent; no activity is needed."""
        return yearly_fen(period, int(terms["area_milli_mu"]) * int(terms["rent_fen_per_mu_year"]), MILLI)

    def formula(self, terms: Terms) -> Formula:
        """Area times rent."""
        return Formula(
            self.sentences[0],
            {"area": milli_text(terms["area_milli_mu"]), "rent": format_yuan(terms["rent_fen_per_mu_year"])},
        )


MODE = LandTransfer()
