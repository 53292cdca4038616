"""Wire shapes of levy statements."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Instant, Line, OneOf, Period
from marketplace.payments.rules.levy_statements import SIDES, STATEMENT


class LevyStatementIn(Schema):
    """Of which operator and month."""

    operator_id = fields.UUID(required=True)
    period = Period(required=True)


class LevyStatementListArgs(PageArgs):
    """Of a month, in a state."""

    period = Period(load_default=None)
    state = OneOf(STATEMENT.states, load_default=None)


class LevyStatementFileArgs(Schema):
    """The statement as a file."""

    format = OneOf(("csv", "xlsx"), load_default="csv")


class LevyDisputeIn(Schema):
    """What is wrong with it."""

    reason = Line(500, required=True)


class LevyStatementOut(Schema):
    """A version of a monthly statement; `earlier_` are adjustments of months that were agreed before (fen)."""

    number = fields.String()
    operator_id = fields.UUID()
    operator_name = fields.String()
    period = fields.String()
    version = fields.Integer()
    state = OneOf(STATEMENT.states)
    state_title = fields.String()
    lines = fields.Integer()
    base_fen = fields.Integer()
    levy_fen = fields.Integer()
    earlier_base_fen = fields.Integer()
    earlier_levy_fen = fields.Integer()
    total_fen = fields.Integer()
    drawn_at = Instant()
    operator_signed_at = Instant(allow_none=True)
    authority_signed_at = Instant(allow_none=True)
    disputed_side = OneOf(tuple(SIDES), allow_none=True)
    disputed_at = Instant(allow_none=True)
    dispute = fields.String(allow_none=True)
    due_on = fields.Date(allow_none=True, metadata={"description": "双方确认后的缴款截止日"})


class LevyStatementItemOut(Schema):
    """What it holds of a channel, month and rate (fen)."""

    channel_code = fields.String(allow_none=True)
    channel_name = fields.String(allow_none=True)
    period = fields.String()
    is_adjustment = fields.Boolean()
    lines = fields.Integer()
    rate_bp = fields.Integer()
    base_fen = fields.Integer()
    levy_fen = fields.Integer()


class LevyStatementDetailOut(LevyStatementOut):
    """With its items."""

    items = fields.List(fields.Nested(LevyStatementItemOut))


class DrawnLevyStatementOut(Schema):
    """The statement that was drawn up; null when nothing is owed."""

    statement = fields.Nested(LevyStatementOut, allow_none=True)
