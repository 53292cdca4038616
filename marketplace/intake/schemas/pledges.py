"""Wire shapes of signed, intended and pledged amounts. Amounts are fen."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import AreaCode, Day, Fen, Instant, Line, OneOf
from marketplace.core.identifiers import parse_uscc
from marketplace.intake.rules.pledges import DIMENSIONS, ENDINGS, KINDS, STATES, VIEWS

_ONE = "|".join(DIMENSIONS)
_BY = rf"^(({_ONE})(,({_ONE}))?)?\Z"
PROGRESS = ("none", "partly", "fulfilled")


class PledgeIn(Schema):
    """One signing."""

    kind = OneOf(tuple(KINDS), required=True)
    event = Line(120, required=True, metadata={"example": "2020消费扶贫展销会"})
    buyer_name = Line(120, required=True)
    buyer_uscc = Line(18, load_default=None, allow_none=True)
    buyer_area = AreaCode(required=True)
    seller_name = Line(120, required=True)
    seller_uscc = Line(18, load_default=None, allow_none=True)
    origin_area = AreaCode(required=True)
    goods = Line(120, load_default=None, allow_none=True)
    amount_fen = Fen(minimum=1, required=True)
    signed_on = Day(required=True)
    valid_until = Day(load_default=None, allow_none=True)
    evidence_id = fields.UUID(load_default=None, allow_none=True)

    @post_load
    def numbers(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Credit codes in their one form."""
        for name in ("buyer_uscc", "seller_uscc"):
            if data.get(name) is not None:
                data[name] = parse_uscc(data[name], pointer=f"/{name}")
        return data


class PledgeOut(PledgeIn):
    """A signing and what came of it."""

    number = fields.String(metadata={"example": "Q7K2M9QX4RTB"})
    state = OneOf(STATES.states)
    progress = OneOf(PROGRESS)
    fulfilled_fen = Fen(metadata={"description": "所指明销售的净额,单位:分"})
    registered_at = Instant()
    ended_at = Instant(allow_none=True)
    opinion = fields.String(allow_none=True)


class PledgeListArgs(PageArgs):
    """Of one kind, in one state."""

    kind = OneOf(tuple(KINDS), load_default=None)
    state = OneOf(STATES.states, load_default=None)


class PledgeSaleIn(Schema):
    """An order of ours by its number, or a reported sale by channel and order number."""

    order_number = Line(40, load_default=None, allow_none=True)
    channel = Line(40, load_default=None, allow_none=True)
    order_ref = Line(200, load_default=None, allow_none=True)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        """Either the one or the other."""
        foreign = data["channel"] is not None and data["order_ref"] is not None
        if (data["order_number"] is not None) == foreign:
            raise ValidationError("应填写订单编号,或渠道和单号", "order_number")


class PledgeEndIn(Schema):
    """How it ended, and why."""

    state = OneOf(ENDINGS, required=True)
    opinion = Line(200, required=True)


class PledgeSumsArgs(Schema):
    """Of which area and days, told apart by at most two dimensions."""

    view = OneOf(VIEWS, load_default="seller")
    area = AreaCode(load_default=None)
    from_day = Day(load_default=None)
    to_day = Day(load_default=None)
    by = fields.String(
        load_default="",
        validate=validate.Regexp(_BY, error="应为逗号分隔的一至两个维度"),
        metadata={"description": "、".join(DIMENSIONS), "example": "kind,month"},
    )


class PledgeCellOut(Schema):
    """Sums of one cell."""

    keys = fields.List(fields.String())
    titles = fields.List(fields.String())
    measures = fields.Dict(keys=fields.String(), values=Fen())


class PledgeSumsOut(Schema):
    """Sums of the register with their definition. They are no sales."""

    definition = fields.String(metadata={"description": "口径"})
    measures = fields.Dict(keys=fields.String(), values=fields.String())
    rows = fields.List(fields.Nested(PledgeCellOut))
    total = fields.Dict(keys=fields.String(), values=Fen())
