"""Wire shapes of the aid share: set shares, the meter of a month, alarms."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.catalogue.channels import CHANNEL_KINDS
from marketplace.core.http import PageArgs
from marketplace.core.http.fields import AreaCode, Instant, Line, OneOf, Period, StrictInteger
from marketplace.statistics.aid_share.rules import OCCASIONS

_KINDS = tuple(kind.code for kind in CHANNEL_KINDS)


class SetShareIn(Schema):
    """A share to set; null ends the setting."""

    channel_kind = OneOf(_KINDS, required=True)
    area_code = AreaCode(required=True)
    from_period = Period(required=True)
    share_bp = StrictInteger(minimum=1, maximum=10_000, required=True, allow_none=True)
    alarm_day = StrictInteger(minimum=1, maximum=28, load_default=20, metadata={"description": "当月预警日"})
    document_no = Line(60, load_default=None, allow_none=True)


class SetShareOut(Schema):
    """A set share."""

    channel_kind = fields.String()
    area_code = fields.String()
    from_on = fields.Date()
    share_bp = fields.Integer(allow_none=True)
    alarm_day = fields.Integer()
    document_no = fields.String(allow_none=True)
    made_at = Instant()


class SetShareList(Schema):
    """All set shares."""

    items = fields.List(fields.Nested(SetShareOut))


class AidShareArgs(Schema):
    """Of a month, in an area, of a kind."""

    period = Period(required=True)
    area = AreaCode(load_default=None)
    channel_kind = OneOf(_KINDS, load_default=None)


class AidShareFileArgs(AidShareArgs):
    """The same as a file."""

    format = OneOf(("csv", "xlsx"), load_default="csv")


class AidShareChannelOut(Schema):
    """A point of sale's month (fen, basis points)."""

    channel = fields.String()
    channel_name = fields.String()
    channel_kind = fields.String()
    area_code = fields.String()
    operator_id = fields.UUID(allow_none=True)
    operator_name = fields.String(allow_none=True)
    sales_fen = fields.Integer()
    aid_fen = fields.Integer()
    share_bp = fields.Integer(allow_none=True)
    wanted_bp = fields.Integer(allow_none=True)
    is_below = fields.Boolean()


class AidShareOperatorOut(Schema):
    """An operator's month over its points of sale; `below` of them miss their set share."""

    operator_id = fields.UUID(allow_none=True)
    operator_name = fields.String(allow_none=True)
    channels = fields.Integer()
    below = fields.Integer()
    sales_fen = fields.Integer()
    aid_fen = fields.Integer()
    share_bp = fields.Integer(allow_none=True)


class AidShareOut(Schema):
    """The meter of a month, with the position of the ledger that it was read at."""

    period = fields.String()
    position = fields.Integer()
    sales_fen = fields.Integer()
    aid_fen = fields.Integer()
    share_bp = fields.Integer(allow_none=True)
    channels = fields.List(fields.Nested(AidShareChannelOut))
    operators = fields.List(fields.Nested(AidShareOperatorOut))


class AidShareAlarmArgs(PageArgs):
    """Of a month, in an area."""

    period = Period(load_default=None)
    area = AreaCode(load_default=None)


class AidShareAlarmOut(Schema):
    """A point of sale that stood below its set share, with the figures of then (fen, basis points)."""

    channel = fields.String()
    channel_name = fields.String()
    area_code = fields.String()
    period = fields.String()
    occasion = OneOf(tuple(OCCASIONS))
    sales_fen = fields.Integer()
    aid_fen = fields.Integer()
    share_bp = fields.Integer()
    wanted_bp = fields.Integer()
    raised_at = Instant()
