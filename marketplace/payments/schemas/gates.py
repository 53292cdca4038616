"""Wire shapes of what a payment may wait for."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.payments.rules.gates import GATES


class GateOut(Schema):
    """验货 or 验票: whether it is done, and whether the contract lets the payment wait for it."""

    code = fields.String(metadata={"enum": list(GATES)})
    title = fields.String(metadata={"example": "验票"})
    is_passed = fields.Boolean()
    may_delay = fields.Boolean()


class GatesOut(Schema):
    """What the payment of an order may wait for."""

    order_number = fields.String()
    gates = fields.List(fields.Nested(GateOut))
    waited_for = fields.List(fields.String(metadata={"enum": list(GATES)}))
