"""Wire shapes of receipts that wait, of what is done with them, of balances and repayments. Amounts are fen."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Fen, Instant, Line, OneOf
from marketplace.payments.rules.kinds import KIND_BY_CODE
from marketplace.payments.rules.matching import PARKED, RECEIPT_TITLES
from marketplace.payments.schemas.receipts import REFERENCE, VoucherField
from marketplace.payments.service.allocation import ASIDE
from marketplace.payments.service.repayments import REPAYMENT
from marketplace.payments.service.suggestions import AGAINST, FOR

RECEIPT_STATES = tuple(RECEIPT_TITLES)


class ReceiptArgs(PageArgs):
    """Filters of the list; `state=parked` is the queue."""

    organisation_id = fields.UUID(load_default=None)
    statement_id = fields.UUID(load_default=None)
    state = OneOf(RECEIPT_STATES, load_default=None)


class ReceiptOut(Schema):
    """Money that arrived: how much of it is open, and why it waits."""

    number = fields.String(required=True, metadata={"example": "K7K2M9QX4RTBD"})
    organisation_id = fields.UUID(required=True, attribute="holder_id", allow_none=True)
    kind = fields.String(required=True, metadata={"enum": list(KIND_BY_CODE)})
    voucher = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    reference = fields.String(required=True)
    payer_name = fields.String(required=True)
    memo = fields.String(required=True, metadata={"example": "货款 D7K2M9QX4RTBX"})
    amount_fen = Fen(required=True)
    open_fen = Fen(required=True)
    state = fields.String(required=True, metadata={"enum": list(RECEIPT_STATES)})
    parked_reason = fields.String(required=True, allow_none=True, metadata={"enum": [*PARKED, None]})
    parked_title = fields.Function(
        lambda row: PARKED.get(row.parked_reason or ""), metadata={"type": "string"}
    )
    aside_reason = fields.String(required=True, allow_none=True, metadata={"enum": [*ASIDE, None]})
    aside_fen = Fen(required=True)
    arrived_at = Instant(required=True)
    statement_id = fields.UUID(required=True, allow_none=True)
    row = fields.Integer(required=True, attribute="row_no", allow_none=True, metadata={"example": 17})


class SuggestionOut(Schema):
    """An order that a receipt may be for, with what speaks for it and against it."""

    order_number = fields.String(required=True)
    buyer_name = fields.String(required=True)
    due_fen = Fen(required=True)
    amount_fen = Fen(required=True)
    reasons = fields.List(fields.String(metadata={"enum": list(FOR)}), required=True)
    against = fields.List(fields.String(metadata={"enum": list(AGAINST)}), required=True)
    titles = fields.Function(
        lambda row: [FOR[code][0] for code in row.reasons] + [AGAINST[code] for code in row.against],
        metadata={"type": "array", "items": {"type": "string"}},
    )


class SuggestionListOut(Schema):
    """Best first."""

    items = fields.List(fields.Nested(SuggestionOut), required=True)


class AllocationIn(Schema):
    """So much for an order."""

    order_number = Line(40, required=True, metadata={"example": "D7K2M9QX4RTB"})
    amount_fen = Fen(minimum=1, required=True)


class ReasonIn(Schema):
    """Why."""

    reason = Line(200, required=True, metadata={"example": "认领到了错误的订单"})


class ExchangeIn(ReasonIn):
    """Which receipt stands in its place."""

    receipt_number = Line(40, required=True, metadata={"example": "K7K2M9QX4RTBD"})


class AsideIn(Schema):
    """Why it is none of ours."""

    reason = OneOf(tuple(ASIDE), required=True, metadata={"enum": list(ASIDE)})


class VoucherIn(Schema):
    """By what means it came, and its papers."""

    kind = OneOf(tuple(KIND_BY_CODE), required=True, metadata={"enum": list(KIND_BY_CODE)})
    voucher = VoucherField(load_default=dict)


class KeepIn(Schema):
    """For which buyer."""

    buyer_id = fields.UUID(required=True)
    amount_fen = Fen(minimum=1, required=True)


class BalanceArgs(PageArgs):
    """Filters of the list."""

    buyer_id = fields.UUID(load_default=None)


class BuyerBalanceOut(Schema):
    """What a buyer has with a seller."""

    number = fields.String(required=True, metadata={"example": "B7K2M9QX4RTBD"})
    buyer_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True, attribute="holder_id", allow_none=True)
    amount_fen = Fen(required=True)
    open_fen = Fen(required=True)
    state = fields.String(required=True, metadata={"enum": ["kept", "released"]})
    recorded_at = Instant(required=True)


class RepaymentIn(ReasonIn):
    """How much goes back."""

    amount_fen = Fen(minimum=1, required=True)


class RepaymentConfirmIn(Schema):
    """The bank's number of the outgoing transfer."""

    reference = fields.String(required=True, validate=REFERENCE, metadata={"example": "20201003-000007"})


class RepaymentArgs(PageArgs):
    """Filters of the list."""

    state = OneOf(REPAYMENT.states, load_default=None)


class RepaymentOut(Schema):
    """Money on its way back to who paid it, or back."""

    number = fields.String(required=True, metadata={"example": "G7K2M9QX4RTBD"})
    organisation_id = fields.UUID(required=True, attribute="holder_id", allow_none=True)
    amount_fen = Fen(required=True)
    reason = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": list(REPAYMENT.states)})
    reference = fields.String(required=True, allow_none=True)
    requested_at = Instant(required=True)
    decided_at = Instant(required=True, allow_none=True)


class PayerArgs(PageArgs):
    """Filters of the list."""

    buyer_id = fields.UUID(load_default=None)


class PayerIn(ReasonIn):
    """Under which other name a buyer's money comes."""

    buyer_id = fields.UUID(required=True)
    payer_name = Line(200, required=True, metadata={"example": "演示市财政国库支付中心"})


class PayerOut(Schema):
    """A declaration; it holds until it is ended."""

    id = fields.UUID(required=True)
    buyer_id = fields.UUID(required=True)
    payer_name = fields.String(required=True)
    reason = fields.String(required=True)
    declared_at = Instant(required=True)
    ended_at = Instant(required=True, allow_none=True)
