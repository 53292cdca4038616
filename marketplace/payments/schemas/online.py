"""Wire shapes of payments online, of the producers' accounts with the gateway, and of its messages. Amounts are fen."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Fen, Instant, OneOf
from marketplace.payments.rules.online import ATTEMPT, FLOWS, METHODS

_EVENT_STATES = ("applied", "ignored", "parked", "refused")


class OnlinePaymentIn(Schema):
    """How the buyer pays. The amount is what is due, never the buyer's to say."""

    method = OneOf(tuple(METHODS), required=True, metadata={"example": "card"})
    flow = OneOf(tuple(FLOWS), load_default="page", metadata={"example": "page"})


class OnlinePaymentOut(Schema):
    """A payment online as it stands. `page_url` is the gateway's own page, while it waits for the buyer there."""

    number = fields.String(metadata={"example": "Z7K2M9QX4RTB"})
    order_number = fields.String(metadata={"example": "D7K2M9QX4RTB"})
    method = fields.String(metadata={"enum": list(METHODS)})
    flow = fields.String(metadata={"enum": list(FLOWS)})
    amount_fen = Fen()
    currency = fields.String(metadata={"example": "CNY"})
    state = fields.String(metadata={"enum": list(ATTEMPT.states)})
    taken_as = fields.String(allow_none=True, metadata={"enum": ["payment", "surplus", "mismatch"]})
    captured_fen = Fen()
    given_back_fen = Fen()
    page_url = fields.String(allow_none=True, metadata={"example": "https://checkout.example/c/pay/cs_1"})
    last_error = fields.String(allow_none=True, metadata={"example": "card_declined"})
    requested_at = Instant()
    settled_at = Instant(allow_none=True)


class OnlinePaymentsOut(Schema):
    """Several payments online."""

    items = fields.List(fields.Nested(OnlinePaymentOut))


class NextStepOut(OnlinePaymentOut):
    """What the buyer does next: open `page_url`, or confirm in the browser with the client secret on the producer's account."""

    client_secret = fields.String(allow_none=True, metadata={"example": "pi_1_secret_2"})
    publishable_key = fields.String(allow_none=True, metadata={"example": "pk_test_1"})
    account = fields.String(metadata={"example": "acct_1"})


class GatewayAccountIn(Schema):
    """A producer's own account with the gateway."""

    organisation_id = fields.UUID(required=True)
    account = fields.String(
        required=True, validate=validate.Length(max=80), metadata={"example": "acct_1MZqYc2eZvKYlo2C"}
    )


class GatewayAccountDecisionIn(Schema):
    """Whether the account is put in force."""

    approve = fields.Boolean(required=True, truthy={True}, falsy={False})


class GatewayAccountOut(Schema):
    """An account and where it stands."""

    id = fields.UUID()
    gateway = fields.String(metadata={"example": "stripe"})
    organisation_id = fields.UUID()
    account = fields.String(metadata={"example": "acct_1MZqYc2eZvKYlo2C"})
    state = fields.String(metadata={"enum": ["proposed", "active", "ended"]})
    proposed_at = Instant()
    decided_at = Instant(allow_none=True)


class GatewayEventArgs(PageArgs):
    """Filters of the gateway's messages."""

    state = OneOf(_EVENT_STATES, load_default=None)


class GatewayEventOut(Schema):
    """A message of the gateway and what became of it; `waiting_seconds` is how long a parked one has been waiting."""

    event_id = fields.String(metadata={"example": "evt_1"})
    kind = fields.String(metadata={"example": "payment_intent.succeeded"})
    account = fields.String(allow_none=True, metadata={"example": "acct_1"})
    state = fields.String(metadata={"enum": list(_EVENT_STATES)})
    reason = fields.String(allow_none=True, metadata={"example": "unknown_object"})
    created_at = Instant()
    received_at = Instant()
    tries = fields.Integer(metadata={"example": 0})
    waiting_seconds = fields.Integer(allow_none=True, metadata={"example": 12})


class ReceivedOut(Schema):
    """What became of a message: the same for one that came before."""

    state = fields.String(metadata={"enum": [*_EVENT_STATES, "known"]})
