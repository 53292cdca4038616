"""Wire shapes of money given back. Amounts are fen."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Fen, Instant, Line, OneOf
from marketplace.payments.rules.refunds import REFUND, REFUND_KINDS, TODO, WAYS
from marketplace.payments.schemas.receipts import REFERENCE


class RefundListArgs(PageArgs):
    """Filters of the list of refunds."""

    state = OneOf(REFUND.states, load_default=None)
    order_number = Line(40, load_default=None)
    todo = OneOf(tuple(TODO), load_default=None, metadata={"enum": list(TODO)})


class RefundConfirmIn(Schema):
    """The bank's number of the outgoing transfer."""

    reference = fields.String(required=True, validate=REFERENCE, metadata={"example": "20201003-000007"})


class RefundAgainIn(Schema):
    """How it is tried again."""

    way = OneOf(WAYS, required=True, metadata={"enum": list(WAYS)})


class RefundOut(Schema):
    """Money on its way back, or back."""

    number = fields.String(metadata={"example": "F7K2M9QX4RTB"})
    order_number = fields.String(metadata={"example": "D7K2M9QX4RTB"})
    amount_fen = Fen()
    kind = fields.String(metadata={"enum": list(REFUND_KINDS)})
    state = fields.String(metadata={"enum": list(REFUND.states)})
    reference = fields.String(allow_none=True)
    last_error = fields.String(allow_none=True, metadata={"example": "charge_disputed"})
    bounced_at = Instant(allow_none=True)
    todo = fields.String(allow_none=True, metadata={"enum": [*TODO, None]})
    todo_text = fields.String(allow_none=True, metadata={"example": TODO["decide"]})
    requested_at = Instant()
    confirmed_at = Instant(allow_none=True)
