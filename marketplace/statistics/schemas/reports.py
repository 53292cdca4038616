"""Wire shapes of reports, publication and reconciliation."""

from __future__ import annotations

from marshmallow import Schema, fields
from marshmallow.validate import Regexp

from marketplace.core.http.fields import AreaCode, OneOf, Period
from marketplace.statistics.schemas.questions import FORMATS


class ReportItem(Schema):
    """A report in the list."""

    code = fields.String(required=True, metadata={"example": "R1"})
    title = fields.String(required=True, metadata={"example": "消费扶贫统计月报"})


class ReportList(Schema):
    """All reports."""

    items = fields.List(fields.Nested(ReportItem), required=True)


class ReportArgs(Schema):
    """Which month, area, side and format."""

    period = Period(required=True)
    area = AreaCode(load_default="000000")
    view = OneOf(
        ("seller", "buyer"), load_default="seller", metadata={"description": "产地视角或采购地视角,不可相加"}
    )
    level = OneOf(("province", "city", "county"), load_default="city")
    format = OneOf(FORMATS, load_default="json")


class ReportColumn(Schema):
    """A column; kind fen is shown as 万元, bp as percent."""

    code = fields.String(required=True, metadata={"example": "sales"})
    title = fields.String(required=True, metadata={"example": "本月销售额"})
    kind = fields.String(required=True, metadata={"example": "fen"})
    under = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "正式表格中合并表头的名称", "example": "本月"},
    )


class FormOut(Schema):
    """What the official form carries; empty where this installation says nothing (内部管理台账)."""

    form_no = fields.String(required=True, metadata={"description": "表号", "example": "粤帮扶统1表"})
    issued_by = fields.String(required=True, metadata={"description": "制表机关", "example": ""})
    approved_by = fields.String(required=True, metadata={"description": "批准(备案)机关", "example": ""})
    document_no = fields.String(required=True, metadata={"description": "文号", "example": ""})
    valid_until = fields.String(required=True, metadata={"description": "有效期限", "example": ""})
    reporting_unit = fields.String(required=True, metadata={"description": "填报单位(章)", "example": ""})
    unit_head = fields.String(required=True, metadata={"description": "单位负责人", "example": ""})
    statistics_head = fields.String(required=True, metadata={"description": "统计负责人", "example": ""})
    filled_by = fields.String(required=True, metadata={"description": "填表人", "example": ""})
    reported_on = fields.String(required=True, metadata={"description": "报出日期", "example": ""})


class ReportOut(Schema):
    """A report as exact figures: fen, counts, basis points; a text where there is no figure."""

    code = fields.String(required=True)
    title = fields.String(required=True)
    form = fields.Nested(FormOut, required=True)
    period = fields.String(required=True)
    area = fields.String(required=True)
    view = fields.String(required=True)
    columns = fields.List(fields.Nested(ReportColumn), required=True)
    rows = fields.List(fields.List(fields.Raw(allow_none=True)), required=True)
    total = fields.List(fields.Raw(allow_none=True), allow_none=True, required=True)
    more_totals = fields.List(fields.List(fields.Raw(allow_none=True)), required=True)
    notes = fields.List(fields.String(), required=True)
    position = fields.Integer(required=True)
    last_entry = fields.Integer(required=True)


class ReconciliationLine(Schema):
    """A label and its amount in fen."""

    title_zh = fields.String(required=True, data_key="title", metadata={"example": "账本分录"})
    amount_fen = fields.Integer(required=True)
    is_part = fields.Boolean(required=True)


class ReconciliationOut(Schema):
    """Totals that must be equal, the parts of the statements' side, the bridge from money to sales."""

    foots = fields.Boolean(required=True)
    totals = fields.List(fields.Nested(ReconciliationLine), required=True)
    parts = fields.List(fields.Nested(ReconciliationLine), required=True)
    bridge = fields.List(fields.Nested(ReconciliationLine), required=True)


class PublicArgs(Schema):
    """Which closed month, of which province."""

    period = Period(required=True)
    area = AreaCode(load_default="440000", validate=Regexp(r"^[0-9]{2}0000\Z", error="公开统计只到省"))
    format = OneOf(("json", "csv", "parquet"), load_default="json")


class PublicRowOut(Schema):
    """An area's published figures (fen); heads are empty where withheld (少于3户)."""

    area = fields.String(required=True, metadata={"example": "4414"})
    title = fields.String(required=True, metadata={"example": "梅州市"})
    sales_fen = fields.Integer(required=True)
    aid_sales_fen = fields.Integer(required=True)
    consumption_aid_fen = fields.Integer(required=True)
    households = fields.Integer(allow_none=True, required=True)
    persons = fields.Integer(allow_none=True, required=True)


class PublicOut(Schema):
    """A published month; `digest` is the one frozen when it closed."""

    period = fields.String(required=True)
    area = fields.String(required=True)
    rows = fields.List(fields.Nested(PublicRowOut), required=True)
    total = fields.Nested(PublicRowOut, required=True)
    digest = fields.String(required=True)
