"""Wire shapes of channel kinds and points of sale."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.catalogue.channels import CHANNEL_KINDS, SITE_KINDS
from marketplace.catalogue.service.queries import CHANNEL_STATES
from marketplace.core.http.fields import AreaCode, Day, Line, OneOf
from marketplace.core.http.paging import PageArgs

_KINDS = tuple(kind.code for kind in CHANNEL_KINDS)


class ChannelKindOut(Schema):
    """A kind of point of sale, with an example of its terms."""

    code = fields.String(metadata={"example": "counter"})
    title_zh = fields.String(metadata={"example": "专柜"})
    title_en = fields.String(metadata={"example": "Counter"})
    group = fields.String(metadata={"example": "counter"})
    is_online = fields.Boolean()
    holds_stock = fields.Boolean()
    accepted_schemes = fields.List(fields.String())
    site_kinds = fields.List(fields.String())
    example_terms = fields.Dict(metadata={"example": {"cabinet_no": "GZ0001"}})


class ChannelKindsOut(Schema):
    """All kinds, in their order."""

    items = fields.List(fields.Nested(ChannelKindOut))


class ChannelIn(Schema):
    """A point of sale to open."""

    code = Line(32, required=True, metadata={"description": "编号", "example": "GZ-0001"})
    kind = OneOf(_KINDS, required=True, metadata={"example": "counter"})
    name = Line(100, required=True, metadata={"example": "广州南站专柜"})
    area_code = AreaCode(required=True)
    site_kind = OneOf(tuple(SITE_KINDS), load_default=None, allow_none=True)
    address = Line(200, load_default=None, allow_none=True)
    parent_id = fields.UUID(load_default=None, allow_none=True)
    operator_id = fields.UUID(load_default=None, allow_none=True)
    terms = fields.Dict(
        keys=fields.String(), load_default=dict, metadata={"example": {"cabinet_no": "GZ0001"}}
    )
    opened_on = Day(required=True, metadata={"example": "2020-09-01"})


class ChannelChangeIn(Schema):
    """What may change of a point of sale."""

    name = Line(100)
    address = Line(200, allow_none=True)
    site_kind = OneOf(tuple(SITE_KINDS), allow_none=True)
    operator_id = fields.UUID(allow_none=True)
    terms = fields.Dict(keys=fields.String())


class ClosureIn(Schema):
    """From which day on it sells nothing."""

    closed_on = Day(required=True, metadata={"example": "2020-12-31"})


class ChannelOut(Schema):
    """A point of sale as everybody sees it."""

    id = fields.UUID()
    code = fields.String(metadata={"example": "GZ-0001"})
    kind = fields.String(metadata={"example": "counter"})
    name = fields.String()
    area_code = fields.String(metadata={"example": "440106"})
    site_kind = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    parent_id = fields.UUID(allow_none=True)
    operator_id = fields.UUID(allow_none=True)
    opened_on = fields.Date()
    closed_on = fields.Date(allow_none=True)
    is_demo = fields.Boolean()


class ChannelTermsOut(ChannelOut):
    """A point of sale as its operator and officials see it: with the terms of the contract."""

    terms = fields.Dict()


class ChannelArgs(PageArgs):
    """Filters of the list of points of sale."""

    kind = OneOf(_KINDS, load_default=None)
    area = AreaCode(load_default=None)
    parent_id = fields.UUID(load_default=None)
    operator_id = fields.UUID(load_default=None)
    state = OneOf(
        tuple(CHANNEL_STATES), load_default=None, metadata={"description": "今天的状态", "example": "open"}
    )
    named = Line(
        60,
        load_default=None,
        allow_none=True,
        metadata={"description": "名称中的文字或编号的开头", "example": "广州南站"},
    )
