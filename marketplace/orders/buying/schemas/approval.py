"""Rules of approval, purchase requests, decisions, stand-ins."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Fen, Instant, Line, OneOf, Prose, StrictInteger
from marketplace.orders.buying.rules.approval import (
    AGEING,
    MOST_STEPS,
    MOST_TIERS,
    REQUEST,
    STEP_ROLES,
)
from marketplace.orders.buying.schemas.places import AddressTermsIn
from marketplace.orders.schemas.requests import CheckoutLineIn
from marketplace.orders.service.basket import MOST_LINES


class ApprovalStepIn(Schema):
    """One step: a kind, and an account where one person is meant instead of everybody with its role."""

    kind = OneOf(tuple(STEP_ROLES), required=True, metadata={"example": "reviewer"})
    account_id = fields.UUID(load_default=None, allow_none=True)


class ApprovalTierIn(Schema):
    """The steps up to an amount; the last tier has no bound."""

    up_to_fen = Fen(minimum=1, load_default=None, allow_none=True)
    steps = fields.List(
        fields.Nested(ApprovalStepIn), required=True, validate=validate.Length(min=1, max=MOST_STEPS)
    )


class ApprovalRuleIn(Schema):
    """A rule for an organisation and everything below it."""

    organisation_id = fields.UUID(required=True)
    direct_up_to_fen = Fen(required=True, metadata={"description": "不超过此金额可直接下单,单位:分"})
    tiers = fields.List(
        fields.Nested(ApprovalTierIn), required=True, validate=validate.Length(min=1, max=MOST_TIERS)
    )
    lapse_days = StrictInteger(minimum=1, maximum=365, load_default=30, metadata={"example": 30})
    from_instant = Instant(load_default=None, allow_none=True)
    until_instant = Instant(load_default=None, allow_none=True)


class ApprovalRuleOut(Schema):
    """A rule with its time; `until_instant` empty while it has no end."""

    id = fields.UUID()
    organisation_id = fields.UUID()
    direct_up_to_fen = Fen()
    tiers = fields.List(fields.Nested(ApprovalTierIn))
    lapse_days = fields.Integer()
    from_instant = Instant(attribute="valid.lower")
    until_instant = Instant(attribute="valid.upper", allow_none=True)
    made_at = Instant()


class ApprovalRuleArgs(PageArgs):
    """Filter of the rules."""

    organisation_id = fields.UUID(load_default=None)


class PurchaseRequestIn(AddressTermsIn):
    """A basket for approval: lines written out, or the ticked ones of the cart with the sum that was seen."""

    lines = fields.List(
        fields.Nested(CheckoutLineIn),
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1, max=MOST_LINES),
    )
    cart_total_fen = Fen(minimum=1, load_default=None, allow_none=True)
    note = Prose(500, load_default=None, allow_none=True, metadata={"example": "食堂十月采购"})


class PurchaseResubmissionIn(Schema):
    """The lines of a new round, at the prices of now."""

    lines = fields.List(
        fields.Nested(CheckoutLineIn), required=True, validate=validate.Length(min=1, max=MOST_LINES)
    )
    note = Prose(500, load_default=None, allow_none=True)


class PurchaseDecisionIn(Schema):
    """A decision on the step that was seen."""

    round = StrictInteger(minimum=0, maximum=10_000, required=True, metadata={"example": 0})
    step = StrictInteger(minimum=0, maximum=MOST_STEPS, required=True, metadata={"example": 0})
    approve = fields.Boolean(required=True, truthy={True}, falsy={False})
    opinion = Line(500, load_default=None, allow_none=True, metadata={"example": "同意"})


class PurchaseBatchItemIn(Schema):
    """A request with the step that was seen."""

    number = fields.String(required=True, validate=validate.Length(max=20))
    round = StrictInteger(minimum=0, maximum=10_000, required=True, metadata={"example": 0})
    step = StrictInteger(minimum=0, maximum=MOST_STEPS, required=True, metadata={"example": 0})


class PurchaseBatchIn(Schema):
    """Requests to approve, each on its own."""

    items = fields.List(
        fields.Nested(PurchaseBatchItemIn), required=True, validate=validate.Length(min=1, max=100)
    )
    opinion = Line(500, load_default=None, allow_none=True, metadata={"example": "同意"})


class PurchaseBatchResultOut(Schema):
    """What became of one request of a batch."""

    number = fields.String()
    done = fields.Boolean()
    state = fields.String(allow_none=True)
    code = fields.String(allow_none=True, metadata={"description": "未办理的原因代码"})
    detail = fields.String(allow_none=True)


class PurchaseBatchOut(Schema):
    """Results in the order of the items."""

    items = fields.List(fields.Nested(PurchaseBatchResultOut))


class PurchaseLineOut(Schema):
    """A line as it was frozen."""

    listing_id = fields.UUID()
    producer_id = fields.UUID()
    producer_name = fields.String()
    product_name = fields.String()
    spec = fields.String()
    unit = fields.String()
    category_code = fields.String()
    goods_class = fields.String()
    quantity = fields.Integer()
    unit_price_fen = Fen()
    amount_fen = Fen()


class PurchaseDecisionOut(Schema):
    """What was decided on a step."""

    round = fields.Integer()
    step = fields.Integer()
    kind = fields.String(metadata={"enum": list(STEP_ROLES)})
    decision = fields.String(metadata={"enum": ["approved", "returned"]})
    opinion = fields.String(allow_none=True)
    by_account = fields.UUID()
    for_account = fields.UUID(allow_none=True)
    at = Instant()


class PurchaseRequestRowOut(Schema):
    """A request in a list."""

    number = fields.String()
    state = fields.String(metadata={"enum": list(REQUEST.states)})
    buyer_id = fields.UUID()
    total_fen = Fen()
    round = fields.Integer()
    step = fields.Integer()
    step_count = fields.Integer()
    waiting_for = fields.String(allow_none=True, metadata={"enum": [*STEP_ROLES, None]})
    waits_since = Instant()
    ageing = fields.String(metadata={"enum": list(AGEING)})
    lapses_at = Instant()
    asked_by = fields.UUID()
    asked_at = Instant()
    checkout_number = fields.String(allow_none=True)


class PurchaseRequestOut(PurchaseRequestRowOut):
    """A request with its lines, terms, steps and decisions."""

    lines = fields.List(fields.Nested(PurchaseLineOut))
    terms = fields.Dict()
    steps = fields.List(fields.Nested(ApprovalStepIn))
    note = fields.String(allow_none=True)
    warnings = fields.List(fields.Dict())
    sent_back = fields.Dict(metadata={"description": "退回原因:code 及所涉商品、现价"})
    decisions = fields.List(fields.Nested(PurchaseDecisionOut))


class PurchaseRequestArgs(PageArgs):
    """Filters: a state, one's own, or those that wait for oneself."""

    state = OneOf(REQUEST.states, load_default=None)
    mine = OneOf(("asked", "to_decide"), load_default=None)


class ApprovalDelegationIn(Schema):
    """Who decides in one's place, from when until when."""

    to_account_id = fields.UUID(required=True)
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    reason = Line(200, required=True, metadata={"example": "出差"})


class ApprovalDelegationOut(Schema):
    """A delegation."""

    id = fields.UUID()
    from_account = fields.UUID()
    to_account = fields.UUID()
    starts_at = Instant()
    ends_at = Instant()
    reason = fields.String()
    revoked_at = Instant(allow_none=True)
