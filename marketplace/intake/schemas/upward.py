"""Wire shapes of lower instances: who they are, and what a source is told of what is held here."""

from __future__ import annotations

from marshmallow import EXCLUDE, RAISE, Schema, fields, validate

from marketplace.core.http.fields import Instant, Line, Period, StrictInteger
from marketplace.intake.rules.upward_totals import KEYS, SUMS

_PUBLIC_KEY = {"description": "Ed25519 公钥,十六进制", "example": "ab" * 32}


class UpwardSourceIn(Schema):
    """A source to register, with the channel that brings it."""

    channel = Line(32, required=True, metadata={"description": "渠道编号;没有则开设", "example": "MZ-2020"})
    name = Line(100, required=True, metadata={"example": "梅州市消费帮扶平台"})
    source = Line(
        30, required=True, metadata={"description": "上报方代码,以行政区划代码开头", "example": "441400"}
    )
    public_key = Line(64, shortest=64, required=True, metadata=_PUBLIC_KEY)


class SignerIn(Schema):
    """Another key that seals months."""

    public_key = Line(64, shortest=64, required=True, metadata=_PUBLIC_KEY)


class SourceRetirementIn(Schema):
    """Why nothing of a source counts any more."""

    reason = Line(200, required=True, metadata={"example": "下级数据库自旧备份恢复,改由 441400-2 上报"})


class UpwardSourceOut(Schema):
    """A source and how far its chain is held."""

    source = fields.String(metadata={"example": "441400"})
    area_code = fields.String()
    channel = fields.String(metadata={"example": "MZ-2020"})
    position = fields.Integer(metadata={"description": "已收到的最后一笔"})
    public_keys = fields.List(fields.String())
    registered_at = Instant()
    retired_at = Instant(allow_none=True)


class UpwardSourceListOut(Schema):
    """All sources in one's area."""

    items = fields.List(fields.Nested(UpwardSourceOut))


class QuestionHeaders(Schema):
    """A question of a source, as base64 of JSON, with the signature of its channel's key over that JSON."""

    class Meta:
        unknown = EXCLUDE  # a request has other headers

    question = fields.String(
        required=True,
        data_key="X-Upward-Question",
        validate=validate.Length(1, 1_000),
        metadata={"description": "提问(JSON)的 base64"},
    )
    signature = fields.String(
        required=True,
        data_key="X-Upward-Signature",
        validate=validate.Length(1, 100),
        metadata={"description": "k=密钥版本,s=HMAC-SHA-256(十六进制)", "example": "k=1,s=" + "0" * 64},
    )


class UpwardQuestionIn(Schema):
    """Who asks, when, and about which month."""

    class Meta:
        unknown = RAISE

    channel = Line(40, required=True)
    source = Line(30, required=True)
    at = Instant(required=True)
    period = Period(load_default=None, allow_none=True)


class SealedMonthOut(Schema):
    """A sealed month that is held."""

    period = fields.String()
    version = fields.Integer()
    digest = fields.String()


class UpwardStandingOut(Schema):
    """How far a source's chain is held here."""

    source = fields.String()
    position = fields.Integer()
    hash = fields.String()
    last_sequence = fields.Integer(metadata={"description": "该上报方最后一批的序号"})
    last_state = fields.String(allow_none=True)
    last_refusal = fields.String(allow_none=True)
    waiting = fields.Integer(metadata={"description": "已收到而尚未处理的批次数"})
    sealed = fields.List(fields.Nested(SealedMonthOut))


CellOut = Schema.from_dict(
    {
        **{name: fields.String(allow_none=True) for name in KEYS},
        **{name: fields.Integer() for name in SUMS},
    },
    name="UpwardCellOut",
)


class UpwardDifferenceOut(Schema):
    """One thing in which two sides differ; ours is who answers, theirs the other."""

    what = fields.String(metadata={"enum": ["cell", "missing", "head", "unsealed", "version", "unasked"]})
    said = fields.String()
    key = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True), allow_none=True)
    from_position = fields.Integer(allow_none=True)
    to_position = fields.Integer(allow_none=True)
    ours_fen = StrictInteger(allow_none=True)
    theirs_fen = StrictInteger(allow_none=True)
    ours_entries = fields.Integer(allow_none=True)
    theirs_entries = fields.Integer(allow_none=True)


class UpwardHoldingOut(Schema):
    """What is held of a source's month: cells of the entries, the sealed version, and in what the two differ."""

    source = fields.String()
    period = fields.String()
    state = fields.String(metadata={"enum": ["monitoring", "sealed", "differs"]})
    position = fields.Integer()
    hash = fields.String()
    version = fields.Integer(allow_none=True)
    digest = fields.String(allow_none=True)
    daily = fields.List(fields.Nested(CellOut))
    differences = fields.List(fields.Nested(UpwardDifferenceOut))
