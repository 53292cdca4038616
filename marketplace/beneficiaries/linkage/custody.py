"""Custody: households own animals or trees that the producer keeps for a yearly return (托管代养)."""

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


class CustodyTerms(Schema):
    """Entrusted units (heads, trees, 亩) in thousandths and the yearly return of one."""

    units_milli = quantity_milli("托管数量(千分之一)")
    return_fen_per_unit_year = unit_fen("每单位年收益(分)")


class Custody(LinkageMode):
    """Units × yearly return × months/12."""

    code = "custody"
    title_zh = "托管代养"
    title_en = "Custody"
    income_group = "经营性"
    basis = "period"
    sentences = ("托管收益 = {units}单位 × 每单位每年{rate}元,按月计提",)
    terms_schema = CustodyTerms
    example_terms: ClassVar[Terms] = {"units_milli": 200_000, "return_fen_per_unit_year": 60_000}

    def accrue_period(self, terms: Terms, period: PeriodFacts) -> int:
        """The month's share of the yearly return; no activity is needed."""
        return yearly_fen(period, int(terms["units_milli"]) * int(terms["return_fen_per_unit_year"]), MILLI)

    def formula(self, terms: Terms) -> Formula:
        """Units times return."""
        return Formula(
            self.sentences[0],
            {
                "units": milli_text(terms["units_milli"]),
                "rate": format_yuan(terms["return_fen_per_unit_year"]),
            },
        )


MODE = Custody()
