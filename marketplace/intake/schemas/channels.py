"""Wire shapes of a channel's keys and devices."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.core.http.fields import Instant, Line


class RetiredKeyOut(Schema):
    """A version of a channel's key."""

    version = fields.Integer()
    made_at = Instant()
    retired_at = Instant(allow_none=True)


class ChannelKeyOut(RetiredKeyOut):
    """A new version of a channel's key, with its secret."""

    secret = fields.String(metadata={"description": "十六进制,只显示这一次"})


class ChannelKeyListOut(Schema):
    """All versions of a channel's key, the newest first, without their secrets."""

    items = fields.List(fields.Nested(RetiredKeyOut))


class ReportingDeviceIn(Schema):
    """A device that will report."""

    code = Line(64, required=True, metadata={"example": "GZ0001"})
    adapter = fields.String(required=True, validate=validate.Length(1, 40), metadata={"example": "cabinet"})


class NewDeviceOut(Schema):
    """A device, and what came of it last."""

    code = fields.String()
    adapter = fields.String()
    registered_at = Instant()
    retired_at = Instant(allow_none=True)
    last_sequence = fields.Integer()
    last_seen_at = Instant(allow_none=True)


class ReportingDeviceOut(NewDeviceOut):
    """With the numbers of batches that have not come (at most 100)."""

    gaps = fields.List(fields.Integer(), metadata={"description": "尚未收到的批次序号"})


class ReportingDeviceListOut(Schema):
    """All devices of a channel."""

    items = fields.List(fields.Nested(ReportingDeviceOut))
