"""Inquiries and quotes."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.core.http.fields import Day, Fen, Instant, Line, StrictInteger
from marketplace.orders.buying.rules.inquiry import INQUIRY_STATES, MOST_ITEMS, MOST_SUPPLIERS
from marketplace.orders.service.basket import MOST_UNITS


class InquiryItemIn(Schema):
    """A thing that is asked for."""

    name = Line(100, required=True, metadata={"example": "金柚"})
    spec = Line(100, load_default=None, allow_none=True, metadata={"example": "5 斤装"})
    unit = Line(10, required=True, metadata={"example": "箱"})
    quantity = StrictInteger(minimum=1, maximum=MOST_UNITS, required=True, metadata={"example": 100})


class InquiryIn(Schema):
    """What is asked for, of which suppliers' organisations, until when."""

    buyer_id = fields.UUID(required=True)
    title = Line(100, required=True, metadata={"example": "食堂四季度水果"})
    items = fields.List(
        fields.Nested(InquiryItemIn), required=True, validate=validate.Length(min=1, max=MOST_ITEMS)
    )
    supplier_ids = fields.List(
        fields.UUID(), required=True, validate=validate.Length(min=1, max=MOST_SUPPLIERS)
    )
    deliver_by = Day(required=True, metadata={"example": "2020-10-20"})
    deadline = Instant(required=True)
    fewer_reason = Line(200, load_default=None, allow_none=True, metadata={"example": "仅此一家生产"})


class PriceQuoteLineIn(Schema):
    """A unit price for an item, and the listing by which it can be ordered, if there is one."""

    line_no = StrictInteger(minimum=1, maximum=MOST_ITEMS, required=True, metadata={"example": 1})
    unit_price_fen = Fen(minimum=1, required=True)
    listing_id = fields.UUID(load_default=None, allow_none=True)


class PriceQuoteIn(Schema):
    """A supplier's quote; it replaces the one before."""

    supplier_id = fields.UUID(required=True)
    lines = fields.List(
        fields.Nested(PriceQuoteLineIn), required=True, validate=validate.Length(min=1, max=MOST_ITEMS)
    )
    note = Line(500, load_default=None, allow_none=True, metadata={"example": "含运费"})


class PriceQuoteArgs(Schema):
    """For which of one's organisations."""

    supplier_id = fields.UUID(required=True)


class PriceQuoteOut(Schema):
    """That a quote was sent, which version and when; what it says is shown once the quotes were opened."""

    version = fields.Integer()
    sent_at = Instant()
    lines = fields.List(fields.Nested(PriceQuoteLineIn), allow_none=True)
    note = fields.String(allow_none=True)


class AwardIn(Schema):
    """Who gets it, and why when it is not the lowest."""

    supplier_id = fields.UUID(required=True)
    reason = Line(500, load_default=None, allow_none=True, metadata={"example": "交货期短"})


class InquiryRowOut(Schema):
    """An inquiry in a list."""

    number = fields.String()
    buyer_id = fields.UUID()
    title = fields.String()
    state = fields.String(metadata={"enum": list(INQUIRY_STATES)})
    deliver_by = fields.Date()
    deadline = Instant()
    asked_at = Instant()
    opened_at = Instant(allow_none=True)


class InquirySupplierOut(Schema):
    """Who is asked."""

    organisation_id = fields.UUID()
    name = fields.String()


class InquiryItemOut(InquiryItemIn):
    """A thing that is asked for."""

    line_no = fields.Integer()


class InquiryOut(InquiryRowOut):
    """An inquiry. A supplier is shown neither who else is asked nor to whom it was awarded, only whether to itself."""

    items = fields.List(fields.Nested(InquiryItemOut))
    suppliers = fields.List(fields.Nested(InquirySupplierOut), allow_none=True)
    fewer_reason = fields.String(allow_none=True)
    awarded_to = fields.UUID(allow_none=True)
    award_reason = fields.String(allow_none=True)
    awarded_to_me = fields.Boolean()


class ComparedPriceOut(Schema):
    """A supplier's unit price for an item."""

    supplier_id = fields.UUID()
    unit_price_fen = Fen()
    is_lowest = fields.Boolean()


class ComparedItemOut(Schema):
    """A row of the comparison."""

    line_no = fields.Integer()
    name = fields.String()
    quantity = fields.Integer()
    prices = fields.List(fields.Nested(ComparedPriceOut))


class ComparedTotalOut(Schema):
    """What a supplier that quoted every item asks for all."""

    supplier_id = fields.UUID()
    total_fen = Fen()
    is_lowest = fields.Boolean()


class QuoteComparisonOut(Schema):
    """Items × suppliers."""

    suppliers = fields.List(fields.Nested(InquirySupplierOut))
    items = fields.List(fields.Nested(ComparedItemOut))
    totals = fields.List(fields.Nested(ComparedTotalOut))
