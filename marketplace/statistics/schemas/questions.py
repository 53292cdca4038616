"""Wire shapes of questions and their answers."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import Regexp

from marketplace.core.http.fields import AreaCode, Day, Line, OneOf, Period
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


_SHAPES = {
    "year": Regexp(r"^[1-9][0-9]{3}\Z", error="应为 YYYY"),
    "quarter": Regexp(r"^[1-9][0-9]{3}Q[1-4]\Z", error="应为 YYYYQn"),
    "day": Regexp(r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z", error="应为 YYYY-MM-DD"),
}

_EXAMPLES = {"year": "2020", "quarter": "2020Q3", "day": "2020-09-12"}


def _filter(one: Dimension) -> fields.Field[Any]:
    described: dict[str, Any] = {"load_default": None, "metadata": {"description": f"筛选:{one.title_zh}"}}
    if one.is_area:
        return AreaCode(**described)
    if one.code in _SHAPES:
        described["metadata"]["example"] = _EXAMPLES[one.code]
        return fields.String(validate=_SHAPES[one.code], **described)
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
