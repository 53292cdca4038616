"""Wire shapes of invoices."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http.fields import Instant


class InvoiceIn(Schema):
    """When the seller's invoice was issued."""

    invoiced_at = Instant(required=True, metadata={"example": "2020-09-20T10:00:00+08:00"})


class InvoiceOut(Schema):
    """What the order says of its invoice."""

    order_number = fields.String(metadata={"example": "D7K2M9QX4RTB"})
    invoice_state = fields.String(metadata={"example": "issued"})
    invoiced_at = Instant()
