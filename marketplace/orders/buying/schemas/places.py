"""Delivery addresses, and a checkout's terms with either one of them or an address written out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import AreaCode, Line
from marketplace.orders.schemas.requests import DeliverToIn, TermsIn


class AddressTermsIn(TermsIn):
    """Terms of a checkout; the goods go to a kept address or to the one written out."""

    delivery_address_id = fields.UUID(load_default=None, allow_none=True)
    deliver_to = fields.Nested(DeliverToIn, load_default=None, allow_none=True)

    @validates_schema
    def one_address(self, data: dict[str, Any], **_: Any) -> None:
        """One of the two, not both and not none."""
        if (data.get("delivery_address_id") is None) == (data.get("deliver_to") is None):
            raise ValidationError("应给出收货地址或常用地址之一", "deliver_to")


class DeliveryAddressIn(Schema):
    """An address to keep."""

    label = Line(40, required=True, metadata={"example": "机关食堂"})
    deliver_to = fields.Nested(DeliverToIn, required=True)


class NewDeliveryAddressIn(DeliveryAddressIn):
    """An address to keep, for whom."""

    organisation_id = fields.UUID(required=True)
    is_default = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class DeliveryAddressOut(Schema):
    """An address as a list shows it: the person masked."""

    id = fields.UUID()
    organisation_id = fields.UUID()
    label = fields.String()
    area = AreaCode()
    name = fields.String(metadata={"example": "张*"})
    telephone = fields.String(metadata={"example": "138****1234"})
    is_default = fields.Boolean()
    row_version = fields.Integer()


class DeliveryAddressArgs(PageArgs):
    """Filter of the list."""

    organisation_id = fields.UUID(load_default=None)
