"""What the gateway says of a payment, taken over into our row, the order and the books. It may say it late, twice, in any order.

Locks: batch, order, payment, in this order. What is said is compared with the row: only the amount and currency that were asked
for are money of the order. Money that the order can no longer take (cancelled, or paid by transfer meanwhile) goes back at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.clock import utcnow
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.gateways.protocol import Intent, Page
from marketplace.payments.models import OnlinePayment, Payment, Refund
from marketplace.payments.rules.accounts import received_by_producer
from marketplace.payments.rules.online import ATTEMPT, LIVE, is_news
from marketplace.payments.rules.refunds import CURRENCY, REFUND
from marketplace.payments.service.books import post
from marketplace.payments.service.gateway_fees import book_fees

CLEARING: Final = "stripe_clearing"
#: How often the worker looks after what waits for the buyer, when nobody tells it.
FIRST_LOOK: Final = timedelta(minutes=1)


def take_over_intent(
    session: Session, order: SalesOrder, payment: OnlinePayment, intent: Intent, at: datetime
) -> str | None:
    """Bring the row to where the gateway is; None, or the reason why what was said is not of this payment.

    `at` is when it happened, as far as known.
    """
    if payment.intent_id not in (None, intent.id):
        return "second_intent"
    payment.intent_id = intent.id
    if payment.state == "failed" and intent.state in LIVE:
        payment.cancel_wanted = True  # it was not there when we looked, and now it is: nobody shall pay it
        payment.next_try_at = utcnow()
    if not is_news(payment.state, intent.state):
        session.flush()
        book_fees(session, order, payment, intent.fees)
        return None
    _step(payment, intent.state, at)
    if intent.state == "captured":
        _take(session, order, payment, intent, at)
    session.flush()
    book_fees(session, order, payment, intent.fees)
    _follow_batch(session, payment)
    return None


def take_over_page(session: Session, payment: OnlinePayment, page: Page, at: datetime) -> str | None:
    """The same of the gateway's own page: what was paid on it is the intent's to say."""
    if payment.page_id not in (None, page.id):
        return "second_page"
    payment.page_id = page.id
    payment.page_url = page.url if page.state == "open" else payment.page_url
    if page.intent_id is not None and payment.intent_id is None:
        payment.intent_id = page.intent_id
    if payment.state == "failed" and page.state == "open":
        payment.cancel_wanted, payment.next_try_at = True, utcnow()
    if page.state == "expired" and payment.intent_id is None:
        if is_news(payment.state, "canceled"):
            _step(payment, "canceled", at)
    elif page.state != "open" and payment.state in LIVE:
        payment.next_try_at = utcnow()  # something was paid, or begun: ask the intent
    if page.state != "expired" and payment.state in ("created", "unknown"):
        _step(payment, "open", at)
        if page.state != "open":
            payment.next_try_at = utcnow()
    session.flush()
    _follow_batch(session, payment)
    return None


def give_up(session: Session, payment: OnlinePayment, state: str, reason: str | None = None) -> None:
    """Nothing was or will be taken: `canceled` before it was asked for, or `failed`."""
    _step(payment, state, utcnow())
    payment.last_error = reason
    session.flush()
    _follow_batch(session, payment)


def _step(payment: OnlinePayment, state: str, at: datetime) -> None:
    if payment.state == "created" and not ATTEMPT.may("created", state):
        payment.state = "unknown"  # the message overtook the note that it was asked for
    ATTEMPT.require(payment.state, state)
    payment.state = state
    payment.tries = 0
    payment.last_error = None
    is_over = state not in LIVE
    payment.settled_at = at if is_over else None
    payment.next_try_at = None if is_over else utcnow() + FIRST_LOOK
    if not is_over and payment.cancel_wanted:
        payment.next_try_at = utcnow()


def _take(session: Session, order: SalesOrder, payment: OnlinePayment, intent: Intent, at: datetime) -> None:
    now = utcnow()
    if intent.currency != CURRENCY or intent.captured != payment.amount_fen:
        # Not what was asked for: nothing is booked, the daily comparison shows it until people have settled it.
        payment.taken_as = "mismatch"
        orders.note(session, order, "online_payment_mismatch", None, now, number=payment.number)
        return
    payment.captured_fen = intent.captured
    if order.state == "cancelled" or payment.amount_fen > orders.due_fen(order):
        payment.taken_as = "surplus"
        _keep_for_return(session, order, payment, at)
    else:
        payment.taken_as = "payment"
        _receive(session, order, payment, intent.id, min(max(at, order.placed_at), now))
    audit.record(
        session,
        None,
        f"payments.online.{payment.taken_as}",
        "order",
        order.number,
        area_code=order.buyer_area,
        detail={"payment": payment.number, "amount_fen": payment.amount_fen},
    )


def _receive(
    session: Session, order: SalesOrder, payment: OnlinePayment, reference: str, paid_at: datetime
) -> None:
    receipt = Payment(
        id=uuid7(),
        order_id=order.id,
        method=payment.gateway,
        reference=reference,
        payer_name=order.buyer_name,
        amount_fen=payment.amount_fen,
        currency=CURRENCY,
        state="recorded",
        paid_at=paid_at,
        recorded_by=None,
        recorded_at=utcnow(),
    )
    orders.mark_paid(session, order, payment.amount_fen, paid_at, None)
    session.add(receipt)
    session.flush()
    legs = received_by_producer(
        order.id, order.buyer_id, order.producer_organisation_id, payment.amount_fen, through=CLEARING
    )
    post(session, {f"receipt:{receipt.id}": legs}, paid_at, is_demo=order.is_demo)


def _keep_for_return(session: Session, order: SalesOrder, payment: OnlinePayment, at: datetime) -> None:
    """The order cannot take it: it is the buyer's, and goes back the way it came."""
    legs = received_by_producer(
        order.id,
        order.buyer_id,
        order.producer_organisation_id,
        payment.amount_fen,
        through=CLEARING,
        settles="buyer_balance",
    )
    post(session, {f"surplus:{payment.id}": legs}, at, is_demo=order.is_demo)
    now = utcnow()
    session.add(
        Refund(
            id=uuid7(),
            number=readable_number("F"),
            order_id=order.id,
            kind="surplus",
            amount_fen=payment.amount_fen,
            state=REFUND.initial,
            requested_at=now,
            online_payment_id=payment.id,
            next_try_at=now,
        )
    )
    orders.note(
        session, order, "surplus_received", None, now, number=payment.number, amount_fen=payment.amount_fen
    )


def _follow_batch(session: Session, payment: OnlinePayment) -> None:
    """Payments of one checkout that are authorised first: captured when all are, given up when one is."""
    if not payment.is_held:
        return
    now = utcnow()
    mine = OnlinePayment.batch_id == payment.batch_id
    if payment.state in ("canceled", "failed"):
        session.execute(
            update(OnlinePayment)
            .where(mine, OnlinePayment.state.in_(LIVE), ~OnlinePayment.capture_wanted)
            .values(cancel_wanted=True, next_try_at=now)
        )
    elif payment.state == "authorised":
        waiting = session.scalar(
            select(exists().where(mine, OnlinePayment.state.not_in(("authorised", "captured"))))
        )
        if not waiting:
            session.execute(
                update(OnlinePayment)
                .where(mine, OnlinePayment.state == "authorised", ~OnlinePayment.cancel_wanted)
                .values(capture_wanted=True, next_try_at=now)
            )
    session.refresh(payment)
