"""Lines of the supervised account's statement that are about payouts: kept when it is imported, decided by the worker.

A line out of the account confirms the payout that its remark names, a line in returns it. Each line is kept once, as receipts
are, and decided in a transaction of its own; what is not certain waits for a person (`payout_line_work`).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.db import transaction
from marketplace.core.ids import uuid7
from marketplace.core.json_rows import JsonRows
from marketplace.core.sheets.problems import RowError
from marketplace.payments.layouts import BankLine
from marketplace.payments.models import BankStatement, CollectingAccount, Payout, PayoutLine, Receipt
from marketplace.payments.rules.payout_lines import Named, Paying, decide_line, payouts_named
from marketplace.payments.service import allocation
from marketplace.payments.service.payout_outcomes import confirm, give_back, lock_payout

_LINES: Final = JsonRows(PayoutLine)
_WRITE: Final = sql(f"{_LINES.insert('rows')} ON CONFLICT (account_id, reference) DO NOTHING")
#: Why the receipt of a returned payout is none of the buyers' (`allocation.ASIDE`).
RETURNED: Final = "payout_returned"


def differing_lines(
    session: Session, account: CollectingAccount, lines: Sequence[BankLine]
) -> list[RowError]:
    """Outgoing lines that are known with another amount or day: errors of their rows, as for receipts."""
    outgoing = {line.reference: line for line in lines if not line.is_incoming}
    if not outgoing:
        return []
    rows = session.execute(
        select(PayoutLine.reference, PayoutLine.amount_fen, PayoutLine.happened_at).where(
            PayoutLine.account_id == account.id, PayoutLine.reference.in_(outgoing)
        )
    )
    return [
        RowError(outgoing[reference].row, "", "line_differs", "与已登记的同号流水金额或日期不符")
        for reference, amount_fen, at in rows
        if (amount_fen, day_of(at)) != (outgoing[reference].amount_fen, outgoing[reference].day)
    ]


def keep_lines(
    session: Session,
    kept: BankStatement,
    account: CollectingAccount,
    lines: Sequence[tuple[BankLine, datetime]],
    *,
    is_demo: bool,
) -> None:
    """Keep the lines (and when they happened) that may be about payouts; what is kept already stays as it is."""
    wanted = [(line, at) for line, at in lines if not line.is_incoming or payouts_named(line.memo)]
    if not wanted:
        return
    incoming = [line.reference for line, _ in wanted if line.is_incoming]
    receipts = dict(
        session.execute(
            select(Receipt.reference, Receipt.id).where(
                Receipt.holder_id.is_(None),
                Receipt.account_id == account.id,
                Receipt.reference.in_(incoming),
            )
        ).all()
    )
    rows: list[dict[str, Any]] = [
        {
            "id": uuid7(),
            "account_id": account.id,
            "reference": line.reference,
            "receipt_id": receipts.get(line.reference) if line.is_incoming else None,
            "amount_fen": line.amount_fen,
            "payee_name": line.payer_name,
            "memo": line.memo,
            "happened_at": at,
            "statement_id": kept.id,
            "row_no": line.row,
            "state": "new",
            "is_demo": is_demo,
        }
        for line, at in wanted
        if not line.is_incoming or line.reference in receipts
    ]
    session.connection().execute(_WRITE, {"rows": _LINES.dump(rows)})


def keep_up() -> int:
    """Decide every line that is new, each in its own transaction; how many. The worker's loop."""
    decided = 0
    while True:
        with transaction() as session:
            line = session.scalars(
                select(PayoutLine)
                .where(PayoutLine.state == "new")
                # As they happened: a payout is paid before it comes back, whatever order the ids are in.
                .order_by(PayoutLine.happened_at, PayoutLine.row_no, PayoutLine.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).one_or_none()
            if line is None:
                return decided
            _decide(session, line)
        decided += 1


def _decide(session: Session, line: PayoutLine) -> None:
    named = payouts_named(line.memo)
    number, reason = judge(session, line, named)
    if number is not None:
        follow(session, system_actor(), line, number)
    else:
        line.state, line.parked_reason = ("other", None) if reason is None else ("parked", reason)
    session.flush()


def judge(session: Session, line: PayoutLine, named: Sequence[Named]) -> tuple[str | None, str | None]:
    """The payout that a line is about when its remark names these, or why it waits, as `decide_line`."""
    wanted = (
        Payout.number.in_([one.number for one in named])
        if named
        else (Payout.state == "sent") & (Payout.amount_fen == line.amount_fen)
    )
    payouts = [
        Paying(
            number=one.number,
            amount_fen=one.amount_fen,
            state=one.state,
            attempt=one.attempt,
            reference=one.reference,
            sent_on=None if one.sent_at is None else day_of(one.sent_at),
        )
        for one in session.scalars(select(Payout).where(wanted).order_by(Payout.id))
    ]
    number, reason = decide_line(
        named,
        payouts,
        amount_fen=line.amount_fen,
        on=day_of(line.happened_at),
        reference=line.reference,
        is_return=line.receipt_id is not None,
    )
    if number is None:
        return None, reason
    if line.receipt_id is not None:
        receipt = session.get_one(Receipt, line.receipt_id, populate_existing=True)
        return (number, None) if receipt.open_fen == line.amount_fen else (None, "receipt_used")
    used = session.scalar(
        select(Payout.number).where(Payout.reference == line.reference, Payout.number != number)
    )
    return (number, None) if used is None else (None, "already_confirmed")


def follow(session: Session, actor: Actor, line: PayoutLine, number: str) -> None:
    """Let the payout go where the line says: confirmed, or returned with its receipt set aside. The line is locked."""
    payout = lock_payout(session, actor, number)
    if line.receipt_id is not None:
        receipt = session.get_one(Receipt, line.receipt_id)
        give_back(session, actor, number, reason=line.memo[:200], of_line=True)
        allocation.set_aside(session, actor, receipt.number, RETURNED)
    elif payout.state != "confirmed":
        confirm_by(session, actor, line, payout)
    settle_line(session, actor, line, payout.id, payout.attempt)


def confirm_by(session: Session, actor: Actor, line: PayoutLine, payout: Payout) -> None:
    """Confirm a payout by an outgoing line. A bank's clock that is behind ours on the day of sending does not hinder it."""
    paid_at = max(line.happened_at, payout.sent_at or line.happened_at)
    confirm(session, actor, payout.number, reference=line.reference, paid_at=min(paid_at, utcnow()))


def settle_line(session: Session, actor: Actor, line: PayoutLine, payout_id: uuid.UUID, attempt: int) -> None:
    """Note which payout, and which sending of it, a line was about."""
    line.state, line.parked_reason = "settled", None
    line.payout_id, line.attempt = payout_id, attempt
    line.decided_by, line.decided_at = actor.audit_id, utcnow()
    session.flush()
    audit.record(
        session, actor, "payments.payout_line.settled", "payout_line", line.id,
        detail={"payout": str(payout_id), "amount_fen": line.amount_fen},
    )  # fmt: skip
