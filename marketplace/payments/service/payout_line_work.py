"""What people do with lines of payouts that wait: say which payout, or that it is none; take back what a line said."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.scope import visible
from marketplace.payments.models import BankStatement, Payout, PayoutLine, Receipt
from marketplace.payments.rules.payers import nearly_in, payer_key
from marketplace.payments.rules.payout_lines import PARKED, Named
from marketplace.payments.service import allocation
from marketplace.payments.service.payout_lines import confirm_by, follow, judge
from marketplace.payments.service.payout_outcomes import lock_payout, unconfirm, unreturn
from marketplace.payments.service.settlement import SETTLE

#: Why a payout is suggested, with the words that people read and the weight of the reason.
FOR: Final = {
    "number": ("附言中的付款编号相同或相近", 8),
    "amount": ("金额相同", 4),
    "payee": ("户名相同", 3),
}
MOST: Final = 20


@dataclass(frozen=True, slots=True)
class PayoutSuggestion:
    """A payout that a line may be about."""

    payout_number: str
    payee_name: str
    amount_fen: int
    state: str
    reasons: tuple[str, ...]


def lines_seen(actor: Actor, *, state: str | None = None) -> Select[PayoutLine, str | None]:
    """Lines of payouts that an actor may see, with the payout's number, unsorted, for a paged list."""
    statement = (
        select(PayoutLine, Payout.number.label("payout_number"))
        .join(BankStatement, BankStatement.id == PayoutLine.statement_id)
        .outerjoin(Payout, Payout.id == PayoutLine.payout_id)
        .where(visible(actor, SETTLE, area=BankStatement.area_code))
    )
    return statement if state is None else statement.where(PayoutLine.state == state)


def suggest_payouts(session: Session, actor: Actor, line_id: uuid.UUID) -> list[PayoutSuggestion]:
    """Payouts that a waiting line may be about, best first, at most 20; none for a line that waits for nothing. NotFound."""
    line = _line(session, actor, line_id, lock=False)
    if line.state != "parked":
        return []
    states = ("sent",) if line.receipt_id is None else ("sent", "confirmed")
    rows = session.execute(
        select(Payout, Organisation.name)
        .join(Organisation, Organisation.id == Payout.producer_organisation_id)
        .where(
            Payout.state.in_(states),
            visible(actor, SETTLE, area=Organisation.area_code),
            or_(Payout.amount_fen == line.amount_fen, Payout.sent_at <= line.happened_at),
        )
        .order_by(Payout.sent_at.desc(), Payout.id)
        .limit(500)
    )
    found = []
    for payout, name in rows:
        reasons = {
            "number": bool(line.memo) and nearly_in(line.memo, payout.number),
            "amount": payout.amount_fen == line.amount_fen,
            "payee": payer_key(name) == payer_key(line.payee_name),
        }
        told = tuple(code for code, holds in reasons.items() if holds)
        if told:
            found.append(PayoutSuggestion(payout.number, name, payout.amount_fen, payout.state, told))
    found.sort(key=lambda one: (-sum(FOR[code][1] for code in one.reasons), one.payout_number))
    return found[:MOST]


def match_line(session: Session, actor: Actor, line_id: uuid.UUID, payout_number: str) -> PayoutLine:
    """A person says which payout a waiting line is about; the amount must be the payout's, and it must be on its way.

    Conflict (`payout_line_decided`) for a line that does not wait, (`payout_line_differs`) with the reason; NotFound.
    """
    line = _waiting(session, actor, line_id)
    payout = lock_payout(session, actor, payout_number)
    number, reason = judge(session, line, [Named(payout.number, None)])
    if number is None:
        raise Conflict(
            "payout_line_differs", "该流水与付款不符", reason=reason or "", text=PARKED[reason or ""]
        )
    follow(session, actor, line, number)
    return line


def dismiss_line(session: Session, actor: Actor, line_id: uuid.UUID) -> PayoutLine:
    """A person says that a waiting line is none of payouts. Conflict (`payout_line_decided`)."""
    line = _waiting(session, actor, line_id)
    line.state, line.parked_reason = "other", None
    line.decided_by, line.decided_at = actor.audit_id, utcnow()
    session.flush()
    audit.record(session, actor, "payments.payout_line.dismissed", "payout_line", line.id)
    return line


def reverse_line(session: Session, actor: Actor, line_id: uuid.UUID, reason: str) -> PayoutLine:
    """Take back what a line said of its payout, by entries that reverse it; the line waits again.

    Of a return taken back the payout is on its way again, or paid, where its own line had confirmed it. Conflict
    (`payout_line_decided`) for a line that is of no payout, (`payout_elsewhere`) when the payout is further by now.
    """
    line = _line(session, actor, line_id, lock=True)
    if line.state != "settled" or line.payout_id is None:
        raise Conflict("payout_line_decided", "该流水没有待处理或可撤销的认定")
    payout = lock_payout(session, actor, session.get_one(Payout, line.payout_id).number)
    if payout.attempt != line.attempt:
        raise Conflict("payout_elsewhere", "付款状态已变化,不能撤销", state=payout.state)
    if line.receipt_id is None:
        unconfirm(session, actor, payout)
    else:
        unreturn(session, actor, payout)
        allocation.take_up_again(session, actor, session.get_one(Receipt, line.receipt_id).number)
        _confirm_again(session, actor, payout)
    line.state, line.parked_reason = "parked", "undone"
    line.payout_id = line.attempt = None
    line.decided_by, line.decided_at = actor.audit_id, utcnow()
    session.flush()
    audit.record(
        session, actor, "payments.payout_line.reversed", "payout_line", line.id,
        detail={"payout": payout.number, "reason": reason},
    )  # fmt: skip
    return line


def _confirm_again(session: Session, actor: Actor, payout: Payout) -> None:
    own = session.scalars(
        select(PayoutLine).where(
            PayoutLine.payout_id == payout.id,
            PayoutLine.attempt == payout.attempt,
            PayoutLine.receipt_id.is_(None),
        )
    ).one_or_none()
    if own is not None:
        confirm_by(session, actor, own, payout)


def _waiting(session: Session, actor: Actor, line_id: uuid.UUID) -> PayoutLine:
    line = _line(session, actor, line_id, lock=True)
    if line.state != "parked":
        raise Conflict("payout_line_decided", "该流水没有待处理或可撤销的认定")
    return line


def _line(session: Session, actor: Actor, line_id: uuid.UUID, *, lock: bool) -> PayoutLine:
    seen = lines_seen(actor).with_only_columns(PayoutLine).where(PayoutLine.id == line_id)
    if lock:
        seen = seen.with_for_update(of=PayoutLine)
    line = session.scalars(seen.execution_options(populate_existing=True)).one_or_none()
    if line is None:
        raise NotFound("payout_line_not_found", "没有这笔流水")
    return line
