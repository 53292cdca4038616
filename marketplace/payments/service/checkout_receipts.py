"""One payment for a whole checkout, into a supervised account: split over its orders exactly, booked with each of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.money import split_fen
from marketplace.orders import service as orders
from marketplace.orders.models import Checkout, SalesOrder
from marketplace.payments.models import Collection, Payment, SupervisedAgreement
from marketplace.payments.service.collection import keepers
from marketplace.payments.service.receipts import record_transfer


def receive_for_checkout(
    session: Session,
    actor: Actor,
    checkout_number: str,
    *,
    amount_fen: int,
    currency: str,
    reference: str,
    payer_name: str,
    paid_at: datetime,
    document_no: str | None = None,
) -> list[Payment]:
    """Book one receipt over the supervised orders of a checkout; the payments it became, in the order of their orders.

    The whole of what is due pays every order; a part is split in proportion to what each still owes, largest remainder, the older
    order first. NotFound (`checkout_not_found`) without supervised orders that the actor may see; Conflict `above_due`;
    Conflict (`several_accounts`) when its orders belong to several accounts and `document_no` names none; the rest as
    `record_transfer`, by which each part is booked. `reference` counts once for all of it.
    """
    rows = session.execute(
        select(SalesOrder.number, SupervisedAgreement.document_no)
        .join(Collection, Collection.order_id == SalesOrder.id)
        .join(Checkout, Checkout.id == Collection.checkout_id)
        .join(SupervisedAgreement, SupervisedAgreement.id == Collection.agreement_id)
        .where(Checkout.number == checkout_number, orders.seen_by(actor))
        .order_by(SalesOrder.order_no)
    ).all()
    chosen = [row for row in rows if document_no in (None, row.document_no)]
    if not chosen:
        raise NotFound("checkout_not_found", "没有这笔监管账户收款的下单")
    if len({row.document_no for row in chosen}) > 1:
        raise Conflict("several_accounts", "该次下单涉及多个监管账户,请指明协议文号")
    locked = [orders.lock_order(session, row.number) for row in chosen]
    for order in locked:
        orders.require(actor, "payments.record", order, keepers("supervised", order))
    due = [0 if order.state == "cancelled" else orders.due_fen(order) for order in locked]
    if amount_fen > sum(due):
        raise Conflict("above_due", "金额超过应付余额", due_fen=sum(due))
    parts = [(order, part) for order, part in zip(locked, split_fen(amount_fen, due), strict=True) if part]
    return [
        record_transfer(
            session,
            actor,
            order.number,
            amount_fen=part,
            currency=currency,
            # The first part bears the bank's own number, so that the same line is refused however it is told again.
            reference=reference if position == 1 else f"{reference}#{position}",
            payer_name=payer_name,
            paid_at=paid_at,
        )
        for position, (order, part) in enumerate(parts, 1)
    ]
