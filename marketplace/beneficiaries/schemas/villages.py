"""Villages on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http.fields import AreaCode, Day, Line
from marketplace.core.http.paging import PageArgs


class CollectiveIn(Schema):
    """A village collective."""

    area_code = AreaCode(required=True, metadata={"example": "441403101201"})
    name = Line(100, required=True, metadata={"example": "演示村经济联合社"})
    organisation_id = fields.UUID(load_default=None, allow_none=True)
    is_relative_poverty_village = fields.Boolean(
        load_default=False, metadata={"description": "广东相对贫困村"}
    )


class CollectiveOut(Schema):
    """A village collective."""

    id = fields.UUID(required=True)
    area_code = fields.String(required=True)
    name = fields.String(required=True)
    organisation_id = fields.UUID(required=True, allow_none=True)
    is_relative_poverty_village = fields.Boolean(required=True)


class CollectiveListArgs(PageArgs):
    """Filter of the list."""

    area = AreaCode(load_default=None)


class VillageCountArgs(Schema):
    """Where to count."""

    area = AreaCode(required=True, metadata={"example": "441403"})


class VillageCountOut(Schema):
    """A village; under 3 households only as 少于3户."""

    area_code = fields.String(required=True)
    area_name = fields.String(required=True)
    households = fields.Integer(required=True, allow_none=True, metadata={"description": "少于3户时为 null"})
    households_text = fields.String(required=True, metadata={"example": "少于3户"})


class VillageCountsOut(Schema):
    """Villages by code."""

    items = fields.List(fields.Nested(VillageCountOut), required=True)


class BoardArgs(Schema):
    """Which payments, and until when the notice lasts. `paid_to` is exclusive."""

    paid_from = Day(required=True, metadata={"example": "2020-01-01"})
    paid_to = Day(required=True, metadata={"example": "2021-01-01"})
    notice_to = Day(required=True, metadata={"description": "公示最后一天", "example": "2020-12-31"})


class BoardRowOut(Schema):
    """A line of the printed board."""

    head_name = fields.String(required=True, allow_none=True, metadata={"example": "张*"})
    members = fields.Integer(required=True)
    modes = fields.List(fields.String(), required=True)
    paid_fen = fields.Integer(required=True)


class BoardOut(Schema):
    """The printed board of a village."""

    area_code = fields.String(required=True)
    area_name = fields.String(required=True)
    notice_to = fields.Date(required=True)
    items = fields.List(fields.Nested(BoardRowOut), required=True)
