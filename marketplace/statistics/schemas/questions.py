"""Wire shapes of questions and their answers."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import Regexp

from marketplace.core.http.fields import AreaCode, Day, Line, OneOf, Period, StrictInteger
from marketplace.statistics.arrangement import MAX_ROWS
from marketplace.statistics.conditions import MAX_VALUES
from marketplace.statistics.dimensions import DIMENSIONS, LEVELS, Dimension

FORMATS = ("json", "csv", "xlsx")


class _Question(Schema):
    measures = Line(
        2_000,
        load_default="sales,aid_sales",
        metadata={
            "description": "指标,逗号分隔;指标后加 _mom(环比)、_yoy(同比)、_rank(排名)、_target(目标)、_completion(完成率)",
            "example": "sales,aid_sales,sales_yoy",
        },
    )
    by = Line(
        100,
        load_default=None,
        metadata={
            "description": "维度,逗号分隔,至多三个;区划维度可自带层级,如 origin.county",
            "example": "period,origin",
        },
    )
    level = OneOf(tuple(LEVELS), load_default="city", metadata={"description": "区划维度的层级"})
    view = OneOf(
        ("seller", "buyer"), load_default="seller", metadata={"description": "产地视角或采购地视角,不可相加"}
    )
    area = AreaCode(load_default=None)
    from_period = Period(load_default=None, data_key="from")
    to_period = Period(load_default=None, data_key="to")
    on = Day(load_default=None, metadata={"description": "农户统计日", "example": "2020-12-31"})
    sort = Line(
        60,
        load_default=None,
        metadata={"description": "按所查指标排序,前加 - 为由大到小", "example": "-sales"},
    )
    top = StrictInteger(
        minimum=1, maximum=MAX_ROWS, load_default=None, metadata={"description": "排序后的前若干行"}
    )
    page_size = StrictInteger(
        minimum=1, maximum=MAX_ROWS, load_default=None, metadata={"description": "每页行数;缺省为全部"}
    )
    cursor = fields.String(load_default=None, metadata={"description": "上一页返回的 next_cursor"})
    subtotals = fields.Boolean(load_default=False, metadata={"description": "附第一个维度的小计"})
    format = OneOf(FORMATS, load_default="json")


class Several(fields.String):
    """Values of a filter, comma separated, each of the same shape; how many are too many is the service's to say."""

    def __init__(self, one: fields.Field[Any], **kwargs: Any) -> None:
        self.one = one
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        values = text.split(",", MAX_VALUES)
        return ",".join(self.one.deserialize(part.strip()) for part in values[:MAX_VALUES]) + (
            f",{values[MAX_VALUES]}" if len(values) > MAX_VALUES else ""
        )


_YEAR = "(?:19|20|21)[0-9]{2}"
_MONTH = f"{_YEAR}-(?:0[1-9]|1[0-2])"


def _shape(pattern: str, *, error: str) -> tuple[str, Regexp]:
    """What one value of a filter looks like, and what is said of another."""
    return pattern, Regexp(rf"^{pattern}\Z", error=error)


_SHAPES = {
    "year": _shape(_YEAR, error="应为 YYYY"),
    "quarter": _shape(f"{_YEAR}Q[1-4]", error="应为 YYYYQn"),
    "half_year": _shape(f"{_YEAR}H[12]", error="应为 YYYYHn"),
    "subtree": _shape("[1-9][0-9]{0,17}", error="应为组织编号"),
    "pairing": _shape("[0-9]{2,12}-[0-9]{2,12}", error="应为 帮扶方-产地 的区划代码"),
    "day": _shape(f"{_MONTH}-(?:0[1-9]|[12][0-9]|3[01])", error="应为 YYYY-MM-DD"),
    "week": _shape(f"{_MONTH}-(?:0[1-9]|[12][0-9]|3[01])", error="应为该周星期一的 YYYY-MM-DD"),
    "sold_period": _shape(_MONTH, error="应为 YYYY-MM"),
    "adjusts_period": _shape(_MONTH, error="应为 YYYY-MM"),
}
# The key of a cell (44, 4414) is a filter too: it stands for the whole province or city.
_AREA = _shape("(?:[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})", error="应为 2、4、6、9 或 12 位数字")

_EXAMPLES = {
    "year": "2020",
    "quarter": "2020Q3",
    "day": "2020-09-12",
    "week": "2020-09-07",
    "half_year": "2020H2",
    "subtree": "17",
    "pairing": "4401-4414",
    "sold_period": "2020-09",
    "adjusts_period": "2020-09",
}


def filter_of(one: Dimension) -> fields.Field[Any]:
    """The query argument that filters by a dimension: one or several values of its shape."""
    if one.code == "period":
        return Period(load_default=None, metadata={"description": "一个统计期", "example": "2020-09"})
    metadata = {"description": f"筛选:{one.title_zh};多个值以逗号分隔"}
    shape = _AREA if one.is_area else _SHAPES.get(one.code)
    if shape is None:
        return Several(Line(60), load_default=None, metadata=metadata)
    pattern, check = shape
    value = fields.String(validate=check)
    metadata["example"] = "441400,441403" if one.is_area else _EXAMPLES[one.code]
    metadata["pattern"] = f"^{pattern}(?:,{pattern}){{0,{MAX_VALUES - 1}}}$"
    return Several(value, load_default=None, metadata=metadata)


# Every dimension is a filter of the same name with one or several values; `period` filters one month.
StatisticsArgs = _Question.from_dict({one.code: filter_of(one) for one in DIMENSIONS}, name="StatisticsArgs")


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
    subtotals = fields.List(
        fields.Nested(Cell), required=True, metadata={"description": "第一个维度的小计,不是各行之和"}
    )
    next_cursor = fields.String(allow_none=True, required=True)
