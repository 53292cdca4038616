"""Processing: households finish material that the producer brings, paid by the piece (来料加工)."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema

from marketplace.beneficiaries.linkage.protocol import (
    MILLI,
    Formula,
    LinkageMode,
    SaleFacts,
    Terms,
    milli_text,
    quantity_milli,
    unit_fen,
)
from marketplace.core.money import format_yuan, round_half_up


class ProcessingTerms(Schema):
    """The fee of one piece and how many pieces one selling unit holds."""

    fee_fen_per_piece = unit_fen("每件加工费(分)")
    pieces_milli_per_unit = quantity_milli("每销售单位件数(千分之一)")


class Processing(LinkageMode):
    """Quantity sold × pieces in a unit × fee."""

    code = "processing"
    title_zh = "来料加工"
    title_en = "Processing of supplied material"
    income_group = "工资性"
    basis = "sale"
    sentences = ("加工费 = 销售数量 × 每单位{pieces}件 × 每件{fee}元",)
    terms_schema = ProcessingTerms
    example_terms: ClassVar[Terms] = {"fee_fen_per_piece": 150, "pieces_milli_per_unit": 1_000}

    def accrue_sale(self, terms: Terms, sale: SaleFacts) -> int:
        """By the quantity of the whole line."""
        return round_half_up(
            sale.quantity_milli * int(terms["pieces_milli_per_unit"]) * int(terms["fee_fen_per_piece"]),
            MILLI * MILLI,
        )

    def formula(self, terms: Terms) -> Formula:
        """Pieces times fee."""
        return Formula(
            self.sentences[0],
            {
                "pieces": milli_text(terms["pieces_milli_per_unit"]),
                "fee": format_yuan(terms["fee_fen_per_piece"]),
            },
        )


MODE = Processing()
