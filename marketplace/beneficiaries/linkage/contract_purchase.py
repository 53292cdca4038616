"""Orders: the producer buys what households grow at an agreed price (订单收购).

The benefit is not the price paid but what is left of it: price − cost (``less`` = ``cost``), or what the
contract pays above the market (``less`` = ``market``). Raw material behind one kilogram sold is declared,
so that processed goods pay for their input.
"""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema, ValidationError, fields, validates_schema
from marshmallow.validate import OneOf

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

_LESS_ZH = {"cost": "成本", "market": "市场价"}
_SENTENCES = {
    "cost": "收购增收 = 净重(公斤) × 每公斤用料{raw}公斤 × (收购价{price}元 − 成本{less}元)",
    "market": "收购增收 = 净重(公斤) × 每公斤用料{raw}公斤 × (收购价{price}元 − 市场价{less}元)",
}


class ContractPurchaseTerms(Schema):
    """Agreed price per kg of raw material, what is taken off it, and how much raw material one kg of the
    product takes.
    """

    price_fen_per_kg = unit_fen("收购价(分/公斤)")
    less = fields.String(
        required=True,
        validate=OneOf(tuple(_LESS_ZH), error="应为 cost 或 market"),
        metadata={"description": "扣除成本或市场价", "titles": _LESS_ZH},
    )
    less_fen_per_kg = unit_fen("扣除额(分/公斤)", minimum=0)
    raw_milli_per_kg = quantity_milli("每公斤产品所用原料(千分之一公斤)")

    @validates_schema
    def _not_at_a_loss(self, data: dict[str, int], **_: object) -> None:
        if data["less_fen_per_kg"] > data["price_fen_per_kg"]:
            raise ValidationError("扣除额不能高于收购价", "less_fen_per_kg")


class ContractPurchase(LinkageMode):
    """Quantity × (price − cost), or quantity × (contract − market)."""

    code = "contract_purchase"
    title_zh = "订单收购"
    title_en = "Contract purchase"
    income_group = "经营性"
    basis = "sale"
    sentences = tuple(_SENTENCES.values())
    terms_schema = ContractPurchaseTerms
    example_terms: ClassVar[Terms] = {
        "price_fen_per_kg": 240,
        "less": "cost",
        "less_fen_per_kg": 72,
        "raw_milli_per_kg": 1_000,
    }

    def accrue_sale(self, terms: Terms, sale: SaleFacts) -> int:
        """By the net weight of the whole line."""
        gain_fen_per_kg = int(terms["price_fen_per_kg"]) - int(terms["less_fen_per_kg"])
        return round_half_up(
            sale.net_weight_g * int(terms["raw_milli_per_kg"]) * gain_fen_per_kg, MILLI * MILLI
        )

    def formula(self, terms: Terms) -> Formula:
        """Weight times the difference."""
        return Formula(
            _SENTENCES[terms["less"]],
            {
                "raw": milli_text(terms["raw_milli_per_kg"]),
                "price": format_yuan(terms["price_fen_per_kg"]),
                "less": format_yuan(terms["less_fen_per_kg"]),
            },
        )


MODE = ContractPurchase()
