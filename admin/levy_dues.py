"""帮扶金缴纳: agreed levy statements by how far they are paid, the late ones, and payments that wait to be checked."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.http import needs, page_of
from marketplace.payments.models import LevyPayment, LevyStatement
from marketplace.payments.rules.levy_payments import FUNDS, PAYMENT, REFERENCES, STANDINGS
from marketplace.payments.schemas.levy_payments import LevyDueListArgs, LevyReasonIn
from marketplace.payments.service import levy_dues, levy_payments
from marketplace.payments.service.levy_signing import CHECK
from marketplace.web.kit import Form, Listing, Pages, done, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_levy_dues", __name__, url_prefix="/admin/levy-dues")

LISTS: Final = {"": note("全部"), "overdue": note("逾期"), "open": note("未缴清"), "paid": note("已缴清")}


@pages.show("", needs(CHECK))
def listing(session: Session, actor: Actor) -> Response:
    """Agreed statements, newest first; above them what waits to be checked, oldest first."""
    asked = Listing(LevyDueListArgs)
    args: dict[str, Any] = asked.args
    page = page_of(
        session,
        levy_dues.dues_seen(actor, period=args["period"], which=args["which"], permission=CHECK),
        keys=(LevyStatement.id,),
        key_of=lambda row: (row.LevyStatement.id,),
        args=args,
        descending=True,
        scalars=False,
    )
    dues = [levy_dues.due_of(row) for row in page.items]
    waiting = session.execute(levy_dues.payments_waiting(actor).order_by(LevyPayment.id).limit(100)).all()
    return render(
        "admin/levy_dues/list.html",
        fragment="results",
        listing=asked,
        page=page,
        dues=dues,
        waiting=waiting,
        lists=LISTS,
        standings=STANDINGS,
        may_check=lambda payment: payment.recorded_person != actor.person_id,
    )


@pages.show("/<number>", needs(CHECK))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One statement: what is owed and paid of each channel and month, and its payments."""
    due = _due(session, actor, number)
    return render(
        "admin/levy_dues/one.html",
        due=due,
        parts_owed=levy_dues.parts_of(session, [due]),
        payments=levy_dues.payments_of(session, due.statement),
        standings=STANDINGS,
        states=PAYMENT.titles,
        funds=FUNDS,
        references=REFERENCES,
        may_check=lambda payment: payment.recorded_person != actor.person_id,
    )


@pages.action("/payments/<number>/check", needs(CHECK))
def check(session: Session, actor: Actor, number: str) -> Response:
    """The payment was found at the bank or in the books."""
    return _back(session, levy_payments.check_payment(session, actor, number), _("核对相符"))


@pages.form("/payments/<number>/refusal", needs(CHECK), LevyReasonIn)
def refusal(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """Why the payment is not accepted."""
    row = session.execute(levy_dues.payments_waiting(actor).where(LevyPayment.number == number)).one_or_none()
    if row is None:
        raise NotFound("levy_payment_not_found", "没有这笔缴款")
    return render(
        "admin/levy_dues/refusal.html",
        form=form,
        payment=row.LevyPayment,
        statement=row.LevyStatement,
        operator=row.name,
        funds=FUNDS,
        references=REFERENCES,
    )


@refusal.submit
def refuse(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """The payment was not found: nothing is booked."""
    return _back(session, levy_payments.refuse_payment(session, actor, number, body["reason"]), _("不予认可"))


def _due(session: Session, actor: Actor, number: str) -> levy_dues.Due:
    row = session.execute(
        levy_dues.dues_seen(actor, permission=CHECK).where(LevyStatement.number == number)
    ).one_or_none()
    if row is None:
        raise NotFound("levy_statement_not_found", "没有这张对账单")
    return levy_dues.due_of(row)


def _back(session: Session, payment: LevyPayment, text: str) -> Response:
    statement = session.get_one(LevyStatement, payment.statement_id)
    return done(f"/admin/levy-dues/{statement.number}", text)
