"""Certificates, what happens to them, and the public catalogue."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.certification.rules.standing import SUSPENSION_CAUSES
from marketplace.certification.schemas.common import FREE, SCHEMES, numbers_field
from marketplace.core.http import PageArgs, page_schema
from marketplace.core.http.fields import AreaCode, Day, Instant, Line, OneOf, StrictInteger


class CertificateIssueIn(Schema):
    """Certificates to be issued as one catalogue batch."""

    numbers = numbers_field()
    batch = StrictInteger(
        minimum=1, maximum=99, required=True, metadata={"description": "批次", "example": 3}
    )
    opinion = Line(2000, required=True, metadata={"example": "同意签发"})
    valid_from = Day(load_default=None, allow_none=True)


class CertificateOut(Schema):
    """A catalogue entry as anybody may see it."""

    id = fields.UUID()
    catalogue_no = fields.String(metadata={"example": "450922-2020-03-0017"})
    scheme = fields.String()
    scheme_title = fields.String()
    batch = fields.String(metadata={"example": "2020-03"})
    product_id = fields.UUID()
    product_name = fields.String()
    spec = fields.String()
    producer_name = fields.String()
    area_code = AreaCode()
    area_name = fields.String()
    valid_from = Day()
    valid_to = Day(metadata={"description": "最后有效日(含)"})
    standing = fields.String(metadata={"example": "active"})
    standing_title = fields.String(metadata={"example": "有效"})
    renewal_due = fields.Boolean()
    revocation_cause = fields.String(allow_none=True)
    households_helped = fields.String(
        allow_none=True, metadata={"description": "不足3户显示为少于3户", "example": "226"}
    )
    persons_helped = fields.Integer(allow_none=True)
    commodity_value_fen = fields.Integer(allow_none=True, metadata={"description": "商品价值量,单位:分"})
    statement = fields.String(metadata=FREE)


class CertificatesOut(Schema):
    """Certificates of a batch."""

    items = fields.List(fields.Nested(CertificateOut))


class CertificateListArgs(PageArgs):
    """Filters of the public catalogue."""

    scheme = OneOf(SCHEMES, load_default=None)
    area_code = AreaCode(load_default=None)
    product_id = fields.UUID(load_default=None)
    only_active = fields.Boolean(load_default=True, metadata={"description": "只列当前有效的"})


class CertificateEventOut(Schema):
    """One line of a certificate's history."""

    kind = fields.String(metadata={"example": "issued"})
    at = Instant()
    effective_from = Instant()
    cause = fields.String(allow_none=True)
    document_no = fields.String(allow_none=True)
    actor_id = fields.UUID(allow_none=True)


class CertificateEventsOut(Schema):
    """A certificate's history, oldest first."""

    items = fields.List(fields.Nested(CertificateEventOut))


class CertificateSuspensionIn(Schema):
    """Why a certificate is suspended."""

    cause = OneOf(tuple(SUSPENSION_CAUSES), required=True, metadata={"example": "quality_check"})
    document_no = Line(80, load_default=None, allow_none=True)


class CertificateReinstatementIn(Schema):
    """By which document a suspension ends."""

    document_no = Line(80, load_default=None, allow_none=True)


class CertificatePage(page_schema(CertificateOut)):  # type: ignore[misc]
    """A page of the catalogue."""

    statement = fields.String(metadata=FREE)
