"""Wire shapes of the leader's page."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http.fields import AreaCode, OneOf, Period


class LeaderArgs(Schema):
    """Which month, area and side; as figures or as paper."""

    period = Period(required=True)
    area = AreaCode(required=True)
    view = OneOf(
        ("seller", "buyer"), load_default="seller", metadata={"description": "产地视角或采购地视角,不可相加"}
    )
    format = OneOf(("json", "pdf"), load_default="json")


class LeaderFigure(Schema):
    """A figure: fen, count or basis points; a word (—, 不可比, 未报) where there is none."""

    code = fields.String(required=True, metadata={"example": "amount"})
    title = fields.String(required=True, metadata={"example": "累计消费扶贫金额"})
    kind = fields.String(required=True, metadata={"example": "fen"})
    value = fields.Raw(required=True, allow_none=True)
    definition = fields.String(required=True)


class LeaderPart(Schema):
    """A part of the area; empty figures where it reported nothing or has no target."""

    area = fields.String(required=True, metadata={"example": "441400"})
    name = fields.String(required=True, metadata={"example": "梅州市"})
    amount_fen = fields.Integer(required=True, allow_none=True)
    rank = fields.Integer(required=True, allow_none=True)
    year_on_year = fields.Raw(required=True, allow_none=True)
    target_fen = fields.Integer(required=True, allow_none=True)
    completion_bp = fields.Integer(required=True, allow_none=True)
    lacking = fields.List(fields.String(), required=True)


class LeaderCoverage(Schema):
    """In how many of the parts there is at least one point in operation."""

    code = fields.String(required=True, metadata={"example": "counter"})
    title = fields.String(required=True, metadata={"example": "专柜"})
    covered = fields.Integer(required=True)
    areas = fields.Integer(required=True)


class LeaderReason(Schema):
    """Why a part lags."""

    code = fields.String(required=True, metadata={"example": "silent_month"})
    text = fields.String(required=True, metadata={"example": "本月未报"})


class LeaderLagging(Schema):
    """A part that lags."""

    area = fields.String(required=True)
    name = fields.String(required=True)
    reasons = fields.List(fields.Nested(LeaderReason), required=True)


class LeaderOut(Schema):
    """The page; `siblings` is how many areas the rank is among, empty for who does not see them."""

    period = fields.String(required=True)
    area = fields.String(required=True)
    view = fields.String(required=True)
    level = fields.String(required=True)
    figures = fields.List(fields.Nested(LeaderFigure), required=True)
    siblings = fields.Integer(required=True, allow_none=True)
    parts = fields.List(fields.Nested(LeaderPart), required=True)
    coverage = fields.List(fields.Nested(LeaderCoverage), required=True)
    lagging = fields.List(fields.Nested(LeaderLagging), required=True)
    basis = fields.String(required=True)
    position = fields.Integer(required=True)
    last_entry = fields.Integer(required=True)
