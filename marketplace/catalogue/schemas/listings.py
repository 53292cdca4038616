"""Wire shapes of listings, browsing and prices. Money is integer fen."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.catalogue.channels import CHANNEL_KINDS
from marketplace.catalogue.rules.eligibility import GOODS_CLASSES
from marketplace.catalogue.service.browse import SORTS
from marketplace.core.http.fields import AreaCode, Fen, Instant, Line, OneOf, StrictInteger

_KINDS = tuple(kind.code for kind in CHANNEL_KINDS)


class ListingIn(Schema):
    """An offer to put up for sale; without a price, at the price of the hall's other listing or the asking price."""

    channel_id = fields.UUID(required=True)
    offer_id = fields.UUID(required=True)
    price_fen = Fen(minimum=1, load_default=None, allow_none=True)


class ListingOut(Schema):
    """A listing."""

    id = fields.UUID()
    listing_no = fields.Integer()
    title = fields.String(metadata={"example": "白沙百香果"})
    producer_id = fields.UUID()
    producer_name = fields.String(metadata={"example": "白沙俄兴种养专业合作社"})
    spec = fields.String(metadata={"example": "5斤/箱"})
    unit = fields.String(metadata={"example": "箱"})
    category_code = fields.String()
    origin_area = fields.String(metadata={"example": "469025"})
    price_fen = fields.Integer(metadata={"example": 4900})
    price_per_500g_fen = fields.Integer(allow_none=True, metadata={"example": 980})
    goods_class = fields.String(validate=validate.OneOf(list(GOODS_CLASSES)))
    goods_class_reason = fields.String(allow_none=True)
    channel_id = fields.UUID()
    channel_kind = fields.String(metadata={"example": "hall_online"})
    offer_id = fields.UUID()
    in_stock = fields.Boolean()
    listed_at = Instant()


class ListingPage(Schema):
    """A page of listings."""

    items = fields.List(fields.Nested(ListingOut), required=True)
    next_cursor = fields.String(allow_none=True, required=True)


class ListingDetailOut(ListingOut):
    """A listing with its state and certificate."""

    state = fields.String(metadata={"example": "listed"})
    state_reason = fields.String(allow_none=True)
    product_id = fields.UUID()
    certificate_id = fields.UUID(allow_none=True)
    aid_until = fields.Date(allow_none=True)
    price_group_id = fields.UUID(allow_none=True)


class BrowseArgs(Schema):
    """What a visitor looks for among the listings."""

    channel = Line(40, load_default=None, metadata={"description": "销售点编号或 id", "example": "GZ-0001"})
    channel_kind = OneOf(_KINDS, load_default=None)
    category = Line(20, load_default=None, metadata={"description": "品类代码(含其下级)"})
    origin = AreaCode(load_default=None)
    aid = fields.Boolean(load_default=None, truthy={"true", "1"}, falsy={"false", "0"})
    price_from_fen = Fen(load_default=None)
    price_to_fen = Fen(load_default=None)
    sort = OneOf(tuple(SORTS), load_default="new", metadata={"example": "-price"})
    page_size = StrictInteger(minimum=1, maximum=100, load_default=24)
    cursor = fields.String(load_default=None)


class PriceIn(Schema):
    """A new price from now on, for the whole price group."""

    price_fen = Fen(required=True, minimum=1)
    reason = Line(200, load_default=None, allow_none=True)


class PriceChangeOut(Schema):
    """One price and its first instant."""

    price_fen = fields.Integer(metadata={"example": 4900})
    from_at = Instant()
    reason = fields.String(allow_none=True)


class PriceHistoryOut(Schema):
    """Every price a listing had, oldest first."""

    items = fields.List(fields.Nested(PriceChangeOut))


class StateIn(Schema):
    """Pause, resume or take down."""

    state = OneOf(("listed", "paused", "delisted"), required=True, metadata={"example": "paused"})
    reason = Line(200, load_default=None, allow_none=True, metadata={"example": "缺货"})
