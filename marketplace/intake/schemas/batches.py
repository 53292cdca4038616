"""Wire shapes of batches and their rows."""

from __future__ import annotations

from marshmallow import EXCLUDE, RAISE, Schema, fields, validate

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Fen, Instant, Line, OneOf
from marketplace.intake.rules.manifests import FORMATS, MOST_ROWS

OUTCOMES = ("duplicate", "corrected", "quarantined", "passed_over")
STATES = ("received", "done", "refused")


class ManifestIn(Schema):
    """What goes before the rows: who sends them, which batch of the device it is, what it must come to."""

    class Meta:
        unknown = RAISE

    channel = Line(40, required=True, metadata={"example": "GZ-C-0001"})
    device = Line(64, required=True, metadata={"example": "GZ0001"})
    sequence = fields.Integer(required=True, strict=True, validate=validate.Range(1, 10**12))
    format = OneOf(FORMATS, required=True)
    rows = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_ROWS))
    sha256 = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}\Z"))
    total_fen = Fen(required=True, metadata={"description": "各销售行金额合计,单位:分"})


class SignedHeaders(Schema):
    """The manifest as base64 of JSON, and the signature of who sent it."""

    class Meta:
        unknown = EXCLUDE  # a request has other headers

    manifest = fields.String(
        required=True,
        data_key="X-Batch-Manifest",
        validate=validate.Length(1, 4_000),
        metadata={"description": "清单(JSON)的 base64"},
    )
    signature = fields.String(
        required=True,
        data_key="X-Batch-Signature",
        validate=validate.Length(1, 100),
        metadata={"description": "k=密钥版本,s=HMAC-SHA-256(十六进制)", "example": "k=1,s=" + "0" * 64},
    )


class BatchReceiptOut(Schema):
    """What became of a batch. Sent again, a batch is answered with its receipt as it stands."""

    number = fields.String(metadata={"example": "B7K2M9QX4RTB"})
    sequence = fields.Integer()
    state = OneOf(STATES)
    refusal = fields.String(allow_none=True, metadata={"description": "整批未收的原因代码"})
    row_count = fields.Integer()
    accepted = fields.Integer()
    duplicate = fields.Integer()
    corrected = fields.Integer()
    quarantined = fields.Integer()
    passed_over = fields.Integer(metadata={"description": "尚未付款或已取消的订单行"})
    received_at = Instant()
    done_at = Instant(allow_none=True)


class BatchProgressOut(BatchReceiptOut):
    """With its place in the queue."""

    ahead = fields.Integer(metadata={"description": "本渠道在此批之前尚未处理的批次数"})


class BatchListArgs(PageArgs):
    """Of one channel, in one state."""

    channel = Line(40, required=True)
    state = OneOf(STATES, load_default=None)


class RowListArgs(PageArgs):
    """With one outcome; `open` keeps those that people must still look at."""

    outcome = OneOf(OUTCOMES, load_default=None)
    open = fields.Boolean(load_default=False)


class RowOut(Schema):
    """A row that was not simply accepted."""

    id = fields.UUID()
    row_no = fields.Integer()
    attempt = fields.Integer()
    outcome = OneOf(OUTCOMES)
    reason = fields.String(allow_none=True)
    reason_title = fields.String(allow_none=True)
    field = fields.String(allow_none=True)
    order_ref = fields.String(allow_none=True)
    record = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True), allow_none=True)
    settled_at = Instant(allow_none=True)
    settled_how = fields.String(allow_none=True)
    opinion = fields.String(allow_none=True)


class MendIn(Schema):
    """Columns put right, and why; without any the row is looked at again as it is."""

    changes = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 60)),
        values=fields.String(validate=validate.Length(0, 200)),
        required=True,
        validate=validate.Length(max=40),
    )
    opinion = Line(200, required=True)


class DropIn(Schema):
    """Why the row is none of ours."""

    opinion = Line(200, required=True)
