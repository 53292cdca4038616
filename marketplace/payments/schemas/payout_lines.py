"""Wire shapes of statement lines that are about payouts. Amounts are fen."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Fen, Instant, Line, OneOf
from marketplace.payments.rules.payout_lines import PARKED
from marketplace.payments.service.payout_line_work import FOR

STATES = ("new", "parked", "settled", "other")


class PayoutLineArgs(PageArgs):
    """Filters of the list of lines."""

    state = OneOf(STATES, load_default=None)


class PayoutLineOut(Schema):
    """A line out of the supervised account, or of money that came back (`is_return`)."""

    id = fields.UUID()
    is_return = fields.Boolean()
    reference = fields.String(metadata={"example": "20201011-000007"})
    amount_fen = Fen()
    payee_name = fields.String()
    memo = fields.String(metadata={"example": "货款结算 K7K2M9QX4RTB1-1"})
    happened_at = Instant()
    state = fields.String(metadata={"enum": list(STATES)})
    parked_reason = fields.String(allow_none=True, metadata={"enum": [*PARKED, None]})
    parked_text = fields.String(allow_none=True)
    payout_number = fields.String(allow_none=True, metadata={"example": "K7K2M9QX4RTB1"})


class PayoutSuggestionOut(Schema):
    """A payout that a line may be about."""

    payout_number = fields.String()
    payee_name = fields.String()
    amount_fen = Fen()
    state = fields.String()
    reasons = fields.List(fields.String(), metadata={"example": list(FOR)})
    reason_texts = fields.Function(
        lambda one: [FOR[code][0] for code in one.reasons],
        metadata={"type": "array", "items": {"type": "string"}},
    )


class PayoutSuggestionsOut(Schema):
    """Best first."""

    items = fields.List(fields.Nested(PayoutSuggestionOut))


class PayoutLineMatchIn(Schema):
    """Which payout the line is about."""

    payout_number = Line(40, required=True)


class PayoutLineReversalIn(Schema):
    """Why it is taken back."""

    reason = Line(200, required=True)
