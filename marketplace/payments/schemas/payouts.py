"""Wire shapes of payouts. Amounts are fen."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Fen, Instant, Line, OneOf
from marketplace.payments.rules.payout_layouts import LAYOUT_BY_CODE
from marketplace.payments.rules.settlement import PAYOUT
from marketplace.payments.schemas.receipts import REFERENCE


class PayoutListArgs(PageArgs):
    """Filters of the list of payouts."""

    state = OneOf(PAYOUT.states, load_default=None)


class PayoutOut(Schema):
    """Money of a run on its way to the producer."""

    number = fields.String(metadata={"example": "K7K2M9QX4RTB"})
    settlement_number = fields.String()
    producer_name = fields.String()
    amount_fen = Fen()
    state = fields.String(metadata={"enum": list(PAYOUT.states)})
    attempt = fields.Integer(metadata={"example": 1})
    sent_at = Instant(allow_none=True)
    reference = fields.String(allow_none=True)
    ended_at = Instant(allow_none=True)
    return_reason = fields.String(allow_none=True)


class PayoutFileIn(Schema):
    """Which payouts; without numbers all that are prepared."""

    numbers = fields.List(Line(40), load_default=None, validate=validate.Length(min=1, max=1_000))


class PayoutFileOut(Schema):
    """A list for the bank."""

    number = fields.String(metadata={"example": "KF7K2M9QX4RTB"})
    payouts = fields.Integer()
    amount_fen = Fen()
    made_at = Instant()
    without_account = fields.List(
        fields.String(), metadata={"description": "供应商没有银行账户、未列入清单的付款"}
    )


class PayoutFileArgs(Schema):
    """In which layout and format."""

    layout = OneOf(tuple(LAYOUT_BY_CODE), load_default="general")
    format = OneOf(("csv", "xlsx"), load_default="xlsx")


class PayoutConfirmIn(Schema):
    """What the bank's statement shows."""

    reference = fields.String(required=True, validate=REFERENCE, metadata={"example": "20201011-000007"})
    paid_at = Instant(required=True)


class PayoutReturnIn(Schema):
    """Why the bank sent it back."""

    reason = Line(200, required=True, metadata={"example": "账号户名不符"})
