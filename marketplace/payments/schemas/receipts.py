"""Wire shapes of money received. Amounts are fen."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import AreaCode, Fen, Instant, Line, OneOf
from marketplace.payments.rules.kinds import KIND_BY_CODE

REFERENCE = validate.Regexp(r"^[!-~]{1,64}\Z", error="应为 1–64 个可见 ASCII 字符")


class VoucherField(fields.Dict):
    """The papers of a means of payment: at most 20 short texts; which ones is the kind's to say."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "metadata",
            {
                "description": "凭证项:公务卡 authorisation_no、voucher_no …;国库集中支付 voucher_no、unit_code …",
                "example": {"authorisation_no": "A1B2C3", "voucher_no": "000128"},
            },
        )
        super().__init__(
            keys=fields.String(validate=validate.Length(max=40)),
            values=Line(60),
            validate=validate.Length(max=20),
            **kwargs,
        )


class TransferIn(Schema):
    """Money that arrived for an order: by transfer, by official card, or from the treasury."""

    order_number = Line(40, required=True, metadata={"example": "D7K2M9QX4RTB"})
    amount_fen = Fen(minimum=1, required=True)
    currency = fields.String(required=True, validate=validate.Length(equal=3), metadata={"example": "CNY"})
    reference = fields.String(
        required=True,
        validate=REFERENCE,
        metadata={"description": "银行流水号,同一笔只登记一次", "example": "20200930-000123"},
    )
    payer_name = Line(200, required=True, metadata={"example": "演示预算单位"})
    paid_at = Instant(
        required=True, metadata={"description": "到账时间", "example": "2020-09-30T10:00:00+08:00"}
    )
    kind = OneOf(tuple(KIND_BY_CODE), load_default="bank_transfer", metadata={"enum": list(KIND_BY_CODE)})
    voucher = VoucherField(load_default=dict)


class PaymentOut(Schema):
    """A payment as it was recorded."""

    id = fields.UUID()
    method = fields.String(metadata={"example": "bank_transfer"})
    reference = fields.String()
    payer_name = fields.String()
    amount_fen = Fen()
    currency = fields.String(metadata={"example": "CNY"})
    state = fields.String(metadata={"enum": ["recorded", "reversed"]})
    paid_at = Instant()
    recorded_at = Instant()
    reversed_at = Instant(allow_none=True)
    reversal_reason = fields.String(allow_none=True)


class PaymentListOut(Schema):
    """The payments of one order."""

    items = fields.List(fields.Nested(PaymentOut))


class OverdueArgs(PageArgs):
    """Of buyers of which area."""

    area = AreaCode(load_default=None)


class OverdueOut(Schema):
    """An overdue order: what is open, since when, and the interest to date (0.05 % a day)."""

    order_number = fields.String(required=True, metadata={"example": "D7K2M9QX4RTB"})
    buyer_name = fields.String(required=True)
    buyer_area = fields.String(required=True)
    producer_name = fields.String(required=True)
    delivered_on = fields.Date(required=True, allow_none=True)
    due_on = fields.Date(required=True)
    days_overdue = fields.Integer(required=True, metadata={"example": 10})
    open_fen = Fen(required=True)
    interest_fen = Fen(required=True, metadata={"description": "法定逾期利息,单位:分", "example": 49})
