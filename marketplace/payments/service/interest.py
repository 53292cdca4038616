"""Claims of interest on late payment: raised by the producer, booked on accounts of their own, received or given up.

Nothing is claimed by itself: the law gives the producer the right, not us. The order's own amounts never change by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, today, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.orders.terms import METHOD_BY_CODE
from marketplace.payments.models import InterestClaim, Transfer
from marketplace.payments.rules.accounts import interest_claimed, interest_received
from marketplace.payments.rules.interest import CLAIM, accrued_fen
from marketplace.payments.service.books import post, reverse

_OPEN = {"uq_interest_claim_open": Conflict("claim_open", "已有一笔未了结的逾期利息催告")}
_BOOKED = {"uq_interest_claim_reference": AlreadyExists("receipt_already_booked", "该笔到账已登记")}
#: Entries that change what an order is worth, not what was paid for it.
_WORTH = ("placed", "opened", "revalued")


@dataclass(frozen=True, slots=True)
class Interest:
    """Interest of an order until today (fen): what accrued, what was claimed and not given up, what may still be claimed."""

    order_number: str
    due_on: date | None
    until: date
    accrued_fen: int
    claimed_fen: int
    claimable_fen: int
    claims: list[InterestClaim]


def interest_of(session: Session, actor: Actor, order_number: str) -> Interest:
    """How the interest of an order stands today, for whoever may read its payments."""
    order = orders.read_order(session, actor, order_number)
    orders.require(actor, "payments.read", order)
    return _stands(session, order)


def claim_interest(session: Session, actor: Actor, order_number: str) -> InterestClaim:
    """The producer claims what accrued until today and was not claimed before; the buyer is told.

    Conflict: `claim_open` while an earlier claim stands (also for two at once), `no_interest` when there is none to claim.
    """
    order = orders.lock_order(session, order_number)
    orders.require(actor, "payments.interest", order, (order.producer_organisation_id,))
    now = _stands(session, order)
    if any(one.state == "claimed" for one in now.claims):
        raise _OPEN["uq_interest_claim_open"]
    if now.due_on is None or now.claimable_fen <= 0:
        raise Conflict("no_interest", "没有可以催告的逾期利息")
    row = InterestClaim(
        id=uuid7(),
        number=readable_number("L"),
        order_id=order.id,
        due_on=now.due_on,
        until=now.until,
        amount_fen=now.claimable_fen,
        state=CLAIM.initial,
        claimed_by=actor.audit_id,
        claimed_at=utcnow(),
    )
    with refusing(_OPEN):
        session.add(row)
        session.flush()
    legs = interest_claimed(order.id, order.buyer_id, order.producer_organisation_id, row.amount_fen)
    post(session, {f"interest:{row.id}": legs}, row.claimed_at, is_demo=order.is_demo)
    _record(session, actor, order, row)
    notify(
        session,
        "interest_claimed",
        "order",
        order.number,
        organisation_id=order.buyer_id,
        detail={"number": row.number, "amount_fen": row.amount_fen},
    )
    return row


def receive_interest(session: Session, actor: Actor, number: str, *, reference: str) -> InterestClaim:
    """The claimed interest has arrived in the producer's own account, whole: claimed → received.

    `reference` is the bank's number of the line, booked once (AlreadyExists). IllegalTransition (409) for a settled claim.
    """
    order, row = _lock(session, actor, number)
    _settle(row, "received", actor)
    row.reference = reference
    with refusing(_BOOKED):
        session.flush()
    legs = interest_received(order.id, order.buyer_id, order.producer_organisation_id, row.amount_fen)
    post(session, {f"interest_received:{row.id}": legs}, utcnow(), is_demo=order.is_demo)
    _record(session, actor, order, row)
    return row


def waive_interest(session: Session, actor: Actor, number: str) -> InterestClaim:
    """The producer gives a claim up: claimed → waived; its booking is reversed. It may claim again."""
    order, row = _lock(session, actor, number)
    _settle(row, "waived", actor)
    session.flush()
    reverse(session, f"interest:{row.id}", f"interest_waived:{row.id}", utcnow())
    _record(session, actor, order, row)
    return row


def _lock(session: Session, actor: Actor, number: str) -> tuple[SalesOrder, InterestClaim]:
    order_id = session.scalar(select(InterestClaim.order_id).where(InterestClaim.number == number))
    if order_id is None:
        raise NotFound("claim_not_found", "没有这笔逾期利息催告")
    order = orders.lock_order_by_id(session, order_id)
    orders.require(actor, "payments.interest", order, (order.producer_organisation_id,))
    row = session.scalars(
        select(InterestClaim).where(InterestClaim.number == number).execution_options(populate_existing=True)
    ).one()
    return order, row


def _settle(row: InterestClaim, target: str, actor: Actor) -> None:
    CLAIM.require(row.state, target)
    row.state, row.settled_by, row.settled_at = target, actor.audit_id, utcnow()


def _stands(session: Session, order: SalesOrder) -> Interest:
    claims = list(
        session.scalars(
            select(InterestClaim)
            .where(InterestClaim.order_id == order.id)
            .order_by(InterestClaim.id)
            .execution_options(populate_existing=True)
        )
    )
    until = today()
    # What was not paid of a prepaid order was not shipped: nothing is owed late.
    due_on = None if METHOD_BY_CODE[order.payment_method].pays_first else order.due_on
    accrued = 0
    if due_on is not None and order.state != "cancelled":
        worth_fen = order.total_fen - order.deducted_fen
        accrued = accrued_fen(worth_fen, _received(session, order, due_on), due_on, until)
    claimed = sum(one.amount_fen for one in claims if one.state != "waived")
    return Interest(order.number, due_on, until, accrued, claimed, max(accrued - claimed, 0), claims)


def _received(session: Session, order: SalesOrder, due_on: date) -> list[tuple[date, int]]:
    """What came for the order and went back, by Shanghai day, as the books have it; bookings that were undone are left out.

    Money from before the books were kept has no entry: it is taken to have come in time.
    """
    rows = session.scalars(
        select(Transfer).where(
            Transfer.order_id == order.id,
            (Transfer.debit_account == "buyer_receivable") | (Transfer.credit_account == "buyer_receivable"),
        )
    ).all()
    undone = {row.reverses_no for row in rows}
    found = [
        (
            day_of(row.happened_at),
            row.amount_fen if row.credit_account == "buyer_receivable" else -row.amount_fen,
        )
        for row in rows
        if row.kind not in _WORTH and row.reverses_no is None and row.transfer_no not in undone
    ]
    earlier = order.paid_fen - order.refunded_fen - sum(fen for _, fen in found)
    return [(due_on, earlier), *found]


def _record(session: Session, actor: Actor, order: SalesOrder, row: InterestClaim) -> None:
    audit.record(
        session,
        actor,
        f"payments.interest.{row.state}",
        "order",
        order.number,
        area_code=order.buyer_area,
        detail={"number": row.number, "amount_fen": row.amount_fen},
    )
