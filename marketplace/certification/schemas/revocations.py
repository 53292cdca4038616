"""Proposals to revoke a certificate, and decisions on them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.certification.rules.standing import REVOCATION_CAUSES
from marketplace.certification.service.revocation import STATES, VERDICTS
from marketplace.core.http import PageArgs, page_schema
from marketplace.core.http.fields import AreaCode, Day, Instant, Line, OneOf


class RevocationProposalIn(Schema):
    """Why, on which evidence, and for fraud from which day a certificate should be revoked."""

    cause = OneOf(tuple(REVOCATION_CAUSES), required=True, metadata={"example": "origin_fraud"})
    grounds = Line(
        2000, required=True, metadata={"description": "事实和理由", "example": "抽查发现外地产品冒充"}
    )
    evidence = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "本人上传的证据文件;追溯撤销必附"},
    )
    void_from = Day(load_default=None, allow_none=True, metadata={"description": "追溯日期,仅限弄虚作假"})


class RevocationDecisionIn(Schema):
    """The second person's decision."""

    verdict = OneOf(tuple(VERDICTS), required=True, metadata={"example": "approve"})
    opinion = Line(2000, required=True, metadata={"example": "证据属实,同意撤销"})
    document_no = Line(80, load_default=None, allow_none=True, metadata={"description": "文号"})


class EvidenceOut(Schema):
    """A file that was put forward as evidence, and its hash then."""

    file_id = fields.UUID()
    sha256 = fields.String()


class RevocationProposalOut(Schema):
    """A proposal with what became of it."""

    number = fields.String(metadata={"example": "R7K2M9QX4RTB3"})
    certificate_id = fields.UUID()
    catalogue_no = fields.String(metadata={"example": "450922-2020-03-0017"})
    scheme = fields.String()
    area_code = AreaCode()
    cause = fields.String(metadata={"example": "origin_fraud"})
    cause_title = fields.String(metadata={"example": "外地产品冒充"})
    void_from = Day(allow_none=True)
    grounds = fields.String()
    evidence = fields.List(fields.Nested(EvidenceOut))
    state = fields.String(metadata={"example": "open"})
    state_title = fields.String(metadata={"example": "待审核"})
    proposed_by = fields.UUID(allow_none=True)
    proposed_at = Instant()
    opinion = fields.String(allow_none=True)
    document_no = fields.String(allow_none=True)
    decided_by = fields.UUID(allow_none=True)
    decided_at = Instant(allow_none=True)


class RevocationProposalListArgs(PageArgs):
    """Filters of the list of proposals."""

    state = OneOf(tuple(STATES), load_default=None)
    certificate_id = fields.UUID(load_default=None)


RevocationProposalPage = page_schema(RevocationProposalOut)
