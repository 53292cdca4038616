"""Exports."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.accounts.service.exports.taking import STATES
from marketplace.core.http.fields import AreaCode, Line, OneOf, StrictInteger


class ExportIn(Schema):
    """An export to ask for."""

    kind = fields.String(
        required=True, validate=validate.Length(min=1, max=60), metadata={"example": "organisations"}
    )
    area_code = AreaCode(required=True)
    format = OneOf(
        ("xlsx", "csv", "json", "parquet"),
        load_default=None,
        allow_none=True,
        metadata={"description": "文件格式;不填为该导出的第一种", "example": "xlsx"},
    )
    parameters = fields.Dict(
        keys=fields.String(validate=validate.Length(min=1, max=40)),
        values=Line(4_000),
        load_default=dict,
        validate=validate.Length(max=60),
        metadata={
            "description": "某些导出须指明的参数:主体和月份,或统计查询、报表的查询参数",
            "example": {},
        },
    )
    reason = Line(500, required=True, metadata={"example": "省厅年度核查"})


class ExportOut(Schema):
    """An export: where it stands, how far its run has come, and its file. What needs a second person has its approval's id."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"example": "organisations"})
    title = fields.String(required=True, metadata={"example": "单位名录"})
    format = fields.String(required=True, attribute="file_format", metadata={"example": "xlsx"})
    area_code = fields.String(required=True, metadata={"example": "441403"})
    parameters = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    reason = fields.String(required=True)
    asked_at = fields.AwareDateTime(required=True)
    approval_id = fields.UUID(required=True, allow_none=True)
    state = OneOf(tuple(STATES), required=True, metadata={"example": "writing"})
    state_title = fields.String(required=True, metadata={"example": "生成中"})
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    rows_done = StrictInteger(required=True, metadata={"example": 120_000})
    rows_total = StrictInteger(required=True, allow_none=True, metadata={"example": 400_000})
    refused = fields.String(required=True, allow_none=True, metadata={"description": "未能生成的原因代码"})
    rows = StrictInteger(required=True, allow_none=True)
    size_bytes = StrictInteger(required=True, allow_none=True)
    sha256 = fields.String(required=True, allow_none=True)
    made_at = fields.AwareDateTime(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    is_once = fields.Boolean(required=True, metadata={"description": "只交付一次"})
    link = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "可下载时的链接,到期失效", "example": None},
    )
