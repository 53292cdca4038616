"""Wire shapes of paying levy statements. Amounts are fen."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Day, Fen, Instant, Line, OneOf, Period
from marketplace.payments.rules.levy_payments import FUNDS, PAYMENT, REFERENCES, STANDINGS
from marketplace.payments.service.levy_dues import LISTS


class LevyPaymentIn(Schema):
    """What was paid of a statement, into whose fund, and by what it is found at the bank or in the books."""

    paid_on = Day(required=True)
    amount_fen = Fen(minimum=1, required=True)
    fund = OneOf(tuple(FUNDS), required=True, metadata={"description": "own:本平台专户;foreign:外部基金账户"})
    payee = Line(120, load_default=None, allow_none=True, metadata={"description": "外部基金的收款单位"})
    reference_kind = OneOf(tuple(REFERENCES), required=True)
    reference = Line(
        60, required=True, metadata={"description": "银行流水号或凭证号", "example": "20201116-0007"}
    )


class LevyReasonIn(Schema):
    """Why it is refused or reversed."""

    reason = Line(200, required=True)


class LevyPaymentOut(Schema):
    """A payment of a statement."""

    number = fields.String()
    statement = fields.String(metadata={"description": "对账单号"})
    paid_on = fields.Date()
    amount_fen = fields.Integer()
    fund = OneOf(tuple(FUNDS))
    payee = fields.String(allow_none=True)
    reference_kind = OneOf(tuple(REFERENCES))
    reference = fields.String()
    state = OneOf(PAYMENT.states)
    state_title = fields.String()
    recorded_by = fields.UUID(allow_none=True)
    recorded_at = Instant()
    checked_by = fields.UUID(allow_none=True, metadata={"description": "核对人(不予认可时为作出决定的人)"})
    checked_at = Instant(allow_none=True)
    reversed_by = fields.UUID(allow_none=True)
    reversed_at = Instant(allow_none=True)
    reason = fields.String(allow_none=True)


class LevyDueOut(Schema):
    """How far an agreed statement is paid: `paid_fen` was checked, `waiting_fen` is recorded and not checked yet."""

    statement = fields.String()
    operator_id = fields.UUID()
    operator_name = fields.String()
    period = fields.String()
    owed_fen = fields.Integer()
    paid_fen = fields.Integer()
    waiting_fen = fields.Integer()
    left_fen = fields.Integer()
    due_on = fields.Date(allow_none=True)
    standing = OneOf(tuple(STANDINGS))
    standing_title = fields.String()
    is_overdue = fields.Boolean()


class LevyDuePartOut(Schema):
    """The part of it that is of one channel and month; below zero where more went back than was sold."""

    channel_code = fields.String(allow_none=True)
    channel_name = fields.String(allow_none=True)
    period = fields.String(metadata={"description": "所属期"})
    owed_fen = fields.Integer()
    paid_fen = fields.Integer()
    left_fen = fields.Integer()


class LevyDueRowOut(LevyDueOut):
    """With its parts by channel and month."""

    parts = fields.List(fields.Nested(LevyDuePartOut))


class LevyDueDetailOut(LevyDueRowOut):
    """And with its payments."""

    payments = fields.List(fields.Nested(LevyPaymentOut))


class LevyDueListArgs(PageArgs):
    """Of statements of a month; those with something left, the late ones, the paid ones."""

    period = Period(load_default=None)
    which = OneOf(LISTS, load_default=None, metadata={"description": "open:未缴清;overdue:逾期;paid:已缴清"})


class LevyDueFileArgs(Schema):
    """The list as a file."""

    period = Period(required=True)
    format = OneOf(("csv", "xlsx"), load_default="csv")
