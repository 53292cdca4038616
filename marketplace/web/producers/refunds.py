"""退款 and 退回: money that goes back to buyers, and what a person of the producer's finance does about each."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.http import page_of
from marketplace.payments import service as payments
from marketplace.payments.models import Refund, Repayment
from marketplace.payments.rules.refunds import REFUND, REFUND_KINDS, TODO, todo_of
from marketplace.payments.schemas.refunds import RefundAgainIn, RefundConfirmIn, RefundListArgs
from marketplace.payments.schemas.waiting import RepaymentArgs, RepaymentConfirmIn
from marketplace.payments.service import repayments
from marketplace.payments.service.refund_again import refund_again
from marketplace.payments.service.repayments import REPAYMENT
from marketplace.web.kit import Form, Listing, Pages, choices, done, needs, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("producers_refunds", __name__, url_prefix="/producer")
TONES: Final = {"requested": "warn", "confirmed": "good", "failed": "bad", "replaced": "quiet"}
WAY_TITLES: Final = {"gateway": note("再向支付通道申请"), "bank": note("改由银行退款")}


@pages.show("/refunds", needs("payments.read"))
def list_refunds(session: Session, actor: Actor) -> Response:
    """Refunds for goods that went back, newest first, each with what is to be done about it."""
    listing = Listing(RefundListArgs)
    asked = listing.args
    page = page_of(
        session,
        payments.refunds_seen(
            actor, state=asked.get("state"), order_number=asked.get("order_number"), todo=asked.get("todo")
        ),
        keys=[Refund.id],
        key_of=lambda row: [row.Refund.id],
        args=asked,
        descending=True,
        scalars=False,
    )
    return render(
        "producers/refunds.html",
        fragment="results",
        listing=listing,
        page=page,
        rows=[(row.Refund, row.order_number, _todo(row)) for row in page.items],
        states=REFUND.titles,
        kinds=REFUND_KINDS,
        todos=TODO,
        todo=asked.get("todo") or "",
        tabs=[("", _("全部"), listing.address(todo=None), None)]
        + [(code, title, listing.address(todo=code), None) for code, title in _todo_tabs()],
        tones=TONES,
    )


def _todo(row: Any) -> str | None:
    return todo_of(
        row.Refund.state,
        is_bounced=row.Refund.bounced_at is not None,
        is_replaced=row.is_replaced,
        is_queued=row.Refund.next_try_at is not None,
    )


def _todo_tabs() -> list[tuple[str, str]]:
    return [("pay", _("待银行退款")), ("decide", _("通道未退成"))]


@pages.form("/refunds/<number>/confirmation", needs("payments.refund"), RefundConfirmIn)
def confirming(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The bank's line by which it went back."""
    return _refund(session, actor, form, number, "confirmation")


@confirming.submit
def confirm(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """The money is back with the buyer."""
    _row, order_number = payments.confirm_refund(session, actor, number, reference=body["reference"])
    return done(f"/producer/orders/{order_number}", _("退款已登记"))


@pages.form("/refunds/<number>/again", needs("payments.refund"), RefundAgainIn)
def trying_again(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """Another way for one that the gateway did not make."""
    return _refund(session, actor, form, number, "again")


@trying_again.submit
def try_again(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Begin another in its place."""
    refund_again(session, actor, number, way=body["way"])
    return done("/producer/refunds", _("已另行办理退款"))


@pages.show("/repayments", needs("payments.refund"))
def list_repayments(session: Session, actor: Actor) -> Response:
    """Money that was for nothing or too much, on its way back to who paid it."""
    listing = Listing(RepaymentArgs)
    wanted = repayments.repayments_seen(actor)
    if listing.args.get("state") is not None:
        wanted = wanted.where(Repayment.state == listing.args["state"])
    page = page_of(
        session,
        wanted,
        keys=[Repayment.id],
        key_of=lambda row: [row.id],
        args=listing.args,
        descending=True,
    )
    return render(
        "producers/repayments.html",
        fragment="results",
        listing=listing,
        page=page,
        states=REPAYMENT.titles,
        tones=TONES,
    )


@pages.form("/repayments/<number>/confirmation", needs("payments.refund"), RepaymentConfirmIn)
def confirming_repayment(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The bank's line by which it went back."""
    row = session.scalar(repayments.repayments_seen(actor).where(Repayment.number == number))
    if row is None:
        raise NotFound("repayment_not_found", "没有这笔退回")
    return render("producers/refund_step.html", form=form, row=row, step="repayment", order_number="")


@confirming_repayment.submit
def confirm_repayment(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Done, by another person than who asked."""
    repayments.confirm(session, actor, number, body["reference"])
    return done("/producer/repayments", _("退回已登记"))


@pages.action("/repayments/<number>/withdrawal", needs("payments.refund"))
def withdraw_repayment(session: Session, actor: Actor, number: str) -> Response:
    """It will not go back after all."""
    repayments.withdraw(session, actor, number)
    return done("/producer/repayments", _("已撤回,款项恢复待认领"))


def _refund(session: Session, actor: Actor, form: Form, number: str, step: str) -> Response:
    found = session.execute(payments.refunds_seen(actor).where(Refund.number == number)).one_or_none()
    if found is None:
        raise NotFound("refund_not_found", "没有这笔退款")
    ways = choices(WAY_TITLES)
    return render(
        "producers/refund_step.html",
        form=form,
        row=found.Refund,
        order_number=found.order_number,
        step=step,
        ways=ways,
    )
