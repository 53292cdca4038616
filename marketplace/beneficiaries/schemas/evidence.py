"""Activity and payment lists on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from marketplace.beneficiaries.rules import PAYMENT_KINDS
from marketplace.beneficiaries.service import NewPaymentList
from marketplace.core.http.fields import Day, Fen, Line, OneOf, Period, StrictInteger

MAX_ROWS = 100_000


class ActivityIn(Schema):
    """A month's activity; the keys are those of the mode (GET /linkage-modes)."""

    period = Period(required=True)
    activity = fields.Dict(
        keys=fields.String(),
        values=StrictInteger(minimum=0),
        required=True,
        validate=validate.Length(min=1, max=10),
        metadata={"example": {"work_days_milli": 22000}},
    )


class ActivityOut(ActivityIn):
    """A month's activity as it now holds."""

    version = fields.Integer(required=True)


class PaymentRowIn(Schema):
    """What a household got."""

    household_no = StrictInteger(minimum=1, required=True, metadata={"example": 1})
    amount_fen = Fen(minimum=1, required=True)


class BenefitListIn(Schema):
    """A payment list."""

    kind = OneOf(tuple(PAYMENT_KINDS), required=True, metadata={"example": "dividends"})
    paid_on = Day(required=True, metadata={"example": "2020-09-10"})
    document_no = Line(100, required=True, metadata={"example": "分红表2020-1"})
    evidence_file_id = fields.UUID(load_default=None, allow_none=True)
    rows = fields.List(
        fields.Nested(PaymentRowIn), required=True, validate=validate.Length(min=1, max=MAX_ROWS)
    )

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> NewPaymentList:
        rows = [(row["household_no"], row["amount_fen"]) for row in data.pop("rows")]
        return NewPaymentList(rows=rows, **data)


class BenefitFileIn(Schema):
    """The list itself."""

    file = fields.Raw(
        required=True, metadata={"type": "string", "format": "binary", "description": "CSV 或 XLSX 文件"}
    )


class BenefitFormIn(Schema):
    """What the list is."""

    kind = OneOf(tuple(PAYMENT_KINDS), required=True, metadata={"example": "dividends"})
    paid_on = Day(required=True, metadata={"example": "2020-09-10"})
    document_no = Line(100, required=True, metadata={"example": "分红表2020-1"})


class BenefitListOut(Schema):
    """A payment list: its total and how many households, never its rows."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    kind_title = fields.Function(lambda row: PAYMENT_KINDS[row.kind])
    period = fields.String(required=True)
    paid_on = fields.Date(required=True)
    total_fen = fields.Integer(required=True)
    households = fields.Integer(required=True)
    document_no = fields.String(required=True)
    evidence_file_id = fields.UUID(required=True, allow_none=True)
