"""Wire shapes of bills of commission. Amounts are fen."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Fen, Instant, OneOf, Period
from marketplace.payments.rules.charges import BILL
from marketplace.payments.schemas.books import SIGNED
from marketplace.payments.schemas.receipts import REFERENCE


class CommissionBillIn(Schema):
    """Of which producer's organisation and month."""

    producer_id = fields.UUID(required=True, metadata={"description": "供应商单位"})
    period = Period(required=True)


class CommissionBillListArgs(PageArgs):
    """Of a month, in a state."""

    period = Period(load_default=None)
    state = OneOf(BILL.states, load_default=None)


class CommissionPaidIn(Schema):
    """The bank line by which the whole bill was paid into the platform's own account."""

    amount_fen = Fen(required=True, minimum=1)
    reference = fields.String(
        required=True,
        validate=REFERENCE,
        metadata={"description": "银行流水号,同一笔只登记一次", "example": "20201108-000123"},
    )
    paid_at = Instant(required=True)


class CommissionBillOut(Schema):
    """A producer's monthly bill; `base_fen` is what counted less what went back."""

    number = fields.String()
    producer_id = fields.UUID()
    producer_name = fields.String()
    period = fields.String()
    lines = fields.Integer()
    base_fen = Fen(minimum=SIGNED)
    total_fen = Fen()
    state = OneOf(BILL.states)
    state_title = fields.String()
    drawn_at = Instant()
    reference = fields.String(allow_none=True)
    paid_at = Instant(allow_none=True)


class CommissionBillLineOut(Schema):
    """A charge of a line that counted, or (negative) what a refund gave back of it."""

    order_number = fields.String()
    at = Instant()
    rate_bp = fields.Integer()
    base_fen = Fen(minimum=SIGNED)
    charge_fen = Fen(minimum=SIGNED)


class CommissionBillDetailOut(CommissionBillOut):
    """With its lines."""

    items = fields.List(fields.Nested(CommissionBillLineOut))


class DrawnCommissionBillOut(Schema):
    """The bill of the month; null when nothing is owed."""

    bill = fields.Nested(CommissionBillOut, allow_none=True)
