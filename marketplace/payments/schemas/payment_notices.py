"""Wire shapes of payment notices. Amounts are fen."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http.fields import Fen, OneOf


class NoticeArgs(Schema):
    """In which form."""

    format = OneOf(("json", "pdf"), load_default="json", metadata={"enum": ["json", "pdf"]})


class NoticePartOut(Schema):
    """An order on the slip."""

    order_number = fields.String(required=True)
    total_fen = Fen(required=True)
    due_fen = Fen(required=True)
    due_on = fields.Date(required=True, allow_none=True)


class SlipOut(Schema):
    """What one payee is to get."""

    payee_name = fields.String(required=True)
    bank_name = fields.String(required=True)
    bank_account = fields.String(required=True, metadata={"example": "6222000000000128"})
    amount_fen = Fen(required=True)
    amount_in_words = fields.String(required=True, metadata={"example": "人民币玖拾捌元整"})
    is_supervised = fields.Boolean(required=True)
    parts = fields.List(fields.Nested(NoticePartOut), required=True)
    qr_text = fields.String(required=True)
    qr_svg = fields.String(required=True, metadata={"description": "二维码(SVG)"})


class PaymentNoticeOut(Schema):
    """付款通知: write `code` into the memo, and nothing else."""

    code = fields.String(required=True, metadata={"example": "D7K2M9QX4RTBX"})
    buyer_name = fields.String(required=True)
    issued_on = fields.Date(required=True)
    slips = fields.List(fields.Nested(SlipOut), required=True)
