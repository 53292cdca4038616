"""Wire shapes of interest on late payment. Amounts are fen."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http.fields import Fen, Instant
from marketplace.payments.rules.interest import CLAIM
from marketplace.payments.schemas.receipts import REFERENCE


class InterestClaimOut(Schema):
    """A claim and what became of it."""

    number = fields.String(metadata={"example": "L7K2M9QX4RTB"})
    due_on = fields.Date(metadata={"description": "催告时的应付日"})
    until = fields.Date(metadata={"description": "利息计算至该日"})
    amount_fen = Fen()
    state = fields.String(metadata={"enum": list(CLAIM.states)})
    reference = fields.String(allow_none=True)
    claimed_at = Instant()
    settled_at = Instant(allow_none=True)


class InterestOut(Schema):
    """Interest of an order until today: accrued (also on what was paid late), claimed, still to claim."""

    order_number = fields.String(metadata={"example": "D7K2M9QX4RTB"})
    due_on = fields.Date(allow_none=True)
    until = fields.Date()
    accrued_fen = Fen()
    claimed_fen = Fen()
    claimable_fen = Fen()
    claims = fields.List(fields.Nested(InterestClaimOut))


class InterestReceivedIn(Schema):
    """The bank line by which it came."""

    reference = fields.String(
        required=True,
        validate=REFERENCE,
        metadata={"description": "银行流水号,同一笔只登记一次", "example": "20201130-000123"},
    )
