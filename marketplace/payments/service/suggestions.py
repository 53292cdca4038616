"""What a receipt that waits could be for, best first, with the reason for each: a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Receipt
from marketplace.payments.rules.matching import Open
from marketplace.payments.rules.payers import nearly_in
from marketplace.payments.service.allocation import receipt_of
from marketplace.payments.service.candidates import (
    OPEN_STATES,
    Candidates,
    buyers_named,
    find_candidates,
)
from marketplace.payments.service.collection import supervised_among
from marketplace.payments.service.matching import open_of

#: Why an order is suggested, with the words that people read and the weight of the reason.
FOR: Final = {
    "code": ("附言含订单或结算单的识别码", 8),
    "near_code": ("附言中的识别码与订单号相近", 6),
    "amount": ("金额与应付余额相同", 4),
    "checkout_amount": ("金额与同一结算单的应付余额合计相同", 4),
    "payer": ("付款人与采购人一致或已备案", 3),
}
#: What speaks against it.
AGAINST: Final = {
    "other_payee": "该订单的收款人不是本账户",
    "nothing_due": "该订单没有应付余额",
    "cancelled": "订单已取消",
    "before_order": "到账早于下单",
    "payer_differs": "付款人不是采购人且未备案",
}
MOST: Final = 20
_READ: Final = 200


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An order that a receipt may be for; `amount_fen` is how much of it could be taken."""

    order_number: str
    buyer_name: str
    due_fen: int
    amount_fen: int
    reasons: tuple[str, ...]
    against: tuple[str, ...]


def suggest(session: Session, actor: Actor, number: str) -> list[Suggestion]:
    """Orders that a receipt could be for, best first, at most 20; none for a receipt that waits for nothing. NotFound."""
    receipt = receipt_of(session, actor, number)
    if receipt.open_fen == 0:
        return []
    found = find_candidates(session, [receipt])
    rows = [one for one in _orders(session, receipt, found) if orders.may_on(actor, "orders.read", one)]
    found.supervised = supervised_among(session, {one.id for one in rows})
    sums: dict[object, int] = {}
    for order in rows:
        if order.payment_state in OPEN_STATES:
            sums[order.checkout_id] = sums.get(order.checkout_id, 0) + orders.due_fen(order)
    judged = [_judge(order, receipt, found, sums.get(order.checkout_id, 0)) for order in rows]
    useful = [one for one in judged if one.reasons]
    useful.sort(key=lambda one: (-_weight(one), one.order_number))
    return useful[:MOST]


def _orders(session: Session, receipt: Receipt, found: Candidates) -> Sequence[SalesOrder]:
    """Orders named in the memo; open ones of the payer; open ones of the holder with exactly this due."""
    buyers = {one for ids in buyers_named(session, [receipt.payer_name]).values() for one in ids}
    due = SalesOrder.total_fen - SalesOrder.deducted_fen - SalesOrder.paid_fen + SalesOrder.owed_back_fen
    is_mine: ColumnElement[bool] = SalesOrder.payment_state.in_(OPEN_STATES)
    if receipt.holder_id is not None:
        is_mine &= SalesOrder.producer_organisation_id == receipt.holder_id
    statement = (
        select(SalesOrder)
        .where(
            or_(
                SalesOrder.id.in_(found.order_ids),
                (SalesOrder.buyer_id.in_(buyers) | (due == receipt.open_fen)) & is_mine,
            )
        )
        .order_by(SalesOrder.order_no.desc())
        .limit(_READ)
    )
    return session.scalars(statement).all()


def _judge(order: SalesOrder, receipt: Receipt, found: Candidates, of_checkout_fen: int) -> Suggestion:
    due_fen = orders.due_fen(order)
    seen = open_of(order, receipt, found, due_fen)
    named = order.id in found.by_code.get(receipt.id, ())
    reasons = {
        "code": named,
        "near_code": not named and bool(receipt.memo) and nearly_in(receipt.memo, order.number),
        "amount": due_fen == receipt.open_fen,
        "checkout_amount": due_fen != receipt.open_fen and of_checkout_fen == receipt.open_fen,
        "payer": receipt.payer_key in seen.payers,
    }
    return Suggestion(
        order.number,
        order.buyer_name,
        due_fen,
        min(due_fen, receipt.open_fen),
        tuple(code for code, holds in reasons.items() if holds),
        _against(order, receipt, seen),
    )


def _against(order: SalesOrder, receipt: Receipt, seen: Open) -> tuple[str, ...]:
    reasons = {
        "other_payee": not seen.is_holders,
        "nothing_due": seen.due_fen == 0 and order.state != "cancelled",
        "cancelled": order.state == "cancelled",
        "before_order": seen.placed_at > receipt.arrived_at,
        "payer_differs": receipt.payer_key not in seen.payers,
    }
    return tuple(code for code, holds in reasons.items() if holds)


def _weight(one: Suggestion) -> int:
    """The sum of what speaks for it, less 5 for each thing that speaks against it but the payer."""
    speaks_for = sum(FOR[code][1] for code in one.reasons)
    return speaks_for - 5 * len(set(one.against) - {"payer_differs"})
