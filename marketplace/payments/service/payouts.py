"""Payouts: a list for the bank, and what became of each line. A returned one (退票) is owed again and may be sent once more."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service import bank_accounts
from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.privacy import Cell, vault
from marketplace.core.scope import visible
from marketplace.payments.models import Payout, PayoutFile, PayoutInstruction, SettlementItem, SettlementRun
from marketplace.payments.rules.accounts import Leg
from marketplace.payments.rules.settlement import (
    MOST_ATTEMPTS,
    PAYOUT,
    RUN,
    confirmed_legs,
    returned_legs,
    sent_legs,
)
from marketplace.payments.service.books import post
from marketplace.payments.service.settlement import SETTLE
from marketplace.payments.service.settlement_decisions import reopen

MOST_IN_A_FILE: Final = 1_000
_CONFIRMED: Final = {"uq_payout_reference": AlreadyExists("payout_reference_used", "该银行流水号已登记")}


@dataclass(frozen=True)
class Sent:
    """A file for the bank, and the payouts that could not be in it because their producer has no bank account."""

    file: PayoutFile
    without_account: tuple[str, ...]


def send(session: Session, actor: Actor, numbers: Sequence[str] | None = None) -> Sent:
    """Put prepared (or returned) payouts into a file for the bank: these, or all that are prepared; booked as on their way.

    Accounts are frozen as they are now. Conflict (`nothing_to_send`) when none could be sent, NotFound (`payout_not_found`) for a
    number that the actor may not send, IllegalTransition for one that is sent already.
    """
    payouts = _to_send(session, actor, numbers)
    accounts = _with_account(session, payouts)
    without = tuple(one.number for one in payouts if one.producer_organisation_id not in accounts)
    ready = [one for one in payouts if one.producer_organisation_id in accounts]
    if not ready:
        raise Conflict("nothing_to_send", "没有可付款的结算单", without_account=list(without))
    now = utcnow()
    file = PayoutFile(
        id=uuid7(),
        number=readable_number("KF"),
        payouts=len(ready),
        amount_fen=sum(one.amount_fen for one in ready),
        made_by=actor.audit_id,
        made_at=now,
    )
    session.add(file)
    session.flush()
    for line_no, payout in enumerate(ready, 1):
        organisation = accounts[payout.producer_organisation_id]
        PAYOUT.require(payout.state, "sent")
        payout.state, payout.sent_at, payout.ended_at = "sent", now, None
        payout.attempt += 1
        session.add(_instruction(session, actor, file, line_no, payout, organisation))
        legs = sent_legs(payout.producer_organisation_id, _by_order(session, payout))
        post(session, _events(payout, "sent", legs), now, is_demo=payout.is_demo)
    session.flush()
    audit.record(
        session,
        actor,
        "payments.payout.sent",
        "payout_file",
        file.number,
        detail={"payouts": file.payouts, "amount_fen": file.amount_fen},
    )
    return Sent(file, without)


def confirm(session: Session, actor: Actor, number: str, *, reference: str, paid_at: datetime) -> Payout:
    """The bank paid: sent → confirmed, and its run is paid. `reference` is the bank's number, used once.

    IllegalTransition when it is not on its way; Invalid (`paid_at`) for an instant before it was sent or after now.
    """
    payout = _locked(session, actor, number)
    PAYOUT.require(payout.state, "confirmed")
    if payout.sent_at is None or not payout.sent_at <= paid_at <= utcnow():
        raise Invalid("paid_at", "付款时间应在发送之后、当前时间之前", pointer="/paid_at")
    payout.state, payout.reference, payout.ended_at = "confirmed", reference, paid_at
    run = session.get_one(SettlementRun, payout.run_id, with_for_update=True, populate_existing=True)
    RUN.require(run.state, "paid")
    run.state = "paid"
    with refusing(_CONFIRMED):
        session.flush()
    legs = confirmed_legs(payout.producer_organisation_id, payout.amount_fen)
    post(session, {f"payout:{payout.id}:confirmed": legs}, paid_at, is_demo=payout.is_demo)
    _tell(session, payout, "payout_confirmed")
    _record(session, actor, payout, "confirmed")
    return payout


def give_back(session: Session, actor: Actor, number: str, *, reason: str) -> Payout:
    """The bank returned it: owed again. The first time it may be sent once more; the second its run failed.

    A failed run's items stand open again for the next one.
    """
    payout = _locked(session, actor, number)
    last = payout.attempt >= MOST_ATTEMPTS
    PAYOUT.require(payout.state, "failed" if last else "returned")
    now = utcnow()
    payout.state, payout.return_reason, payout.ended_at = "failed" if last else "returned", reason, now
    session.flush()
    legs = returned_legs(payout.producer_organisation_id, _by_order(session, payout))
    post(session, _events(payout, "returned", legs), now, is_demo=payout.is_demo)
    if last:
        run = session.get_one(SettlementRun, payout.run_id, with_for_update=True, populate_existing=True)
        RUN.require(run.state, "failed")
        run.state = "failed"
        session.flush()
        reopen(session, run)
    _tell(session, payout, "payout_returned")
    _record(session, actor, payout, payout.state)
    return payout


def _to_send(session: Session, actor: Actor, numbers: Sequence[str] | None) -> list[Payout]:
    statement = (
        select(Payout)
        .join(Organisation, Organisation.id == Payout.producer_organisation_id)
        .where(visible(actor, SETTLE, area=Organisation.area_code))
        .order_by(Payout.id)
        .limit(MOST_IN_A_FILE)
        .with_for_update(of=Payout)
        .execution_options(populate_existing=True)
    )
    if numbers is None:
        return list(session.scalars(statement.where(Payout.state == "prepared")))
    found = list(session.scalars(statement.where(Payout.number.in_(numbers))))
    if len(found) != len(set(numbers)):
        raise NotFound("payout_not_found", "没有这笔付款")
    for one in found:
        PAYOUT.require(one.state, "sent")
    return found


def _with_account(session: Session, payouts: Sequence[Payout]) -> dict[uuid.UUID, Organisation]:
    wanted = {one.producer_organisation_id for one in payouts}
    found = session.scalars(
        select(Organisation).where(
            Organisation.id.in_(wanted),
            Organisation.bank_account_enc.is_not(None),
            Organisation.bank_name.is_not(None),
        )
    )
    return {one.id: one for one in found}


def _instruction(
    session: Session, actor: Actor, file: PayoutFile, line_no: int, payout: Payout, of: Organisation
) -> PayoutInstruction:
    account = bank_accounts.read_full(session, actor, of.id, f"付款清单 {file.number}")
    row_id = uuid7()
    return PayoutInstruction(
        id=row_id,
        file_id=file.id,
        line_no=line_no,
        payout_id=payout.id,
        attempt=payout.attempt,
        payee_name=of.name,
        bank_name=of.bank_name or "",
        account_enc=vault().encrypt(account_cell(row_id), account),
        amount_fen=payout.amount_fen,
    )


def account_cell(instruction_id: uuid.UUID) -> Cell:
    """Where the account of an instruction is sealed."""
    return Cell("payments.payout_instruction", "account_enc", instruction_id)


def _by_order(session: Session, payout: Payout) -> dict[uuid.UUID, int]:
    """What the payout's run brings for each order (fen); commission was booked with the line, so it is part of it."""
    rows = session.execute(
        select(SettlementItem.order_id, func.sum(SettlementItem.amount_fen))
        .where(SettlementItem.run_id == payout.run_id)
        .group_by(SettlementItem.order_id)
        .order_by(SettlementItem.order_id)
    )
    return {order_id: int(fen) for order_id, fen in rows}


def _events(payout: Payout, what: str, legs: dict[uuid.UUID, list[Leg]]) -> dict[str, list[Leg]]:
    return {f"payout:{payout.id}:{what}:{payout.attempt}:{order_id}": each for order_id, each in legs.items()}


def _locked(session: Session, actor: Actor, number: str) -> Payout:
    payout = session.scalars(
        select(Payout)
        .where(Payout.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if payout is None:
        raise NotFound("payout_not_found", "没有这笔付款")
    organisation = session.get_one(Organisation, payout.producer_organisation_id)
    actor.require_visible(SETTLE, area=organisation.area_code)
    return payout


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
