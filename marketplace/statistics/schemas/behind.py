"""Wire shapes of the entries behind a figure."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http.fields import AreaCode, OneOf, Period
from marketplace.core.http.paging import PageArgs
from marketplace.statistics.dimensions import DIMENSIONS, LEVELS
from marketplace.statistics.schemas.questions import filter_of


class _Figure(PageArgs):
    level = OneOf(tuple(LEVELS), load_default="city", metadata={"description": "区划维度的层级"})
    view = OneOf(("seller", "buyer"), load_default="seller", metadata={"description": "产地视角或采购地视角"})
    area = AreaCode(load_default=None)
    from_period = Period(load_default=None, data_key="from")
    to_period = Period(load_default=None, data_key="to")


# The filters of a question without its measures and dimensions: a cell's keys are filters.
BehindArgs = _Figure.from_dict({one.code: filter_of(one) for one in DIMENSIONS}, name="BehindArgs")


class BehindOut(Schema):
    """An entry: fen, thousandths of a unit; refunds and corrections are negative. No buyer is named."""

    entry_no = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"example": "sale"})
    order_number = fields.String(required=True, allow_none=True)
    product_name = fields.String(required=True, metadata={"example": "金柚"})
    producer_name = fields.String(required=True)
    category_code = fields.String(required=True)
    origin_area = fields.String(required=True, metadata={"example": "441403000000"})
    buyer_area = fields.String(required=True)
    buyer_kind = fields.String(required=True)
    channel_kind = fields.String(required=True)
    participation_mode = fields.String(required=True)
    goods_class = fields.String(required=True)
    scheme = fields.String(required=True, allow_none=True)
    linkage_mode = fields.String(required=True, allow_none=True)
    sale_fen = fields.Integer(required=True)
    quantity_milli = fields.Integer(required=True)
    benefit_fen = fields.Integer(required=True)
    counted_at = fields.AwareDateTime(required=True)
    sold_period = fields.String(required=True)
    period = fields.String(required=True, metadata={"example": "2020-09"})
    adjusts_period = fields.String(required=True, allow_none=True)
