"""Wire shapes of moves of orders between budget units."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Instant, Line, OneOf
from marketplace.orders.rules import REATTRIBUTION, REATTRIBUTION_PARTIES

_PARTIES = tuple(REATTRIBUTION_PARTIES)


class ReattributionIn(Schema):
    """To which budget unit an order belongs, and why."""

    budget_unit_id = fields.UUID(required=True, metadata={"description": "应归属的预算单位"})
    reason = Line(500, required=True, metadata={"example": "下单时误选上级单位"})


class ConsentIn(Schema):
    """For which party one speaks, and whether it agrees."""

    party = OneOf(_PARTIES, required=True, metadata={"example": "new_unit"})
    agree = fields.Boolean(required=True, truthy={True}, falsy={False}, metadata={"example": True})
    opinion = Line(500, load_default=None, allow_none=True, metadata={"example": "同意"})


class ReattributionListArgs(PageArgs):
    """Filters of the list of moves: a state, or those that wait for one's own word."""

    state = OneOf(REATTRIBUTION.states, load_default=None)
    mine = OneOf(("to_consent",), load_default=None)


class ConsentOut(Schema):
    """What a party said."""

    party = fields.String(metadata={"enum": list(_PARTIES)})
    party_title = fields.String(metadata={"example": "新预算单位"})
    agreed = fields.Boolean()
    opinion = fields.String(allow_none=True)
    at = Instant()


class ReattributionOut(Schema):
    """A move of an order, with what the parties said."""

    number = fields.String(metadata={"example": "M7K2M9QX4RTB"})
    order_number = fields.String(metadata={"example": "D7K2M9QX4RTB"})
    state = fields.String(metadata={"enum": list(REATTRIBUTION.states)})
    from_unit_id = fields.UUID()
    to_unit_id = fields.UUID()
    supervisor_id = fields.UUID(allow_none=True)
    reason = fields.String()
    requested_at = Instant()
    ended_at = Instant(allow_none=True)
    consents = fields.List(fields.Nested(ConsentOut))
