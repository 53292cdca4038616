"""Gifts to many addresses: what is ordered for whom, parcels."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import AreaCode, Fen, Instant, Line, OneOf, StrictInteger
from marketplace.orders.buying.schemas.places import AddressTermsIn
from marketplace.orders.buying.service.gifts import MOST_RECIPIENTS
from marketplace.orders.buying.service.parcels import PARCEL_STATES
from marketplace.orders.schemas.requests import DeliverToIn, DeliveryArgs
from marketplace.orders.service.basket import MOST_LINES, MOST_UNITS


class GiftPriceIn(Schema):
    """A listing and the unit price that the buyer saw."""

    listing_id = fields.UUID(required=True)
    unit_price_fen = Fen(minimum=1, required=True)


class GiftUnitsIn(Schema):
    """Units of a listing for one recipient."""

    listing_id = fields.UUID(required=True)
    quantity = StrictInteger(minimum=1, maximum=MOST_UNITS, required=True, metadata={"example": 1})


class RecipientIn(DeliverToIn):
    """A recipient and what they get."""

    units = fields.List(
        fields.Nested(GiftUnitsIn), required=True, validate=validate.Length(min=1, max=MOST_LINES)
    )


class GiftCheckoutIn(AddressTermsIn):
    """A checkout to many recipients; the terms' own address is whom the supplier asks."""

    prices = fields.List(
        fields.Nested(GiftPriceIn), required=True, validate=validate.Length(min=1, max=MOST_LINES)
    )
    recipients = fields.List(
        fields.Nested(RecipientIn), required=True, validate=validate.Length(min=1, max=MOST_RECIPIENTS)
    )


class RecipientFileIn(Schema):
    """Recipients as a file: 姓名, 电话, 区划, 地址, 商品1, 商品2, …"""

    file = fields.Raw(
        required=True, metadata={"type": "string", "format": "binary", "description": "CSV 或 XLSX 文件"}
    )


class RecipientFormIn(Schema):
    """Which listings 商品1, 商品2, … are, in their order."""

    listing_ids = fields.String(
        required=True,
        validate=validate.Regexp(r"^[0-9a-fA-F-]{36}(,[0-9a-fA-F-]{36})*\Z", error="应为以逗号分隔的编号"),
        metadata={"example": "01926c5e-7f00-7000-8000-000000000001"},
    )


class RecipientsOut(Schema):
    """What the file says, for the checkout; nothing of it is kept."""

    recipients = fields.List(fields.Nested(RecipientIn))


class ParcelArgs(PageArgs):
    """The list of parcels."""


class ParcelFileArgs(DeliveryArgs):
    """The list with persons in full: as which file, and what for."""

    format = OneOf(("csv", "xlsx"), load_default="xlsx", metadata={"example": "xlsx"})


class ParcelGoodsOut(Schema):
    """Units of a line in a parcel."""

    line_no = fields.Integer()
    product_name = fields.String()
    quantity = fields.Integer()


class ParcelOut(Schema):
    """A parcel, its person masked; empty once the person was deleted."""

    parcel_no = fields.Integer()
    area = AreaCode()
    name = fields.String(allow_none=True, metadata={"example": "张*"})
    telephone = fields.String(allow_none=True, metadata={"example": "138****1234"})
    lines = fields.List(fields.Nested(ParcelGoodsOut))
    state = fields.String(metadata={"enum": list(PARCEL_STATES)})
    carrier = fields.String(allow_none=True)
    tracking_no = fields.String(allow_none=True)
    shipped_at = Instant(allow_none=True)
    delivered_at = Instant(allow_none=True)


class ParcelSendingIn(Schema):
    """How a parcel leaves."""

    parcel_no = StrictInteger(minimum=1, maximum=MOST_RECIPIENTS, required=True, metadata={"example": 1})
    carrier = Line(60, load_default=None, allow_none=True, metadata={"example": "演示快递"})
    tracking_no = Line(60, load_default=None, allow_none=True, metadata={"example": "YS20200912001"})


class ParcelShipmentIn(Schema):
    """Parcels that leave."""

    parcels = fields.List(
        fields.Nested(ParcelSendingIn), required=True, validate=validate.Length(min=1, max=200)
    )


class GiftOrderOut(Schema):
    """The order after a step of its parcels."""

    number = fields.String()
    state = fields.String()
