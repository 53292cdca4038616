"""Organisations, places in the tree, bank accounts."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.accounts.codes import (
    FISCAL_TIERS,
    ORGANISATION_KINDS,
    SECTORS,
    SIZE_CLASSES,
)
from marketplace.core.http.fields import AreaCode, Day, Line, OneOf
from marketplace.core.http.paging import PageArgs


class OrganisationIn(Schema):
    """An organisation to register."""

    kind = OneOf(tuple(ORGANISATION_KINDS), required=True, metadata={"example": "budget_unit"})
    name = Line(200, required=True, metadata={"example": "广州市演示中学"})
    area_code = AreaCode(required=True)
    uscc = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=40),
        metadata={"example": "91110000600037341L"},
    )
    fiscal_area = AreaCode(load_default=None, allow_none=True)
    fiscal_tier = OneOf(
        tuple(FISCAL_TIERS), load_default=None, allow_none=True, metadata={"example": "city_level"}
    )
    sector = OneOf(tuple(SECTORS), load_default=None, allow_none=True, metadata={"example": "education"})
    size_class = OneOf(tuple(SIZE_CLASSES), load_default=None, allow_none=True, metadata={"example": "small"})


class OrganisationPatch(Schema):
    """The fields to change; those left out stay."""

    name = Line(200)
    area_code = AreaCode()
    uscc = fields.String(validate=validate.Length(max=40))
    fiscal_area = AreaCode()
    fiscal_tier = OneOf(tuple(FISCAL_TIERS))
    sector = OneOf(tuple(SECTORS), allow_none=True)
    size_class = OneOf(tuple(SIZE_CLASSES), allow_none=True)


class OrganisationOut(Schema):
    """An organisation."""

    id = fields.UUID(required=True)
    organisation_no = fields.Integer(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    uscc = fields.String(required=True, allow_none=True)
    area_code = fields.String(required=True)
    fiscal_area = fields.String(required=True, allow_none=True)
    fiscal_tier = fields.String(required=True, allow_none=True)
    sector = fields.String(required=True, allow_none=True)
    size_class = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    is_demo = fields.Boolean(required=True, metadata={"description": "演示数据"})


class OrganisationQuery(PageArgs):
    """Filters of the list of organisations."""

    kind = OneOf(tuple(ORGANISATION_KINDS), load_default=None)
    area = AreaCode(load_default=None)
    uscc = fields.String(load_default=None, validate=validate.Length(max=40))
    named = Line(
        100, load_default=None, allow_none=True, metadata={"description": "名称中的文字", "example": "中学"}
    )


class ClosingReasonIn(Schema):
    """Why."""

    reason = Line(500, required=True, metadata={"example": "机构改革,并入市教育局"})


class TreePlaceIn(Schema):
    """A place in the tree from a day on."""

    parent_id = fields.UUID(required=True, allow_none=True)
    from_day = Day(required=True, metadata={"example": "2020-10-01"})
    reason = Line(500, required=True, metadata={"example": "机构改革"})


class TreePlaceOut(Schema):
    """A version of a place; `until` is the first day on which it no longer holds."""

    parent_id = fields.UUID(required=True, allow_none=True)
    path = fields.String(required=True, metadata={"example": "1.7.42"})
    since = fields.Function(
        lambda place: place.valid.lower.isoformat(), metadata={"type": "string", "format": "date"}
    )
    until = fields.Function(
        lambda place: place.valid.upper.isoformat() if place.valid.upper else None,
        metadata={"type": ["string", "null"], "format": "date"},
    )
    reason = fields.String(required=True)


class TreePlaceListOut(Schema):
    """All versions of a place, oldest first."""

    items = fields.List(fields.Nested(TreePlaceOut), required=True)


class BankChangeIn(Schema):
    """A bank account to change to, once a second person approves."""

    bank_name = Line(100, required=True, metadata={"example": "演示银行梅县支行"})
    bank_account = fields.String(
        required=True,
        load_only=True,
        validate=validate.Length(min=1, max=60),
        metadata={"example": "6222020200110128"},
    )
    reason = Line(500, required=True, metadata={"example": "开户行变更"})


class BankAccountOut(Schema):
    """The bank account of an organisation, masked."""

    bank_name = fields.String(required=True, allow_none=True)
    bank_account = fields.String(required=True, allow_none=True, metadata={"example": "**** 0128"})
