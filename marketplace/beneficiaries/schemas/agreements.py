"""Agreements on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from marketplace.beneficiaries.linkage import LINKAGE_MODES, linkage_mode
from marketplace.beneficiaries.rules import LINKED_BASES, SHARE_UNITS, VERSION_TITLES
from marketplace.beneficiaries.service import Coverage, NewVersion
from marketplace.core.http.fields import (
    AreaCode,
    BasisPoints,
    Day,
    Line,
    OneOf,
    StrictInteger,
)
from marketplace.core.http.paging import PageArgs

MODES = tuple(mode.code for mode in LINKAGE_MODES)
MAX_ROSTER = 100_000


class AgreementIn(Schema):
    """An agreement to open."""

    producer_id = fields.UUID(required=True)
    mode = OneOf(MODES, required=True, metadata={"example": "sales_rebate"})
    title = Line(200, required=True, metadata={"example": "金柚销售返利协议"})
    area_code = AreaCode(required=True, metadata={"description": "审定的县(市、区)", "example": "441403"})
    collective_id = fields.UUID(load_default=None, allow_none=True)
    is_demo = fields.Boolean(load_default=False, metadata={"description": "演示数据"})


class AgreementOut(Schema):
    """An agreement."""

    number = fields.String(required=True)
    agreement_no = fields.Integer(required=True)
    producer_id = fields.UUID(required=True)
    mode = fields.String(required=True)
    mode_title = fields.Function(lambda row: linkage_mode(row.mode).title_zh)
    title = fields.String(required=True)
    area_code = fields.String(required=True)
    collective_id = fields.UUID(required=True, allow_none=True)
    is_demo = fields.Boolean(required=True)


class AgreementListArgs(PageArgs):
    """Filters of the list."""

    area = AreaCode(load_default=None)
    producer_id = fields.UUID(load_default=None)
    mode = OneOf(MODES, load_default=None)
    state = OneOf(
        tuple(VERSION_TITLES),
        load_default=None,
        metadata={"description": "有该状态的版本", "example": "submitted"},
    )


class CoverageIn(Schema):
    """A product covered; without `linked_bp` the mode's default weight, where it has one."""

    product_id = fields.UUID(required=True)
    linked_bp = BasisPoints(load_default=None, allow_none=True)
    basis = OneOf(tuple(LINKED_BASES), load_default="default", metadata={"example": "raw_material"})
    evidence = Line(500, load_default="", shortest=0, metadata={"example": "收购台账2020年第3页"})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Coverage:
        return Coverage(**data)


class RosterPartIn(Schema):
    """A household and its parts."""

    household_no = StrictInteger(minimum=1, required=True, metadata={"example": 1})
    parts = StrictInteger(
        minimum=1, maximum=10**12, required=True, metadata={"description": "份额", "example": 1}
    )


class VersionIn(Schema):
    """Everything a version says. `terms` are those of the agreement's mode (GET /linkage-modes)."""

    terms = fields.Dict(keys=fields.String(), required=True, metadata={"example": {"rebate_bp": 1000}})
    from_day = Day(required=True, metadata={"example": "2020-09-01"})
    to_day = Day(load_default=None, allow_none=True, metadata={"description": "终止日(不含)"})
    products = fields.List(fields.Nested(CoverageIn), required=True, validate=validate.Length(max=1_000))
    roster = fields.List(
        fields.Nested(RosterPartIn),
        required=True,
        validate=validate.Length(max=MAX_ROSTER),
        metadata={"description": "整份花名册;有 roster_of 时为新加入的户和份额有变的户"},
    )
    roster_of = StrictInteger(
        minimum=1,
        load_default=None,
        allow_none=True,
        metadata={"description": "沿用本协议哪一版的花名册", "example": None},
    )
    left = fields.List(
        StrictInteger(minimum=1),
        load_default=list,
        validate=validate.Length(max=MAX_ROSTER),
        metadata={"description": "退出的户编号,与 roster_of 同时填写", "example": []},
    )
    share_unit = OneOf(SHARE_UNITS, load_default="户")
    village_bp = BasisPoints(load_default=0)
    document_no = Line(100, load_default=None, allow_none=True)
    evidence_file_id = fields.UUID(load_default=None, allow_none=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> NewVersion:
        roster = [(row["household_no"], row["parts"]) for row in data.pop("roster")]
        return NewVersion(roster=roster, **data)


class CoverageOut(Schema):
    """A product covered."""

    product_id = fields.UUID(required=True)
    linked_bp = fields.Integer(required=True)
    basis = fields.String(required=True)
    basis_title = fields.Function(lambda row: LINKED_BASES[row.basis])
    evidence = fields.String(required=True)


class VersionOut(Schema):
    """A version: its formula in words, its roster only as a number of households."""

    version = fields.Integer(required=True)
    version_no = fields.Integer(required=True)
    state = fields.String(required=True)
    from_day = fields.Date(attribute="valid.lower", required=True)
    to_day = fields.Date(attribute="valid.upper", required=True, allow_none=True)
    terms = fields.Dict(required=True)
    formula = fields.Function(lambda row: linkage_mode(row.mode).explain(row.terms))
    share_unit = fields.String(required=True)
    shares_total = fields.Integer(required=True)
    households = fields.Integer(required=True)
    village_bp = fields.Integer(required=True)
    document_no = fields.String(required=True, allow_none=True)
    opinion = fields.String(required=True, allow_none=True)


class VersionViewOut(Schema):
    """A version with its products."""

    version = fields.Nested(VersionOut, required=True)
    products = fields.List(fields.Nested(CoverageOut), required=True)


class AgreementViewOut(Schema):
    """An agreement with its versions, newest first."""

    agreement = fields.Nested(AgreementOut, required=True)
    versions = fields.List(fields.Nested(VersionViewOut), required=True)


class RefusalIn(Schema):
    """Why a version is refused."""

    opinion = Line(500, required=True, metadata={"example": "联结份额佐证不足"})


class ApprovalIn(RefusalIn):
    """On what paper a version is approved."""

    document_no = Line(100, required=True, metadata={"example": "梅县扶〔2020〕9号"})


class EndIn(Schema):
    """When a version ends early, and on what paper. `to_day` is exclusive."""

    to_day = Day(required=True, metadata={"example": "2020-12-01"})
    document_no = Line(100, required=True, metadata={"example": "终止协议1号"})


class ActivityFieldOut(Schema):
    """A monthly total that a mode needs."""

    key = fields.String(required=True)
    title_zh = fields.String(required=True)
    unit = fields.String(required=True)


class ModeOut(Schema):
    """A linkage mode."""

    code = fields.String(required=True)
    title_zh = fields.String(required=True)
    title_en = fields.String(required=True)
    income_group = fields.String(required=True)
    basis = fields.String(required=True)
    default_linked_bp = fields.Integer(required=True, allow_none=True)
    example_terms = fields.Dict(required=True)
    example_formula = fields.Function(lambda mode: mode.explain(mode.example_terms))
    activity = fields.List(fields.Nested(ActivityFieldOut), required=True)


class ModesOut(Schema):
    """All linkage modes."""

    items = fields.List(fields.Nested(ModeOut), required=True)
