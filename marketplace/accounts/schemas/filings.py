"""Reserve filings."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.accounts.codes import (
    CANTEEN_KINDS,
)
from marketplace.core.http.fields import BasisPoints, Fen, Line, OneOf, StrictInteger
from marketplace.core.http.paging import PageArgs


class FilingIn(Schema):
    """A reserve filing of a budget unit for a year."""

    organisation_id = fields.UUID(required=True)
    year = StrictInteger(minimum=2019, maximum=2100, required=True, metadata={"example": 2020})
    canteen_kind = OneOf(tuple(CANTEEN_KINDS), required=True, metadata={"example": "own"})
    canteen_total_fen = Fen(
        required=True, metadata={"description": "年度食堂食材采购总额(分)", "example": 123456789}
    )
    reserve_bp = BasisPoints(required=True, metadata={"description": "预留比例(万分之一)", "example": 3000})
    represented_by = fields.UUID(load_default=None, allow_none=True)
    contact = Line(
        100, load_default=None, allow_none=True, metadata={"description": "联系人", "example": "张三"}
    )
    phone = Line(
        40,
        load_default=None,
        allow_none=True,
        metadata={"description": "联系电话", "example": "0753-2200000"},
    )


class FilingOut(Schema):
    """A version of a filing."""

    id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    year = fields.Integer(required=True)
    version = fields.Integer(required=True)
    canteen_kind = fields.String(required=True)
    represented_by = fields.UUID(required=True, allow_none=True)
    canteen_total_fen = fields.Integer(required=True)
    reserve_bp = fields.Integer(required=True)
    reserve_fen = fields.Integer(required=True, metadata={"example": 37037037})
    state = fields.String(required=True)
    filed_at = fields.AwareDateTime(required=True)
    reviewed_at = fields.AwareDateTime(required=True, allow_none=True)
    opinion = fields.String(required=True, allow_none=True)
    contact = fields.String(
        required=True, allow_none=True, metadata={"description": "联系人(脱敏)", "example": "张*"}
    )
    phone = fields.String(
        required=True, allow_none=True, metadata={"description": "联系电话(脱敏)", "example": "075****0000"}
    )
    is_late = fields.Boolean(required=True, metadata={"description": "晚于填报截止日"})
    must_open_contractor_account = fields.Boolean(
        required=True, metadata={"description": "外包食堂:应为承包单位开通交易权限"}
    )


class FilingQuery(PageArgs):
    """Filters of the list of filings."""

    organisation_id = fields.UUID(load_default=None)
    year = StrictInteger(minimum=2019, maximum=2100, load_default=None)
    state = OneOf(("filed", "accepted", "returned"), load_default=None)
