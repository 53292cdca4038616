"""Whether the books of money, the orders and the receipts say the same, to the fen."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Subquery, func, literal, select, union_all
from sqlalchemy.orm import Session

from marketplace.orders.models import SalesOrder
from marketplace.payments.models import BuyerBalance, Payment, Receipt, Refund, Repayment, Transfer
from marketplace.payments.service.books import balance
from marketplace.payments.service.refunds import is_replaced


@dataclass(frozen=True, slots=True)
class Difference:
    """An order whose open amount (fen, negative: owed back) is not what stands on the buyer's account for it."""

    order_id: uuid.UUID
    order_number: str
    open_fen: int
    booked_fen: int


def open_amount_differences(session: Session, limit: int = 1_000) -> list[Difference]:
    """Orders for which the books are wrong, by number of order, at most `limit`; none is the goal.

    What is open on an order is its total less what was taken off and received, plus what went back.
    """
    is_open = SalesOrder.total_fen - SalesOrder.deducted_fen - SalesOrder.paid_fen + SalesOrder.refunded_fen
    nothing = literal(0, BigInteger)
    # Added up in one pass: joined to sums of its transfers, each order would be looked up among all of them.
    said = union_all(
        select(SalesOrder.id.label("order_id"), is_open.label("open_fen"), nothing.label("booked_fen")),
        select(Transfer.order_id, nothing, Transfer.amount_fen).where(
            Transfer.debit_account == "buyer_receivable"
        ),
        select(Transfer.order_id, nothing, -Transfer.amount_fen).where(
            Transfer.credit_account == "buyer_receivable"
        ),
    ).subquery()
    open_fen, booked_fen = func.sum(said.c.open_fen), func.sum(said.c.booked_fen)
    differing = (
        select(said.c.order_id, open_fen.label("open_fen"), booked_fen.label("booked_fen"))
        .group_by(said.c.order_id)
        .having(open_fen != booked_fen)
        .subquery()
    )
    rows = session.execute(
        select(SalesOrder.id, SalesOrder.number, differing.c.open_fen, differing.c.booked_fen)
        .join(differing, differing.c.order_id == SalesOrder.id)
        .order_by(SalesOrder.order_no)
        .limit(limit)
    )
    return [Difference(order_id, number, int(fen), int(has)) for order_id, number, fen, has in rows]


@dataclass(frozen=True, slots=True)
class ReceiptDifference:
    """A receipt whose money (fen) is not what became of it: `explained_fen` is open, allocated, kept, given back, set aside."""

    receipt_number: str
    amount_fen: int
    explained_fen: int


def receipt_differences(session: Session, limit: int = 1_000) -> list[ReceiptDifference]:
    """Receipts and balances of which money is missing or explained twice, at most `limit`; none is the goal."""
    paid = _sum(Payment, Payment.receipt_id, Payment.balance_id.is_(None), Payment.state == "recorded")
    kept = _sum(BuyerBalance, BuyerBalance.receipt_id, BuyerBalance.state == "kept")
    back = _sum(
        Repayment, Repayment.receipt_id, Repayment.balance_id.is_(None), Repayment.state != "withdrawn"
    )
    explained = Receipt.open_fen + Receipt.aside_fen
    statement = select(Receipt.number, Receipt.amount_fen)
    for part in (paid, kept, back):
        statement = statement.outerjoin(part, part.c.key == Receipt.id)
        explained = explained + func.coalesce(part.c.fen, 0)
    wrong = statement.add_columns(explained).where(explained != Receipt.amount_fen).limit(limit)
    found = [ReceiptDifference(number, amount, int(fen)) for number, amount, fen in session.execute(wrong)]
    used = _sum(Payment, Payment.balance_id, Payment.state == "recorded")
    returned = _sum(Repayment, Repayment.balance_id, Repayment.state != "withdrawn")
    of_balance = BuyerBalance.open_fen + func.coalesce(used.c.fen, 0) + func.coalesce(returned.c.fen, 0)
    balances = (
        select(BuyerBalance.number, BuyerBalance.amount_fen, of_balance)
        .outerjoin(used, used.c.key == BuyerBalance.id)
        .outerjoin(returned, returned.c.key == BuyerBalance.id)
        .where(BuyerBalance.state == "kept", of_balance != BuyerBalance.amount_fen)
        .limit(limit)
    )
    return found + [
        ReceiptDifference(number, amount, int(fen)) for number, amount, fen in session.execute(balances)
    ]


def waiting_differences(session: Session) -> dict[str, tuple[int, int]]:
    """Where the books and the receipts differ, by account: (booked, expected) in fen; empty is the goal.

    Unallocated is what is open of receipts and what waits to go back of them; the buyers' balances likewise.
    """
    on_its_way = [
        int(session.scalar(select(func.coalesce(func.sum(Repayment.amount_fen), 0)).where(where)) or 0)
        for where in (
            (Repayment.state == "requested") & Repayment.balance_id.is_(None),
            (Repayment.state == "requested") & Repayment.balance_id.is_not(None),
        )
    ]
    opens = [
        int(session.scalar(select(func.coalesce(func.sum(column), 0))) or 0)
        for column in (Receipt.open_fen, BuyerBalance.open_fen)
    ]
    expected = {
        account: waiting + going
        for account, waiting, going in zip(("unallocated", "buyer_balance"), opens, on_its_way, strict=True)
    }
    # What was paid online for an order that could no longer take it is the buyer's until it is back.
    surplus = (Refund.kind == "surplus") & Refund.state.not_in(("confirmed", "replaced"))
    # Likewise what its bank sent back, until another refund is begun in its place.
    surplus |= Refund.bounced_at.is_not(None) & ~is_replaced()
    expected["buyer_balance"] += int(
        session.scalar(select(func.coalesce(func.sum(Refund.amount_fen), 0)).where(surplus)) or 0
    )
    booked = {account: balance(session, account) for account in expected}
    return {
        account: (booked[account], expected[account])
        for account in expected
        if booked[account] != expected[account]
    }


def _sum(
    table: type[Payment] | type[BuyerBalance] | type[Repayment], key: Any, *where: ColumnElement[bool]
) -> Subquery:
    return (
        select(key.label("key"), func.sum(table.amount_fen).label("fen"))
        .where(*where)
        .group_by(key)
        .subquery()
    )
