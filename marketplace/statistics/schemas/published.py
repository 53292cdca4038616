"""Wire shapes of published figures."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Day, Line


class PublishedArgs(PageArgs):
    """Of an area (code, or the published words), with words in the indicator, only those that are doubted."""

    area = Line(60, load_default=None, metadata={"example": "广西(粤桂协作)"})
    words = Line(60, load_default=None, metadata={"example": "就业"})
    flagged = fields.Boolean(load_default=False)


class PublishedFlagOut(Schema):
    """Why a row is doubted, or what must be known of it."""

    code = fields.String(required=True, metadata={"example": "share_wrong"})
    title = fields.String(required=True, metadata={"example": "占比或增幅与原文所列数字不符"})
    reason = fields.String(required=True, metadata={"example": "按原文数字应为30.14%,原文为31.09%"})


class PublishedValueOut(Schema):
    """One figure of a cell; money in fen, people and households apart."""

    unit = fields.String(required=True, metadata={"example": "fen"})
    amount = fields.Integer(required=True, metadata={"example": 2_300_000_000_000})
    upper = fields.Integer(required=True, allow_none=True)
    qualifier = fields.String(required=True, metadata={"example": "over"})
    words = fields.String(required=True, metadata={"example": "230多亿元"})


class PublishedFigureOut(Schema):
    """A published row as printed, what was read of it, and the doubts; it is never added to anything."""

    id = fields.UUID(required=True)
    row_no = fields.Integer(required=True, allow_none=True)
    area_words = fields.String(required=True)
    area_code = fields.String(required=True, allow_none=True)
    period_words = fields.String(required=True)
    from_day = Day(required=True, allow_none=True)
    to_day = Day(required=True, allow_none=True)
    indicator = fields.String(required=True)
    raw_text = fields.String(required=True)
    unit_words = fields.String(required=True)
    figures = fields.List(fields.Nested(PublishedValueOut), required=True)
    compared = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    source = fields.String(required=True)
    part_of_id = fields.UUID(required=True, allow_none=True)
    flags = fields.List(fields.Nested(PublishedFlagOut), required=True)
