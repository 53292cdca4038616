"""Applications, decisions about them, and the schemes they are made under."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.certification.rules.facts_of import DOCUMENTS
from marketplace.certification.rules.schemes import STATE_TITLES
from marketplace.certification.schemas.common import FREE, SCHEMES, numbers_field
from marketplace.certification.service.applications import KINDS
from marketplace.certification.service.decisions import VERDICTS
from marketplace.core.http import PageArgs, page_schema
from marketplace.core.http.fields import AreaCode, Day, Instant, Line, OneOf


class ApplicationDocumentIn(Schema):
    """A paper of the application."""

    code = OneOf(tuple(DOCUMENTS), required=True, metadata={"example": "benefit_evidence"})
    file_id = fields.UUID(required=True)


class ApplicationDeclarationIn(Schema):
    """What the applicant declares. Names and kinds of facts: docs/rules.md, GET /certification/schemes."""

    facts = fields.Dict(
        keys=fields.String(validate=validate.Length(max=60)),
        values=fields.Raw(allow_none=True),
        required=True,
        validate=validate.Length(max=60),
        metadata={
            "description": "申报项:人数、户数为整数,亩和公斤为小数字符串,金额为分",
            "example": {
                "legal_person": True,
                "workers_registered": 30,
                "workers_total": 400,
                "land_total_mu": "49.9",
            },
        },
    )
    documents = fields.List(
        fields.Nested(ApplicationDocumentIn), load_default=list, validate=validate.Length(max=60)
    )


class ApplicationIn(ApplicationDeclarationIn):
    """A new draft."""

    scheme = OneOf(SCHEMES, required=True, metadata={"description": "认定名录", "example": "provincial"})
    kind = OneOf(tuple(KINDS), load_default="new", metadata={"description": "申报类型", "example": "new"})
    product_id = fields.UUID(required=True)
    certificate_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "续期或变更的证书"}
    )


class ApplicationStepOut(Schema):
    """One line of the history: who, when, what opinion, over which evidence."""

    round = fields.Integer()
    from_state = fields.String()
    to_state = fields.String()
    title = fields.Function(lambda step: STATE_TITLES[step.to_state])
    opinion = fields.String(allow_none=True)
    actor_id = fields.UUID(allow_none=True)
    evidence_sha256 = fields.Function(lambda step: step.evidence_hash.hex() if step.evidence_hash else None)
    at = Instant()


class StepDueOut(Schema):
    """The step that is due, and whose it is."""

    state = fields.String(metadata={"example": "county_decided"})
    title = fields.String(metadata={"example": "县级认定"})
    kind = fields.String()
    level = fields.String()
    permission = fields.String()


class ApplicationOut(Schema):
    """An application."""

    number = fields.String(metadata={"example": "A7K2M9QX4RTB3"})
    scheme = fields.String()
    scheme_title = fields.String(metadata={"example": "省级扶贫产品"})
    kind = fields.String()
    state = fields.String(metadata={"example": "in_public_notice"})
    state_title = fields.String(metadata={"example": "公示中"})
    area_code = AreaCode()
    product_id = fields.UUID()
    producer_id = fields.UUID()
    certificate_id = fields.UUID(allow_none=True, metadata={"description": "续期或变更的证书"})
    round = fields.Integer()
    returned_from = fields.String(allow_none=True)
    due = fields.Nested(StepDueOut, allow_none=True)
    due_on = Day(allow_none=True)
    submitted_at = Instant(allow_none=True)
    created_at = Instant()
    row_version = fields.Integer()
    statement = fields.String(metadata=FREE)


class ApplicationDetailOut(ApplicationOut):
    """An application with what was declared, what the rules said, and its history."""

    facts = fields.Dict()
    documents = fields.List(fields.Dict())
    rule_sets = fields.List(fields.String())
    evaluation = fields.Dict(allow_none=True)
    steps = fields.List(fields.Nested(ApplicationStepOut))
    notice_numbers = fields.List(fields.String())
    issued_certificate_id = fields.UUID(allow_none=True)


class ApplicationListArgs(PageArgs):
    """Filters of the list of applications."""

    state = OneOf(tuple(STATE_TITLES), load_default=None)
    scheme = OneOf(SCHEMES, load_default=None)
    area_code = AreaCode(load_default=None)
    product_id = fields.UUID(load_default=None)


class ApplicationWithdrawalIn(Schema):
    """Why the applicant withdraws."""

    reason = Line(500, required=True, metadata={"example": "今年不再供货"})


class ApplicationDecisionIn(Schema):
    """The opinion of the office whose turn it is."""

    verdict = OneOf(
        tuple(VERDICTS), required=True, metadata={"description": "通过/退回/不予认定", "example": "pass"}
    )
    opinion = Line(2000, required=True, metadata={"example": "材料齐全,同意"})


class BatchDecisionIn(ApplicationDecisionIn):
    """One opinion on many applications; all or none."""

    numbers = numbers_field()


class ApplicationsOut(Schema):
    """Applications after a batch."""

    items = fields.List(fields.Nested(ApplicationOut))


class SchemeOut(Schema):
    """A scheme with its chain and the rules in force where and when asked."""

    code = fields.String()
    title = fields.String()
    counts_as_aid = fields.String()
    validity_months = fields.Integer()
    places = fields.List(fields.String())
    applicant_kinds = fields.List(fields.String())
    steps = fields.List(fields.Nested(StepDueOut))
    rule_sets = fields.List(fields.Dict())


class SchemesOut(Schema):
    """All schemes."""

    items = fields.List(fields.Nested(SchemeOut))
    statement = fields.String(metadata=FREE)


class SchemeArgs(Schema):
    """Where and on which day the rules are asked for."""

    area_code = AreaCode(load_default="", metadata={"example": "450922"})
    on = Day(load_default=None)


class ApplicationPage(page_schema(ApplicationOut)):  # type: ignore[misc]
    """A page of applications."""

    statement = fields.String(metadata=FREE)
