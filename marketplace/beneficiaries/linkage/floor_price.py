"""Floor price: the producer buys at the market price, never below the floor (保底价收购)."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema, ValidationError, validates_schema

from marketplace.beneficiaries.linkage.protocol import MILLI, Formula, LinkageMode, SaleFacts, Terms, unit_fen
from marketplace.core.money import format_yuan, round_half_up


class FloorPriceTerms(Schema):
    """Floor, the market price that this version acknowledges, and the grower's cost, each per kg (cost 0:
    gross takings).
    """

    floor_fen_per_kg = unit_fen("保底价(分/公斤)")
    market_fen_per_kg = unit_fen("市场价(分/公斤)", minimum=0)
    cost_fen_per_kg = unit_fen("成本(分/公斤)", minimum=0)

    @validates_schema
    def _floor_covers_cost(self, data: dict[str, int], **_: object) -> None:
        if data["cost_fen_per_kg"] > data["floor_fen_per_kg"]:
            raise ValidationError("保底价不能低于成本", "cost_fen_per_kg")


class FloorPrice(LinkageMode):
    """Quantity × (max(floor, market) − cost)."""

    code = "floor_price"
    title_zh = "保底价收购"
    title_en = "Floor price"
    income_group = "经营性"
    basis = "sale"
    sentences = ("保底收购增收 = 净重(公斤) × (保底价{floor}元与市场价{market}元取高 − 成本{cost}元)",)
    terms_schema = FloorPriceTerms
    example_terms: ClassVar[Terms] = {
        "floor_fen_per_kg": 600,
        "market_fen_per_kg": 560,
        "cost_fen_per_kg": 200,
    }

    def accrue_sale(self, terms: Terms, sale: SaleFacts) -> int:
        """By the net weight of the whole line; a new market price is a new version of the terms."""
        paid = max(int(terms["floor_fen_per_kg"]), int(terms["market_fen_per_kg"]))
        return round_half_up(sale.net_weight_g * (paid - int(terms["cost_fen_per_kg"])), MILLI)

    def formula(self, terms: Terms) -> Formula:
        """The higher of two prices."""
        return Formula(
            self.sentences[0],
            {name: format_yuan(terms[f"{name}_fen_per_kg"]) for name in ("floor", "market", "cost")},
        )


MODE = FloorPrice()
