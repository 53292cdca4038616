"""Wire shapes of offers. Money is integer fen."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http.fields import Fen, Line, OneOf, StrictInteger
from marketplace.core.http.paging import PageArgs
from marketplace.core.money import TAX_TREATMENTS

_TAXES = tuple(treatment.code for treatment in TAX_TREATMENTS)


class OfferIn(Schema):
    """A product as a sellable thing; what is left out is taken from the product."""

    product_id = fields.UUID(required=True)
    price_fen = Fen(required=True, minimum=1)
    seller_id = fields.UUID(load_default=None, allow_none=True)
    title = Line(100, load_default=None, allow_none=True, metadata={"example": "白沙百香果"})
    spec = Line(100, load_default=None, allow_none=True, metadata={"example": "5斤/箱"})
    unit = Line(20, load_default=None, allow_none=True, metadata={"example": "箱"})
    net_weight_g = StrictInteger(minimum=1, maximum=10**9, load_default=None, allow_none=True)
    tax_treatment = OneOf(_TAXES, load_default=None, allow_none=True)


class OfferChangeIn(Schema):
    """What may change of an offer: another package is another offer."""

    title = Line(100)
    price_fen = Fen(minimum=1)
    tax_treatment = OneOf(_TAXES)


class OfferOut(Schema):
    """An offer."""

    id = fields.UUID()
    offer_no = fields.Integer()
    product_id = fields.UUID()
    producer_id = fields.UUID()
    title = fields.String()
    spec = fields.String()
    unit = fields.String()
    net_weight_g = fields.Integer(allow_none=True)
    price_fen = fields.Integer(metadata={"example": 4900})
    tax_treatment = fields.String()
    state = fields.String(metadata={"example": "active"})


class OfferArgs(PageArgs):
    """Filters of the own offers."""

    product_id = fields.UUID(load_default=None)
