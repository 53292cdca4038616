"""Wire shapes of freight and contracts."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.core.http.fields import Fen, Instant, Line, OneOf, Prose, StrictInteger
from marketplace.orders.rules import CONTRACT, SIDES, SIGNATURE, SIGNATURE_FORMS
from marketplace.orders.terms import LONGEST_INSPECTION_DAYS


class FreightIn(Schema):
    """The freight of the whole order, with the tax in it."""

    freight_fen = Fen(required=True, metadata={"description": "运费(含税),单位:分", "example": 1500})


class ContractIn(Schema):
    """What is agreed; without days the law's 30 from delivery. `reason` is needed for a supplement to a signed contract."""

    contract_days = StrictInteger(
        minimum=0,
        maximum=3650,
        load_default=None,
        allow_none=True,
        metadata={"description": "付款天数;公共采购人对中小供应商以60日为限", "example": 45},
    )
    inspection_days = StrictInteger(
        minimum=0,
        maximum=LONGEST_INSPECTION_DAYS,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "以验收合格为付款条件时的验收期限(自送达起的天数);不填则自送达起算",
            "example": 7,
        },
    )
    clauses = fields.List(
        Line(300), load_default=list, validate=validate.Length(max=20), metadata={"example": ["分两批送达"]}
    )
    reason = Line(200, load_default=None, allow_none=True, metadata={"description": "补充协议的原因"})


class VoidIn(Schema):
    """Why it is called off."""

    reason = Line(200, required=True, metadata={"example": "数量有误"})


class SignatureIn(Schema):
    """A side's signature: a file of its own organisation, uploaded before."""

    side = OneOf(tuple(SIDES), required=True, metadata={"example": "seller"})
    form = OneOf(tuple(SIGNATURE_FORMS), required=True, metadata={"example": "stamped_scan"})
    file_id = fields.UUID(required=True)
    signer = Line(
        100,
        required=True,
        metadata={"description": "印章或证书的名称", "example": "白沙演示种养专业合作社(公章)"},
    )


class SignatureCheckIn(Schema):
    """What who looked at it says; an opinion is needed to refuse."""

    approve = fields.Boolean(required=True, truthy={True}, falsy={False}, metadata={"example": True})
    opinion = Prose(500, load_default=None, allow_none=True, metadata={"example": "印章与单位名称一致"})


class SignatureOut(Schema):
    """A signature, who checked it being somebody else than who brought it."""

    id = fields.UUID()
    side = fields.String(metadata={"enum": list(SIDES)})
    form = fields.String(metadata={"enum": list(SIGNATURE_FORMS)})
    state = fields.String(metadata={"enum": list(SIGNATURE.states)})
    signer = fields.String()
    file_sha256 = fields.Function(lambda row: row.file_sha256.hex(), metadata={"type": "string"})
    is_our_paper = fields.Boolean(
        allow_none=True,
        metadata={"description": "签名文件是否以本合同原文件为底(仅CA签名的PDF可知)"},
    )
    uploaded_at = Instant()
    checked_at = Instant(allow_none=True)
    checked_by = fields.UUID(allow_none=True, metadata={"description": "核对账号"})
    opinion = fields.String(allow_none=True)


class ContractOut(Schema):
    """A contract or a supplement, how far it is signed, and the hash of its paper."""

    number = fields.String(metadata={"example": "H7K2M9QX4RTB"})
    order_number = fields.String(metadata={"example": "D7K2M9QX4RTB"})
    kind = fields.String(metadata={"enum": ["contract", "supplement"]})
    state = fields.String(metadata={"enum": list(CONTRACT.states)})
    contract_days = fields.Integer(allow_none=True)
    inspection_days = fields.Integer(allow_none=True)
    total_fen = Fen()
    freight_fen = Fen()
    content_sha256 = fields.String()
    document_sha256 = fields.String(allow_none=True)
    drafted_at = Instant()
    sent_at = Instant(allow_none=True)
    signed_at = Instant(allow_none=True)
    voided_at = Instant(allow_none=True)
    void_reason = fields.String(allow_none=True)
    signatures = fields.List(fields.Nested(SignatureOut))


class ContractListOut(Schema):
    """The contracts of one order, void ones too, oldest first."""

    items = fields.List(fields.Nested(ContractOut))
