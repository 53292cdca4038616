"""Wire shapes of the books of money. Amounts are fen."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.core.http import PageArgs
from marketplace.core.http.fields import Day, Fen, Instant, Line, OneOf, Period
from marketplace.core.http.locale import localised
from marketplace.payments.rules.accounts import ACCOUNTS, KINDS

ACCOUNT_CODES = tuple(account.code for account in ACCOUNTS)
SIGNED = -(10**16)


class BalanceArgs(Schema):
    """As of which day, of which account."""

    as_of = Day(load_default=None, metadata={"description": "截至哪一天(含);不填为现在"})
    account = OneOf(ACCOUNT_CODES, load_default=None)


class BalanceOut(Schema):
    """What stands on an account of somebody, on its usual side."""

    account = fields.String(metadata={"example": "producer_payable"})
    title = fields.Function(
        lambda one: localised(one.title), metadata={"type": "string", "example": "应付供应商货款"}
    )
    party_id = fields.UUID(allow_none=True)
    party_name = fields.String(allow_none=True)
    debit_fen = Fen()
    credit_fen = Fen()
    balance_fen = Fen(minimum=SIGNED)


class BalanceListOut(Schema):
    """Balances by account and party."""

    items = fields.List(fields.Nested(BalanceOut))


class TransferFilters(Schema):
    """Which transfers; account and party name one and the same side."""

    account = OneOf(ACCOUNT_CODES, load_default=None)
    kind = OneOf(tuple(KINDS), load_default=None)
    party_id = fields.UUID(load_default=None)
    order_number = Line(40, load_default=None)
    from_on = Day(load_default=None)
    to_on = Day(load_default=None, metadata={"description": "含当日"})


class TransferArgs(PageArgs, TransferFilters):
    """A page of transfers."""


class TransferFileArgs(TransferFilters):
    """The same as a file."""

    format = OneOf(("csv", "xlsx"), load_default="csv")


class TransferOut(Schema):
    """A transfer: so much from the credited to the debited account."""

    transfer_no = fields.Integer(metadata={"example": 1})
    event = fields.String()
    kind = fields.String(metadata={"example": "received"})
    title = fields.String(metadata={"example": "收款"})
    debit_account = fields.String()
    debit_party_id = fields.UUID(allow_none=True)
    debit_party_name = fields.String(allow_none=True)
    credit_account = fields.String()
    credit_party_id = fields.UUID(allow_none=True)
    credit_party_name = fields.String(allow_none=True)
    order_number = fields.String(allow_none=True)
    amount_fen = Fen()
    happened_at = Instant()
    booked_at = Instant()
    reverses_no = fields.Integer(allow_none=True)


class MonthArgs(Schema):
    """Which month."""

    period = Period(required=True)


class TrialLineOut(Schema):
    """An account in the trial balance; opening and closing are positive on the debit side."""

    account = fields.String()
    title = fields.Function(lambda one: localised(one.title), metadata={"type": "string"})
    opening_fen = Fen(minimum=SIGNED)
    debit_fen = Fen()
    credit_fen = Fen()
    closing_fen = Fen(minimum=SIGNED)


class TrialBalanceOut(Schema):
    """试算平衡: both sums are equal."""

    period = fields.String()
    items = fields.List(fields.Nested(TrialLineOut))
    debit_fen = Fen()
    credit_fen = Fen()
    balanced = fields.Boolean()


class LevyOut(Schema):
    """What an operator owes the aid fund for a month."""

    period = fields.String()
    operator_id = fields.UUID(allow_none=True)
    operator_name = fields.String(allow_none=True)
    lines = fields.Integer()
    base_fen = Fen(minimum=SIGNED, metadata={"description": "普通商品销售额减退款,单位:分"})
    levy_fen = Fen(minimum=SIGNED)


class LevyListOut(Schema):
    """The levies of a month."""

    items = fields.List(fields.Nested(LevyOut))
