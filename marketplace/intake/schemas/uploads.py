"""Wire shapes of templates, files handed in by people, and what became of their rows."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http.fields import Fen, Line, OneOf
from marketplace.intake.schemas.batches import BatchReceiptOut

RECEIPT_FORMATS = ("csv", "xlsx")


class TemplateColumnOut(Schema):
    """A column of a shape."""

    name = fields.String()
    required = fields.Boolean()
    note = fields.String()
    example = fields.String()


class TemplateOut(Schema):
    """A shape of reporting that has a template."""

    code = fields.String(metadata={"example": "pos_hall"})
    title = fields.String()
    channel_kinds = fields.List(fields.String())
    columns = fields.List(fields.Nested(TemplateColumnOut))


class TemplateListOut(Schema):
    """Every shape."""

    items = fields.List(fields.Nested(TemplateOut))


class UploadFileIn(Schema):
    """The file; CSV or XLSX, at most 32 MB."""

    file = fields.Raw(
        required=True, metadata={"type": "string", "format": "binary", "description": "CSV 或 XLSX 文件"}
    )


class UploadFormIn(Schema):
    """For which channel, in which shape; `dry_run` keeps nothing and says what would become of each row."""

    channel = Line(40, required=True, metadata={"example": "GZ-H-0001"})
    adapter = Line(40, required=True, metadata={"example": "pos_hall"})
    dry_run = fields.Boolean(load_default=False)


class RowResultOut(Schema):
    """A row and what became of it."""

    row_no = fields.Integer(metadata={"description": "文件中的行号"})
    outcome = fields.String()
    outcome_title = fields.String()
    reason = fields.String(allow_none=True)
    reason_title = fields.String(allow_none=True)
    field = fields.String(allow_none=True)
    order_ref = fields.String(allow_none=True)
    line_ref = fields.String(allow_none=True)
    goods_name = fields.String(allow_none=True)
    amount_fen = Fen(allow_none=True)
    goods_class = fields.String(allow_none=True)
    goods_class_reason = fields.String(allow_none=True)
    counts = fields.Boolean(allow_none=True, metadata={"description": "是否已计入销售额"})


class UploadOut(Schema):
    """The batch that the file became; of a preview, its rows instead. `known`: these rows had been handed in before."""

    dry_run = fields.Boolean()
    known = fields.Boolean(metadata={"description": "同样的内容此前已上传,未重复入账"})
    batch = fields.Nested(BatchReceiptOut, allow_none=True)
    rows = fields.List(fields.Nested(RowResultOut))


class ReceiptArgs(Schema):
    """As what file."""

    format = OneOf(RECEIPT_FORMATS, load_default="xlsx")
