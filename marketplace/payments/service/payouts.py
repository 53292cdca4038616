"""Payouts put into a list for the bank: each line is on its way from then on. What became of it: `payout_outcomes`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service import bank_accounts
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.privacy import Cell, vault
from marketplace.core.scope import visible
from marketplace.payments.models import Payout, PayoutFile, PayoutInstruction, SettlementItem
from marketplace.payments.rules.accounts import Leg
from marketplace.payments.rules.settlement import PAYOUT, sent_legs
from marketplace.payments.service.books import post
from marketplace.payments.service.settlement import SETTLE

MOST_IN_A_FILE: Final = 1_000


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
        legs = sent_legs(payout.producer_organisation_id, by_order(session, payout))
        post(session, events_of(payout, "sent", legs), now, is_demo=payout.is_demo)
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


def by_order(session: Session, payout: Payout) -> dict[uuid.UUID, int]:
    """What the payout's run brings for each order (fen); commission was booked with the line, so it is part of it."""
    rows = session.execute(
        select(SettlementItem.order_id, func.sum(SettlementItem.amount_fen))
        .where(SettlementItem.run_id == payout.run_id)
        .group_by(SettlementItem.order_id)
        .order_by(SettlementItem.order_id)
    )
    return {order_id: int(fen) for order_id, fen in rows}


def events_of(payout: Payout, what: str, legs: dict[uuid.UUID, list[Leg]]) -> dict[str, list[Leg]]:
    """The events of the books for something that happened to a payout, by order: each time has its own."""
    return {
        f"payout:{payout.id}:{what}:{payout.attempt}:{payout.turn}:{order_id}": each
        for order_id, each in legs.items()
    }
