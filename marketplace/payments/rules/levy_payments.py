"""Paying an agreed levy statement: by when, how far it is paid, and how a payment falls on its channels. Pure; amounts in fen.

Source: docs/rules.md, "Levy payments".
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from marketplace.core.states import StateMachine
from marketplace.payments.rules.accounts import Leg, Side

#: Days after the second signature within which a statement is to be paid (project convention).
DAYS_TO_PAY: Final = 15
PAYMENT: Final = StateMachine(
    "levy payment",
    {"recorded": ("checked", "refused"), "checked": ("reversed",), "refused": (), "reversed": ()},
    "recorded",
    {"recorded": "待核对", "checked": "核对相符", "refused": "不予认可", "reversed": "已冲正"},
)
FUNDS: Final = {"own": "本平台帮扶基金专户", "foreign": "外部基金账户"}
REFERENCES: Final = {"bank_line": "银行流水号", "voucher": "凭证号"}
#: How far an agreed statement is paid.
STANDINGS: Final = {
    "nothing_due": "无应缴",
    "unpaid": "未缴",
    "partly": "部分缴纳",
    "paid": "已缴清",
}


def due_on_of(signed_on: date) -> date:
    """The last day for paying what was agreed on that Shanghai day."""
    return signed_on + timedelta(days=DAYS_TO_PAY)


def standing_of(total_fen: int, paid_fen: int) -> str:
    """How far a statement is paid; a negative total is the operator's and comes off later statements of the books, not here."""
    if total_fen <= 0:
        return "nothing_due"
    if paid_fen >= total_fen:
        return "paid"
    return "partly" if paid_fen else "unpaid"


def is_overdue(total_fen: int, paid_fen: int, due_on: date | None, day: date) -> bool:
    """Whether something of it is left the day after it was due."""
    return due_on is not None and max(total_fen, 0) > paid_fen and day > due_on


def spread(owed_fen: Sequence[int], paid_fen: int) -> list[int]:
    """What was paid of each part of a statement, in order; a negative part (refunds) is taken off first, as if it were paid.

    The parts sum to what was paid, and when the statement is paid each is what it owes.
    """
    if not paid_fen:
        return [0] * len(owed_fen)
    left = paid_fen - sum(fen for fen in owed_fen if fen < 0)
    found = []
    for fen in owed_fen:
        part = fen if fen < 0 else min(fen, left)
        left -= max(part, 0)
        found.append(part)
    return found


def paid_legs(operator_id: uuid.UUID, amount_fen: int, fund: str) -> list[Leg]:
    """The operator's debt is settled: the money is in the fund's account, or with another fund, which has so much less to get."""
    owes = Side("levy_receivable", operator_id)
    if fund == "own":
        return [Leg("levy_paid", Side("levy_bank"), owes, amount_fen)]
    return [Leg("levy_paid_elsewhere", Side("levy_fund"), owes, amount_fen)]
