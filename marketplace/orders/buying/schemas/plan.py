"""Purchase plans."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Fen, Instant, Line, OneOf, StrictInteger
from marketplace.orders.buying.rules.plan import MOST_PLAN_LINES, OVER_PLAN, PLAN, Planned
from marketplace.orders.service.basket import FUND_SOURCES
from marketplace.producers.categories import all_categories


def _year(**more: Any) -> StrictInteger:
    return StrictInteger(minimum=2000, maximum=2200, metadata={"example": 2020}, **more)


class PurchasePlanIn(Schema):
    """A version to begin."""

    organisation_id = fields.UUID(required=True)
    year = _year(required=True)
    over_plan = OneOf(tuple(OVER_PLAN), load_default="warn", metadata={"example": "warn"})
    copy_year = _year(load_default=None, allow_none=True)


class PlanLineIn(Schema):
    """An amount for a category from a source: for a month, a quarter, or the year when neither is given."""

    category_code = OneOf(tuple(all_categories()), required=True, metadata={"example": "01"})
    fund_source = OneOf(FUND_SOURCES, required=True, metadata={"example": "canteen"})
    month = StrictInteger(minimum=1, maximum=12, load_default=None, allow_none=True, metadata={"example": 10})
    quarter = StrictInteger(minimum=1, maximum=4, load_default=None, allow_none=True, metadata={"example": 4})
    amount_fen = Fen(minimum=1, required=True)

    @post_load
    def planned(self, data: dict[str, Any], **_: Any) -> Planned:
        """The line as a value."""
        return Planned(**data)


class PlanLinesIn(Schema):
    """All lines of a draft."""

    lines = fields.List(
        fields.Nested(PlanLineIn), required=True, validate=validate.Length(max=MOST_PLAN_LINES)
    )


class PlanFileIn(Schema):
    """Lines as a file: 品类, 资金来源, 月份, 季度, 金额."""

    file = fields.Raw(
        required=True, metadata={"type": "string", "format": "binary", "description": "CSV 或 XLSX 文件"}
    )


class PlanDecisionIn(Schema):
    """What the reviewer says."""

    approve = fields.Boolean(required=True, truthy={True}, falsy={False})
    opinion = Line(500, load_default=None, allow_none=True, metadata={"example": "同意"})


class PurchasePlanRowOut(Schema):
    """A version of a plan in a list."""

    id = fields.UUID()
    organisation_id = fields.UUID()
    year = fields.Integer()
    version = fields.Integer()
    state = fields.String(metadata={"enum": list(PLAN.states)})
    over_plan = fields.String(metadata={"enum": list(OVER_PLAN)})
    made_at = Instant()
    submitted_at = Instant(allow_none=True)
    decided_at = Instant(allow_none=True)
    opinion = fields.String(allow_none=True)
    row_version = fields.Integer()


class PlanLineOut(Schema):
    """A line with what was ordered of it, and of that, what has counted."""

    line_no = fields.Integer()
    category_code = fields.String()
    category_title = fields.String()
    fund_source = fields.String()
    month = fields.Integer(allow_none=True)
    quarter = fields.Integer(allow_none=True)
    amount_fen = Fen()
    ordered_fen = Fen()
    counted_fen = Fen()


class PurchasePlanOut(PurchasePlanRowOut):
    """A version with its lines and their execution in the year, and what was bought beside the plan."""

    lines = fields.List(fields.Nested(PlanLineOut))
    amount_fen = Fen()
    beside_ordered_fen = Fen()
    beside_counted_fen = Fen()


class PurchasePlanArgs(PageArgs):
    """Filters of the plans."""

    organisation_id = fields.UUID(load_default=None)
    year = _year(load_default=None)
