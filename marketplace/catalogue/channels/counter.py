"""专柜: a smart cabinet that mainly sells aid products, open day and night, goods inside it.

Ordinary goods may stand beside aid goods. Some places levy part of the ordinary goods' sales for the aid fund (Chongqing
1 %); the rate is a term of the operator's contract, borne by the operator, 0 unless agreed.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from marshmallow import ValidationError, fields, validates_schema

from marketplace.catalogue.channels.protocol import ChannelKind, Terms, TermsSchema, text, whole


class CounterTerms(TermsSchema):
    """Machine and levy."""

    cabinet_no = text("机柜编号")
    levy_bp = whole("非扶贫商品销售额上缴比例(万分比)", 0, 10_000)
    levy_from = fields.Date(metadata={"description": "上缴起始日"})

    @validates_schema
    def _levy_has_a_first_day(self, data: dict[str, object], **_: object) -> None:
        if data.get("levy_bp") and "levy_from" not in data:
            raise ValidationError("约定上缴比例时须填写起始日", "levy_from")


class Counter(ChannelKind):
    """The smart cabinet."""

    code = "counter"
    title_zh = "专柜"
    title_en = "Counter"
    group = "counter"
    feed_code = "02"
    is_online = False
    holds_stock = True
    site_kinds = (
        "campus",
        "rail_station",
        "hospital",
        "government_office",
        "community",
        "enterprise",
        "service_area",
        "innovation_base",
        "village_outlet",
    )
    terms_schema = CounterTerms
    example_terms: ClassVar[Terms] = {
        "contract_no": "演示-2020-001",
        "cabinet_no": "GZ0001",
        "levy_bp": 100,
        "levy_from": "2020-05-01",
    }

    def levy_bp(self, terms: Terms, day: date) -> int:
        """The agreed rate from its first day on."""
        rate = int(terms.get("levy_bp", 0))
        return rate if rate and date.fromisoformat(terms["levy_from"]) <= day else 0


KIND = Counter()
