"""Money that somebody gave back at the gateway itself, found by a message or the daily comparison.

Rule: docs/rules.md, "Refunds online".
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.gateways.protocol import GivenBack
from marketplace.payments.models import OnlinePayment, Refund
from marketplace.payments.rules.refunds import REFUND
from marketplace.payments.service.refund_settle import confirm, set_aside

#: When to look again whether it has arrived.
_PENDING_LOOK = timedelta(hours=1)


def book_foreign(
    session: Session, order: SalesOrder, payment: OnlinePayment, given: GivenBack, at: datetime
) -> str | None:
    """Book what was given back at the gateway itself; None, or the reason why it cannot be booked (yet).

    Exactly one refund of that amount that waits for people, or was not asked for yet, is this one. Otherwise it is money back
    without goods, and where the order keeps none (`no_worth`) people must look. Order and payment locked.
    """
    if given.state == "failed":
        return None
    if given.state == "pending":
        payment.next_try_at = utcnow() + _PENDING_LOOK
        return None
    refund = _waiting(session, order, payment, given)
    is_goodwill = refund is None and payment.taken_as == "payment"
    if is_goodwill and not orders.may_give_back(session, order, given.amount):
        return "no_worth"
    if not set_aside(session, payment.id, given.amount):
        return "above_captured"
    if refund is None:
        if payment.taken_as == "surplus":
            _lower_surplus(session, payment, given)
        refund = _new(session, order, given, "goodwill" if is_goodwill else "surplus", at)
    if is_goodwill:
        row = orders.give_back(session, order, given.amount, refund_id=refund.id, at=at)
        refund.return_id = row.id
    refund.online_payment_id = payment.id
    refund.gateway_id = given.id
    confirm(session, order, refund, at)
    return None


def _waiting(session: Session, order: SalesOrder, payment: OnlinePayment, given: GivenBack) -> Refund | None:
    kind = "surplus" if payment.taken_as == "surplus" else "return"
    found = session.scalars(
        select(Refund)
        .where(
            Refund.order_id == order.id,
            Refund.kind == kind,
            Refund.state.in_(("requested", "failed")),
            Refund.gateway_id.is_(None),
            Refund.amount_fen == given.amount,
        )
        .limit(2)
    ).all()
    return found[0] if len(found) == 1 else None


def _lower_surplus(session: Session, payment: OnlinePayment, given: GivenBack) -> None:
    """Part of what was to go back has gone: the rest is asked for."""
    rest = session.scalars(
        select(Refund).where(
            Refund.online_payment_id == payment.id,
            Refund.kind == "surplus",
            Refund.state.in_(("requested", "failed")),
            Refund.amount_fen > given.amount,
        )
    ).first()
    if rest is not None:
        rest.amount_fen -= given.amount


def _new(session: Session, order: SalesOrder, given: GivenBack, kind: str, at: datetime) -> Refund:
    refund = Refund(
        id=uuid7(),
        number=readable_number("F"),
        order_id=order.id,
        kind=kind,
        amount_fen=given.amount,
        state=REFUND.initial,
        requested_at=at,
    )
    session.add(refund)
    session.flush()
    return refund
