"""开票申请: one invoice over one or several orders of one supplier, with title and tax number; what became of it."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.http import page_of
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import InvoiceRequest
from marketplace.payments.rules.invoices import KIND_BY_CODE, KINDS, PERSONAL
from marketplace.payments.schemas.invoices import MOST_ORDERS, InvoiceAskIn, InvoiceRequestListArgs
from marketplace.payments.service.invoices import requests
from marketplace.web.buyers.invoices import tabs_of
from marketplace.web.buyers.states import INVOICE_REQUESTS, titled
from marketplace.web.kit import Form, Listing, Pages, done, label, needs, render
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_invoice_requests", __name__)
_NOT_INVOICED: Final = ("none", "partly_issued")


@pages.show("/invoice-requests", needs("orders.read"))
def list_requests(session: Session, actor: Actor) -> Response:
    """What was asked for, newest first."""
    listing = Listing(InvoiceRequestListArgs)
    page = page_of(
        session,
        requests.requests_seen(actor, state=listing.args["state"]),
        keys=[InvoiceRequest.id],
        key_of=lambda row: [row.id],
        args=listing.args,
        descending=True,
    )
    return render(
        "buyers/invoice_requests.html",
        fragment="results",
        listing=listing,
        page=page,
        covered=requests.orders_of_requests(session, page.items),
        kinds=KIND_BY_CODE,
        states=titled(INVOICE_REQUESTS),
        tabs=tabs_of(),
        may_ask=actor.may("payments.invoice_ask"),
    )


@pages.form("/invoice-requests/new", needs("payments.invoice_ask"), InvoiceAskIn)
def asking(session: Session, actor: Actor, form: Form) -> Response:
    """Of which orders, and to whom the invoice is made out. Without an order: those that can be asked for."""
    number = request.args.get("order") or (form.values("order_numbers") or [""])[0]
    statement = orders.orders_seen(actor).where(
        SalesOrder.invoice_state.in_(_NOT_INVOICED), SalesOrder.state != "cancelled"
    )
    first = None
    if number:
        first = orders.read_order(session, actor, number)
        statement = statement.where(
            SalesOrder.producer_organisation_id == first.producer_organisation_id,
            SalesOrder.buyer_id == first.buyer_id,
        )
        buyer = session.get_one(Organisation, first.buyer_id)
        form.fill(
            order_numbers=[number],
            kind="digital_normal",
            title=PERSONAL if buyer.kind == "individual" else buyer.name,
            tax_number=buyer.uscc,
        )
    found = session.scalars(statement.order_by(SalesOrder.order_no.desc()).limit(MOST_ORDERS)).all()
    return render(
        "buyers/invoice_request.html",
        form=form,
        first=first,
        orders=found,
        kinds=[(kind.code, label(kind.title)) for kind in KINDS],
    )


@asking.submit
def ask(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Ask; the supplier issues it or says why not."""
    row = requests.ask(session, actor, body.pop("order_numbers"), **body)
    return done("/invoice-requests", _("已申请开票 {number}", number=row.number))


@pages.action("/invoice-requests/<number>/withdrawal", needs("payments.invoice_ask"))
def withdraw(session: Session, actor: Actor, number: str) -> Response:
    """Ask no longer."""
    requests.withdraw(session, actor, number)
    return done("/invoice-requests", _("已撤回开票申请"))
