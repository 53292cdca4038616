"""Wire shapes of statistics."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import Regexp

from marketplace.core.http.fields import AreaCode, Day, Fen, Line, OneOf, Period, StrictInteger
from marketplace.statistics.dimensions import DIMENSIONS, LEVELS, Dimension

FORMATS = ("json", "csv", "xlsx")


class _Question(Schema):
    measures = Line(
        500,
        load_default="sales,aid_sales",
        metadata={"description": "指标,逗号分隔", "example": "sales,aid_sales,orders"},
    )
    by = Line(
        100, load_default=None, metadata={"description": "维度,逗号分隔,至多三个", "example": "period,origin"}
    )
    level = OneOf(tuple(LEVELS), load_default="city", metadata={"description": "区划维度的层级"})
    view = OneOf(
        ("seller", "buyer"), load_default="seller", metadata={"description": "产地视角或采购地视角,不可相加"}
    )
    area = AreaCode(load_default=None)
    from_period = Period(load_default=None, data_key="from")
    to_period = Period(load_default=None, data_key="to")
    on = Day(load_default=None, metadata={"description": "农户统计日", "example": "2020-12-31"})
    format = OneOf(FORMATS, load_default="json")


def _filter(one: Dimension) -> fields.Field[Any]:
    described: dict[str, Any] = {"load_default": None, "metadata": {"description": f"筛选:{one.title_zh}"}}
    if one.is_area:
        return AreaCode(**described)
    return Period(**described) if one.code.endswith("period") else Line(60, **described)


# Every dimension is a filter of the same name; `period` filters one month.
StatisticsArgs = _Question.from_dict({one.code: _filter(one) for one in DIMENSIONS}, name="StatisticsArgs")


class Cell(Schema):
    """A row: dimension values, their titles, figures by measure."""

    key = fields.List(fields.Raw(allow_none=True), required=True, metadata={"example": ["2020-09", "4414"]})
    titles = fields.List(fields.String(), required=True, metadata={"example": ["2020-09", "梅州市"]})
    figures = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(allow_none=True),
        required=True,
        metadata={"example": {"sales": 9800}},
    )


class StatisticsOut(Schema):
    """The answer with its definitions and the position of the books it was read at."""

    measures = fields.List(fields.Dict(keys=fields.String(), values=fields.String()), required=True)
    dimensions = fields.List(fields.String(), required=True)
    rows = fields.List(fields.Nested(Cell), required=True)
    total = fields.Dict(keys=fields.String(), values=fields.Integer(allow_none=True), required=True)
    definitions = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    position = fields.Integer(required=True, metadata={"description": "哈希链位置"})
    last_entry = fields.Integer(required=True)
    view = fields.String(required=True)


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


class ReportOut(Schema):
    """A report as exact figures: fen, counts, basis points; a text where there is no figure."""

    code = fields.String(required=True)
    title = fields.String(required=True)
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


class TargetArgs(Schema):
    """Which year."""

    year = StrictInteger(minimum=2000, maximum=2200, required=True, metadata={"example": 2020})


class TargetIn(Schema):
    """An annual target. `amount` in fen; without one it must be relative (不低于去年)."""

    area_code = AreaCode(required=True)
    year = StrictInteger(minimum=2000, maximum=2200, required=True, metadata={"example": 2020})
    measure = OneOf(("consumption_aid_amount", "sales", "aid_sales"), required=True)
    sector = Line(40, load_default=None, metadata={"example": "供销"})
    amount = Fen(load_default=None, allow_none=True)
    relative_to = OneOf(("previous_year",), load_default=None, allow_none=True)
    raw_text = Line(200, required=True, metadata={"example": "不低于去年"})
    source = Line(300, required=True, metadata={"example": "粤农扶组〔2020〕1号"})


class TargetOut(Schema):
    """A version of a target."""

    area_code = fields.String(required=True)
    year = fields.Integer(required=True)
    measure = fields.String(required=True)
    sector = fields.String(allow_none=True)
    version = fields.Integer(required=True)
    amount = fields.Integer(allow_none=True)
    relative_to = fields.String(allow_none=True)
    raw_text = fields.String(required=True)
    source = fields.String(required=True)


class TargetList(Schema):
    """Targets of a year."""

    items = fields.List(fields.Nested(TargetOut), required=True)


class PublicArgs(Schema):
    """Which closed month, of which province."""

    period = Period(required=True)
    area = AreaCode(load_default="440000", validate=Regexp(r"^[0-9]{2}0000\Z", error="公开统计只到省"))


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
