"""What became of a payout: paid, or returned by the bank (退票): then it is owed again and may be sent once more.

A person says so, or a line of the supervised account's statement does (`payout_lines`); what a line said can be taken back, by
entries that reverse it. A payout that was paid and comes back after all is returned by such a line only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from marketplace.accounts.models import Organisation
from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.locked import locked_row
from marketplace.payments.models import Payout, SettlementRun, Transfer
from marketplace.payments.rules.settlement import (
    MOST_ATTEMPTS,
    PAYOUT,
    RUN,
    TAKEN_BACK,
    confirmed_legs,
    returned_legs,
)
from marketplace.payments.service.books import post, reverse
from marketplace.payments.service.payouts import by_order, events_of
from marketplace.payments.service.settlement import SETTLE
from marketplace.payments.service.settlement_decisions import reopen

_CONFIRMED: Final = {"uq_payout_reference": AlreadyExists("payout_reference_used", "该银行流水号已登记")}


def confirm(session: Session, actor: Actor, number: str, *, reference: str, paid_at: datetime) -> Payout:
    """The bank paid: sent → confirmed, and its run is paid. `reference` is the bank's number, used once.

    IllegalTransition when it is not on its way; Invalid (`paid_at`) for an instant before it was sent or after now.
    """
    payout = lock_payout(session, actor, number)
    PAYOUT.require(payout.state, "confirmed")
    if payout.sent_at is None or not payout.sent_at <= paid_at <= utcnow():
        raise Invalid("paid_at", "付款时间应在发送之后、当前时间之前", pointer="/paid_at")
    payout.state, payout.reference, payout.ended_at = "confirmed", reference, paid_at
    _set_run(session, payout, "paid")
    with refusing(_CONFIRMED):
        session.flush()
    legs = confirmed_legs(payout.producer_organisation_id, payout.amount_fen)
    event = f"payout:{payout.id}:confirmed:{payout.attempt}:{payout.turn}"
    post(session, {event: legs}, paid_at, is_demo=payout.is_demo)
    _tell(session, payout, "payout_confirmed")
    _record(session, actor, payout, "confirmed")
    return payout


def unconfirm(session: Session, actor: Actor, payout: Payout) -> None:
    """It was not paid after all: confirmed → sent, and its run is approved again; the entry is reversed. Payout locked.

    Conflict (`payout_elsewhere`) when it is not confirmed any more.
    """
    _take_back(payout, "confirmed")
    payout.reference = None
    session.get_one(
        SettlementRun, payout.run_id, with_for_update=True, populate_existing=True
    ).state = "approved"
    session.flush()
    _reverse_last(session, payout, "confirmed")
    _record(session, actor, payout, "unconfirmed")


def give_back(session: Session, actor: Actor, number: str, *, reason: str, of_line: bool = False) -> Payout:
    """The bank returned it: owed again. The first time it may be sent once more; the second its run failed.

    A failed run's items stand open again for the next one. `of_line`: a line of the statement says so, which it may of one that
    was paid, too; a person may only while it is on its way (IllegalTransition).
    """
    payout = lock_payout(session, actor, number)
    last = payout.attempt >= MOST_ATTEMPTS
    if of_line and payout.state == "confirmed":
        unconfirm(session, actor, payout)
    PAYOUT.require(payout.state, "failed" if last else "returned")
    now = utcnow()
    payout.state, payout.return_reason, payout.ended_at = "failed" if last else "returned", reason, now
    session.flush()
    legs = returned_legs(payout.producer_organisation_id, by_order(session, payout))
    post(session, events_of(payout, "returned", legs), now, is_demo=payout.is_demo)
    if last:
        run = _set_run(session, payout, "failed")
        session.flush()
        reopen(session, run)
    _tell(session, payout, "payout_returned")
    _record(session, actor, payout, payout.state)
    return payout


def unreturn(session: Session, actor: Actor, payout: Payout) -> None:
    """It did not come back after all: returned → sent; the entries are reversed. Payout locked.

    Conflict (`payout_elsewhere`) for one that was sent again, or failed: its amounts may be in another run by now.
    """
    _take_back(payout, "returned")
    payout.return_reason = None
    session.flush()
    _reverse_last(session, payout, "returned")
    _record(session, actor, payout, "unreturned")


def lock_payout(session: Session, actor: Actor, number: str) -> Payout:
    """A payout that the actor may settle, locked until the end of the transaction. NotFound (`payout_not_found`)."""
    payout = locked_row(
        session, select(Payout).where(Payout.number == number), NotFound("payout_not_found", "没有这笔付款")
    )
    organisation = session.get_one(Organisation, payout.producer_organisation_id)
    actor.require_visible(SETTLE, area=organisation.area_code)
    return payout


def _take_back(payout: Payout, state: str) -> None:
    if payout.state != state:
        raise Conflict("payout_elsewhere", "付款状态已变化,不能撤销", state=payout.state)
    payout.state, payout.ended_at = TAKEN_BACK[state], None


def _set_run(session: Session, payout: Payout, state: str) -> SettlementRun:
    run = session.get_one(SettlementRun, payout.run_id, with_for_update=True, populate_existing=True)
    RUN.require(run.state, state)
    run.state = state
    return run


def _reverse_last(session: Session, payout: Payout, what: str) -> None:
    """Reverse what stands of `what` in the books; what is booked for the payout from now on are other events."""
    opposite = aliased(Transfer)
    events = session.scalars(
        select(Transfer.event)
        .where(
            Transfer.event.like(f"payout:{payout.id}:{what}%"),
            Transfer.reverses_no.is_(None),
            ~exists().where(opposite.reverses_no == Transfer.transfer_no),
        )
        .distinct()
        .order_by(Transfer.event)
    ).all()
    payout.turn += 1
    session.flush()
    for event in events:
        reverse(session, event, f"{event}:undone", utcnow())


def _tell(session: Session, payout: Payout, kind: str) -> None:
    """A producer should know: a returned payout is mostly one whose account must be corrected."""
    notify(
        session,
        kind,
        "payout",
        payout.number,
        organisation_id=payout.producer_organisation_id,
        detail={"amount_fen": payout.amount_fen, "attempt": payout.attempt},
    )


def _record(session: Session, actor: Actor, payout: Payout, verb: str) -> None:
    audit.record(
        session,
        actor,
        f"payments.payout.{verb}",
        "payout",
        payout.number,
        detail={"amount_fen": payout.amount_fen, "attempt": payout.attempt},
    )
