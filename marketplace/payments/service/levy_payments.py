"""Paying a levy statement: one person records what was paid, another checks it against bank line or voucher; then it is booked.

Recorded payments hold their part of the statement, so two at once never pay more than it owes; only what was checked settles the
operator's debt. A checked payment that was none is reversed, never edited.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import day_start, today, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.payments.models import LevyPayment, LevyStatement
from marketplace.payments.rules.levy_payments import PAYMENT, paid_legs
from marketplace.payments.service.books import post, reverse
from marketplace.payments.service.levy_signing import CHECK, held_statement

_TOLD: Final = {"uq_levy_payment_told": AlreadyExists("levy_payment_told", "该流水或凭证已登记在本对账单")}
_HOLDING: Final = ("recorded", "checked")


def record_payment(
    session: Session,
    actor: Actor,
    number: str,
    *,
    paid_on: date,
    amount_fen: int,
    fund: str,
    payee: str | None,
    reference_kind: str,
    reference: str,
) -> LevyPayment:
    """Either side records what was paid of an agreed statement; it waits to be checked by another person.

    Conflict: ``levy_not_agreed``, ``levy_overpaid`` (with what is left, in fen). Invalid: ``future_day``, ``payee``.
    AlreadyExists (``levy_payment_told``) for a bank line or voucher of this statement that is there.
    """
    statement, operator = held_statement(session, actor, number, None)
    if statement.state != "agreed":
        raise Conflict("levy_not_agreed", "对账单尚未经双方确认")
    if paid_on > today():
        raise Invalid("future_day", "缴款日期不能晚于今天", pointer="/paid_on")
    if (fund == "foreign") != (payee is not None):
        raise Invalid("payee", "缴入外部基金的应写明收款单位,缴入本平台专户的不写", pointer="/payee")
    left_fen = max(statement.total_fen, 0) - _held_fen(session, statement)
    if amount_fen > left_fen:
        raise Conflict("levy_overpaid", "缴款超过应缴余额", left_fen=left_fen)
    made = LevyPayment(
        id=uuid7(),
        number=readable_number("F"),
        statement_id=statement.id,
        fund=fund,
        payee=payee,
        paid_on=paid_on,
        amount_fen=amount_fen,
        reference_kind=reference_kind,
        reference=reference,
        state=PAYMENT.initial,
        recorded_by=actor.audit_id,
        recorded_person=actor.person_id,
        recorded_at=utcnow(),
        is_demo=statement.is_demo,
    )
    session.add(made)
    with refusing(_TOLD):
        session.flush()
    _record(session, actor, "recorded", made, operator)
    return made


def check_payment(session: Session, actor: Actor, number: str) -> LevyPayment:
    """The authority finds the payment in bank line or voucher: it is booked on the day on which it was paid.

    Forbidden (``same_person``) for who recorded it; IllegalTransition for one that does not wait.
    """
    payment, operator = _held(session, actor, number)
    PAYMENT.require(payment.state, "checked")
    _decide(actor, payment, "checked")
    legs = paid_legs(operator.id, payment.amount_fen, payment.fund)
    post(session, {_event(payment): legs}, day_start(payment.paid_on), is_demo=payment.is_demo)
    return _decided(session, actor, payment, operator)


def refuse_payment(session: Session, actor: Actor, number: str, reason: str) -> LevyPayment:
    """The authority does not find it: nothing is booked, and its part of the statement is owed again. As `check_payment`."""
    payment, operator = _held(session, actor, number)
    PAYMENT.require(payment.state, "refused")
    _decide(actor, payment, "refused")
    payment.reason = reason
    return _decided(session, actor, payment, operator)


def reverse_payment(session: Session, actor: Actor, number: str, reason: str) -> LevyPayment:
    """What was checked turns out to be none: booked back, by another person than who checked it. IllegalTransition otherwise."""
    payment, operator = _held(session, actor, number)
    PAYMENT.require(payment.state, "reversed")
    actor.require_other_person(payment.checked_person, what="核对人与冲正人")
    payment.state, payment.reason = "reversed", reason
    payment.reversed_by, payment.reversed_at = actor.audit_id, utcnow()
    reverse(session, _event(payment), f"levy_payment_reversed:{payment.id}", utcnow())
    return _decided(session, actor, payment, operator)


def _event(payment: LevyPayment) -> str:
    return f"levy_payment:{payment.id}"


def _held_fen(session: Session, statement: LevyStatement) -> int:
    held = session.scalar(
        select(func.sum(LevyPayment.amount_fen)).where(
            LevyPayment.statement_id == statement.id, LevyPayment.state.in_(_HOLDING)
        )
    )
    return int(held or 0)


def _held(session: Session, actor: Actor, number: str) -> tuple[LevyPayment, Organisation]:
    """The payment and, first, its statement, held. NotFound for who may not check it."""
    found = session.execute(
        select(LevyPayment.id, LevyStatement.number)
        .join(LevyStatement, LevyStatement.id == LevyPayment.statement_id)
        .where(LevyPayment.number == number)
    ).one_or_none()
    if found is None:
        raise NotFound("levy_payment_not_found", "没有这笔缴款")
    _, operator = held_statement(session, actor, found.number, CHECK)
    payment = session.get_one(LevyPayment, found.id, with_for_update=True, populate_existing=True)
    return payment, operator


def _decide(actor: Actor, payment: LevyPayment, state: str) -> None:
    actor.require_other_person(payment.recorded_person, what="登记人与核对人")
    payment.state, payment.checked_at = state, utcnow()
    payment.checked_by, payment.checked_person = actor.audit_id, actor.person_id


def _decided(session: Session, actor: Actor, payment: LevyPayment, operator: Organisation) -> LevyPayment:
    session.flush()
    notify(
        session,
        "levy_payment_decided",
        "levy_payment",
        payment.number,
        organisation_id=operator.id,
        detail={"state": payment.state, "amount_fen": payment.amount_fen},
    )
    _record(session, actor, payment.state, payment, operator)
    return payment


def _record(session: Session, actor: Actor, what: str, payment: LevyPayment, operator: Organisation) -> None:
    audit.record(
        session,
        actor,
        f"payments.levy_payment.{what}",
        "levy_payment",
        payment.number,
        area_code=operator.area_code,
        detail={"amount_fen": payment.amount_fen, "fund": payment.fund, "reference": payment.reference},
    )
