"""应收: what buyers owe and are late with, the payments of an order, and the interest that may be claimed for it."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import page_of
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.orders.terms import METHOD_BY_CODE
from marketplace.orders.titles import PAYMENT_TITLES as ORDER_PAYMENT_TITLES
from marketplace.payments import service as payments
from marketplace.payments.gateways import BANK_TRANSFER
from marketplace.payments.rules.interest import CLAIM
from marketplace.payments.rules.kinds import KIND_BY_CODE
from marketplace.payments.rules.matching import PAYMENT_TITLES
from marketplace.payments.schemas.interest import InterestReceivedIn
from marketplace.payments.schemas.receipts import OverdueArgs
from marketplace.payments.service import agreements, interest, overdue
from marketplace.web.kit import (
    Form,
    Listing,
    Pages,
    all_rows,
    done,
    list_file,
    needs,
    render,
    wanted_format,
)
from marketplace.web.kit import say as _

pages: Final = Pages("producers_receivables", __name__, url_prefix="/producer")


@pages.show("/receivables", needs("payments.read"))
def list_overdue(session: Session, actor: Actor) -> Response:
    """Who is late, the longest first, with days and interest to date."""
    listing = Listing(OverdueArgs)
    found = overdue.overdue_orders(actor, area=listing.args.get("area"))
    if wanted_format():
        return _file(session, found)
    page = page_of(
        session,
        found,
        keys=[SalesOrder.due_on, SalesOrder.order_no],
        key_of=lambda order: [order.due_on, order.order_no],
        args=listing.args,
    )
    return render(
        "producers/receivables.html",
        fragment="results",
        listing=listing,
        page=page,
        late=[overdue.overdue_of(order) for order in page.items],
    )


def _file(session: Session, found: Any) -> Response:
    headings = [
        _("订单号"),
        _("采购单位"),
        _("送达"),
        _("付款期限"),
        _("逾期天数"),
        _("未付(元)"),
        _("逾期利息(元)"),
    ]
    late = [
        overdue.overdue_of(order)
        for (order,) in all_rows(session, found.order_by(SalesOrder.due_on, SalesOrder.order_no))
    ]
    rows = [
        (
            one.order_number,
            one.buyer_name,
            one.delivered_on.isoformat() if one.delivered_on else "",
            one.due_on.isoformat(),
            one.days_overdue,
            f"{one.open_fen / 100:.2f}",
            f"{one.interest_fen / 100:.2f}",
        )
        for one in late
    ]
    return list_file(_("逾期应收"), headings, rows)


@pages.show("/orders/<number>/payments", needs("payments.read"))
def of_order(session: Session, actor: Actor, number: str) -> Response:
    """What came for an order and into whose account, what is open, and the interest of what is late."""
    order = orders.read_order(session, actor, number)
    owner, area = (order.producer_organisation_id,), order.producer_area
    due_fen = orders.due_fen(order)
    return render(
        "producers/order_payments.html",
        order=order,
        method=METHOD_BY_CODE[order.payment_method],
        received=payments.payments_of(session, actor, number),
        supervised=agreements.account_to_pay(session, order),
        due_fen=due_fen,
        has_notice=due_fen > 0
        and order.state != "cancelled"
        and order.payment_method in BANK_TRANSFER.serves,
        interest=interest.interest_of(session, actor, number),
        claims=CLAIM.titles,
        kinds={code: kind.title for code, kind in KIND_BY_CODE.items()},
        titles=PAYMENT_TITLES,
        states=ORDER_PAYMENT_TITLES,
        may_record=actor.may_on("payments.record", area=area, owners=owner),
        may_claim=actor.may_on("payments.interest", area=area, owners=owner),
    )


@pages.action("/orders/<number>/interest-claims", needs("payments.interest"))
def claim(session: Session, actor: Actor, number: str) -> Response:
    """Claim the interest until today; the buyer is told."""
    interest.claim_interest(session, actor, number)
    return done(f"/producer/orders/{number}/payments", _("已向采购单位催告逾期利息"))


@pages.form(
    "/orders/<number>/interest-claims/<claim_number>/receipt",
    needs("payments.interest"),
    InterestReceivedIn,
)
def receiving(session: Session, actor: Actor, form: Form, number: str, claim_number: str) -> Response:
    """The bank's line by which the interest came."""
    order = orders.read_order(session, actor, number)
    return render("producers/interest_received.html", form=form, order=order, claim_number=claim_number)


@receiving.submit
def receive(session: Session, actor: Actor, body: dict[str, Any], number: str, claim_number: str) -> Response:
    """It is in the own account, whole."""
    interest.receive_interest(session, actor, claim_number, reference=body["reference"])
    return done(f"/producer/orders/{number}/payments", _("利息到账已登记"))


@pages.action("/orders/<number>/interest-claims/<claim_number>/waiver", needs("payments.interest"))
def waive(session: Session, actor: Actor, number: str, claim_number: str) -> Response:
    """Give the claim up."""
    interest.waive_interest(session, actor, claim_number)
    return done(f"/producer/orders/{number}/payments", _("已放弃这笔催告"))
