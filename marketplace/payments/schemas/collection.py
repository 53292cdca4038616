"""Wire shapes of supervised accounts, commission, and one payment for a checkout. Amounts are fen."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.core.http.fields import AreaCode, Day, Fen, Instant, Line, StrictInteger
from marketplace.payments.schemas.receipts import REFERENCE


class CheckoutReceiptIn(Schema):
    """One payment for the supervised orders of a checkout."""

    amount_fen = Fen(minimum=1, required=True)
    currency = fields.String(required=True, validate=validate.Length(equal=3), metadata={"example": "CNY"})
    reference = fields.String(required=True, validate=REFERENCE)
    payer_name = Line(200, required=True)
    paid_at = Instant(required=True)
    document_no = Line(100, load_default=None, metadata={"description": "监管协议文号,涉及多个账户时必填"})


class SupervisedIn(Schema):
    """A bank's supervised account, and for whom."""

    document_no = Line(100, required=True, metadata={"example": "监管〔2020〕1号"})
    bank_name = Line(100, required=True)
    account = Line(40, required=True, metadata={"example": "6222000011110128"})
    producer_organisation_id = fields.UUID(load_default=None)
    channel_id = fields.UUID(load_default=None)
    area_code = AreaCode(load_default=None, metadata={"description": "供应商产地", "example": "441400"})
    valid_from = Day(required=True)
    valid_to = Day(load_default=None, metadata={"description": "失效首日"})


class CommissionIn(Schema):
    """A commission, and on whose channels."""

    document_no = Line(100, required=True)
    commission_bp = StrictInteger(
        minimum=1, maximum=10_000, required=True, metadata={"description": "万分之一", "example": 100}
    )
    operator_id = fields.UUID(load_default=None)
    area_code = AreaCode(load_default=None, metadata={"description": "销售点所在地"})
    valid_from = Day(required=True)
    valid_to = Day(load_default=None)


class AgreementDecisionIn(Schema):
    """Yes or no."""

    approve = fields.Boolean(required=True)


class AgreementEndIn(Schema):
    """The first day on which it no longer holds."""

    valid_to = Day(required=True, metadata={"description": "失效首日,晚于今天"})


class CollectionOut(Schema):
    """Where an order's money goes: the supervised account in full, or nothing when its producer is paid directly."""

    mode = fields.String(metadata={"enum": ["direct", "supervised"]})
    document_no = fields.String(allow_none=True)
    bank_name = fields.String(allow_none=True)
    account = fields.String(allow_none=True)


class AgreementOut(Schema):
    """What both kinds of agreement have."""

    id = fields.UUID()
    document_no = fields.String()
    area_prefix = fields.String(allow_none=True)
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)
    state = fields.String(metadata={"enum": ["proposed", "approved", "refused"]})
    proposed_at = Instant()
    decided_at = Instant(allow_none=True)


class SupervisedOut(AgreementOut):
    """A supervised account; its number is shown by its last four digits."""

    bank_name = fields.String()
    account = fields.String(metadata={"example": "**** 0128"})
    producer_organisation_id = fields.UUID(allow_none=True)
    channel_id = fields.UUID(allow_none=True)


class CommissionOut(AgreementOut):
    """A commission."""

    commission_bp = fields.Integer()
    operator_id = fields.UUID(allow_none=True)
