"""Wire shapes of stock and movements made by hand."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.catalogue.rules.stock import EFFECTS
from marketplace.core.http.fields import Line, OneOf, StrictInteger


class StockArgs(Schema):
    """Stock of one offer."""

    offer_id = fields.UUID(required=True)


class StockOut(Schema):
    """Units at one place; `channel_id` empty is the producer's store."""

    id = fields.Integer()
    offer_id = fields.UUID()
    channel_id = fields.UUID(allow_none=True)
    on_hand = fields.Integer()
    reserved = fields.Integer()


class StockListOut(Schema):
    """An offer's stock at all its places."""

    items = fields.List(fields.Nested(StockOut))


class MovementIn(Schema):
    """Units that arrive (intake), or that stock-taking found more or fewer (adjust, with a reason)."""

    offer_id = fields.UUID(required=True)
    channel_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "空为生产主体仓库"})
    kind = OneOf(tuple(kind for kind in EFFECTS if kind in ("intake", "adjust")), required=True)
    quantity = StrictInteger(minimum=-(10**9), maximum=10**9, required=True)
    reason = Line(200, load_default=None, allow_none=True)
