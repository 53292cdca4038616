"""The cart and favourites."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.core.http.fields import Fen, Instant, StrictInteger
from marketplace.orders.buying.rules.cart import CHANGES
from marketplace.orders.buying.schemas.places import AddressTermsIn
from marketplace.orders.service.basket import MOST_LINES, MOST_UNITS


class CartArgs(Schema):
    """For whom the cart is looked at."""

    buyer_id = fields.UUID(load_default=None, metadata={"description": "采购单位;默认为账号所属单位"})


class CartLineIn(Schema):
    """Units to put in; of a listing that is in already there are so many more."""

    listing_id = fields.UUID(required=True)
    quantity = StrictInteger(minimum=1, maximum=MOST_UNITS, required=True, metadata={"example": 2})


class CartLineChangeIn(Schema):
    """What is to change; what is left out stays."""

    quantity = StrictInteger(minimum=1, maximum=MOST_UNITS, metadata={"example": 3})
    is_ticked = fields.Boolean(truthy={True}, falsy={False})
    accepted_price_fen = Fen(minimum=1, metadata={"description": "确认的现价,单位:分", "example": 6200})


class CartTicksIn(Schema):
    """Lines to tick or untick at once."""

    listing_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=MOST_LINES))
    is_ticked = fields.Boolean(required=True, truthy={True}, falsy={False})


class CartCheckoutIn(AddressTermsIn):
    """The ticked lines as an order; `total_fen` is the sum that the buyer saw."""

    total_fen = Fen(minimum=1, required=True)


class CartLineOut(Schema):
    """A line with its listing of now."""

    listing_id = fields.UUID()
    product_name = fields.String()
    spec = fields.String()
    unit = fields.String()
    channel_kind = fields.String()
    origin_area = fields.String()
    goods_class = fields.String()
    quantity = fields.Integer()
    seen_price_fen = Fen()
    price_fen = Fen()
    amount_fen = Fen()
    available = fields.Integer(metadata={"description": "可售数量"})
    is_ticked = fields.Boolean()
    can_be_ordered = fields.Boolean()
    changes = fields.List(fields.String(metadata={"enum": list(CHANGES)}))
    added_at = Instant()


class CartBlockOut(Schema):
    """A supplier's lines: what becomes one order. The seller sets freight after the order."""

    producer_id = fields.UUID()
    producer_name = fields.String()
    ticked_fen = Fen()
    lines = fields.List(fields.Nested(CartLineOut))


class CartReserveOut(Schema):
    """本单计入: the budget unit, its filed reserve of the year, and what of the ticked lines would count (832)."""

    budget_unit_id = fields.UUID()
    budget_unit_name = fields.String()
    year = fields.Integer()
    filed_fen = Fen(allow_none=True)
    counting_fen = Fen()


class CartOut(Schema):
    """The cart by supplier."""

    blocks = fields.List(fields.Nested(CartBlockOut))
    ticked_lines = fields.Integer()
    total_fen = Fen()
    can_be_ordered = fields.Boolean()
    reserve = fields.Nested(CartReserveOut, allow_none=True)


class FavouriteOut(Schema):
    """A listing kept in sight."""

    listing_id = fields.UUID()
    title = fields.String()
    price_fen = Fen()
    state = fields.String()
    channel_kind = fields.String()
    added_at = Instant()
