"""A payment of a levy statement: recorded by either side, checked, refused or reversed by the authority, never by one person."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, redirect
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug import Response as Redirect

from admin.levies.dues import due_seen
from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.errors import NotFound
from marketplace.core.http import needs
from marketplace.payments.models import LevyPayment, LevyStatement
from marketplace.payments.rules.levy_payments import FUNDS, REFERENCES
from marketplace.payments.schemas.levy_payments import LevyPaymentIn, LevyReasonIn
from marketplace.payments.service import levy_payments
from marketplace.payments.service.book_reading import READ
from marketplace.payments.service.levy_dues import Due
from marketplace.payments.service.levy_signing import CHECK, side_of
from marketplace.web.kit import Form, Pages, choices, done, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_levy_paying", __name__, url_prefix="/admin/levies")


@pages.form("/dues/<number>/payment", needs(READ), LevyPaymentIn)
def recording(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """What was paid of the statement; it begins with what is left. Raises Forbidden for who acts for neither side."""
    due = due_seen(session, actor, number)
    side_of(actor, session.get_one(Organisation, due.statement.operator_id))
    return render(
        "admin/levies/payment.html",
        form=form.fill(
            paid_on=today(),
            amount_fen=max(due.left_fen - due.waiting_fen, 0) or None,
            fund="own",
            reference_kind="bank_line",
        ),
        due=due,
        funds=choices(FUNDS),
        references=choices(REFERENCES),
    )


@recording.submit
def record(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """It waits to be checked by another person."""
    payment = levy_payments.record_payment(session, actor, number, **body)
    return done(f"/admin/levies/dues/{number}", _("缴款 {number} 已登记,待核对", number=payment.number))


@pages.show("/payments/<number>", needs(READ))
def find(session: Session, actor: Actor, number: str) -> Redirect:
    """Where a notice about a payment leads: to its statement."""
    _payment, due = _seen(session, actor, number)
    return redirect(f"/admin/levies/dues/{due.statement.number}")


@pages.action("/payments/<number>/check", needs(CHECK))
def check(session: Session, actor: Actor, number: str) -> Response:
    """The payment was found at the bank or in the books."""
    return _back(session, levy_payments.check_payment(session, actor, number), _("核对相符"))


@pages.form("/payments/<number>/refusal", needs(CHECK), LevyReasonIn)
def refusal(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """Why the payment is not accepted."""
    return _reason(session, actor, form, number, _("不予认可"))


@refusal.submit
def refuse(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """The payment was not found: nothing is booked."""
    return _back(session, levy_payments.refuse_payment(session, actor, number, body["reason"]), _("不予认可"))


@pages.form("/payments/<number>/reversal", needs(CHECK), LevyReasonIn)
def reversal(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """Why a payment that was checked is none."""
    return _reason(session, actor, form, number, _("冲正缴款"))


@reversal.submit
def reverse(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """It is booked back, and owed again."""
    return _back(session, levy_payments.reverse_payment(session, actor, number, body["reason"]), _("已冲正"))


def _reason(session: Session, actor: Actor, form: Form, number: str, title: str) -> Response:
    payment, due = _seen(session, actor, number)
    return render(
        "admin/levies/reason.html",
        form=form,
        title=title,
        payment=payment,
        statement=due.statement,
        operator=due.operator_name,
        funds=FUNDS,
        references=REFERENCES,
    )


def _seen(session: Session, actor: Actor, number: str) -> tuple[LevyPayment, Due]:
    row = session.execute(
        select(LevyPayment, LevyStatement.number)
        .join(LevyStatement, LevyStatement.id == LevyPayment.statement_id)
        .where(LevyPayment.number == number)
    ).one_or_none()
    if row is None:
        raise NotFound("levy_payment_not_found", "没有这笔缴款")
    return row.LevyPayment, due_seen(session, actor, row.number)


def _back(session: Session, payment: LevyPayment, text: str) -> Response:
    statement = session.get_one(LevyStatement, payment.statement_id)
    return done(f"/admin/levies/dues/{statement.number}", text)
