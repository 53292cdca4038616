"""开票: what buyers ask for, what was issued, what must be taken back; each list leads to the step that answers it."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import day_of
from marketplace.core.http import page_of
from marketplace.core.http.fields import OneOf
from marketplace.core.http.paging import PageArgs
from marketplace.core.rmb import capital_figures
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Invoice, InvoiceRequest
from marketplace.payments.rules.invoices import (
    CHECK,
    COLOR_TITLES,
    KIND_BY_CODE,
    OWED_TITLES,
    REQUEST,
    rate_words,
)
from marketplace.payments.schemas.invoices import InvoiceListArgs, InvoiceRequestListArgs
from marketplace.payments.service.invoices import attachments, reading, red, requests
from marketplace.web.kit import (
    Listing,
    Pages,
    all_rows,
    choices,
    label,
    list_file,
    needs,
    note,
    render,
    wanted_format,
)
from marketplace.web.kit import say as _

pages: Final = Pages("producers_invoicing", __name__, url_prefix="/producer/invoices")

CHECK_TONES: Final = {"accepted": "good", "refused": "bad", "unchecked": "warn"}
REQUEST_TONES: Final = {"requested": "warn", "issued": "good", "refused": "bad", "withdrawn": "quiet"}
TABS: Final = (
    ("requests", note("开票申请"), "/producer/invoices"),
    ("issued", note("已开发票"), "/producer/invoices/issued"),
    ("owed", note("应红冲"), "/producer/invoices/owed"),
)


class RequestQuery(InvoiceRequestListArgs):
    """The API's filter; without one those that wait, with an empty one all."""

    state = OneOf(REQUEST.states, load_default="requested", allow_none=True)


def tabs() -> list[tuple[str, str, str, None]]:
    """The three lists of invoicing, for `parts.tabs`."""
    return [(code, _(title), path, None) for code, title, path in TABS]


@pages.show("", needs("orders.read"))
def list_requests(session: Session, actor: Actor) -> Response:
    """Requests, those that wait first of all, oldest first."""
    listing = Listing(RequestQuery)
    page = page_of(
        session,
        requests.requests_seen(actor, state=listing.args.get("state")),
        keys=[InvoiceRequest.id],
        key_of=lambda row: [row.id],
        args=listing.args,
    )
    return render(
        "producers/invoice_requests.html",
        fragment="results",
        listing=listing,
        page=page,
        tabs=tabs(),
        covered=requests.orders_of_requests(session, page.items),
        kinds=KIND_BY_CODE,
        states=REQUEST.titles,
        state_options=choices(REQUEST.titles),
        tones=REQUEST_TONES,
    )


@pages.show("/issued", needs("orders.read"))
def list_invoices(session: Session, actor: Actor) -> Response:
    """Blue invoices and red letters, newest first; as a file the same."""
    listing = Listing(InvoiceListArgs)
    filters = ("color", "check_state", "order_number", "code", "invoice_no")
    found = reading.invoices_seen(actor, **{name: listing.args.get(name) for name in filters})
    if wanted_format():
        return _file(session, found)
    page = page_of(
        session,
        found,
        keys=[Invoice.id],
        key_of=lambda row: [row.id],
        args=listing.args,
        descending=True,
    )
    return render(
        "producers/invoices.html",
        fragment="results",
        listing=listing,
        page=page,
        tabs=tabs(),
        kinds=KIND_BY_CODE,
        colors=COLOR_TITLES,
        checks=CHECK.titles,
        color_options=choices(COLOR_TITLES),
        check_options=choices(CHECK.titles),
        tones=CHECK_TONES,
    )


def _file(session: Session, found: Any) -> Response:
    headings = [
        _("发票号码"),
        _("发票代码"),
        _("发票种类"),
        _("抬头"),
        _("税号"),
        _("价税合计(元)"),
        _("税额(元)"),
        _("开票日"),
        _("验票"),
    ]
    rows = [
        (
            one.invoice_no,
            one.code,
            label(KIND_BY_CODE[one.kind].title),
            one.title,
            one.tax_number or "",
            _signed(one, one.total_fen),
            _signed(one, one.tax_fen),
            day_of(one.issued_at).isoformat(),
            label(CHECK.titles[one.check_state]),
        )
        for (one,) in all_rows(session, found.order_by(Invoice.id.desc()))
    ]
    return list_file(_("发票"), headings, rows)


def _signed(invoice: Invoice, amount_fen: int) -> str:
    return f"{'-' if invoice.color == 'red' else ''}{amount_fen / 100:.2f}"


@pages.show("/owed", needs("orders.read"))
def list_owed(session: Session, actor: Actor) -> Response:
    """Orders for which a red letter is owed, with the invoices that it goes to."""
    listing = Listing(PageArgs)
    page = page_of(
        session,
        reading.orders_owing_red(actor),
        keys=[SalesOrder.order_no],
        key_of=lambda order: [order.order_no],
        args=listing.args,
    )
    return render(
        "producers/invoices_owed.html",
        fragment="results",
        listing=listing,
        page=page,
        owed=reading.reds_owed(session, page.items),
        tabs=tabs(),
        reasons=OWED_TITLES,
    )


@pages.show("/<number>", needs("orders.read"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """An invoice as it is printed, its files, its red letters, and what the buyer said."""
    invoice = reading.find(session, actor, number)
    covered = reading.orders_of_invoice(session, invoice)
    numbers = {order.id: order.number for order in covered}
    sign = -1 if invoice.color == "red" else 1
    return render(
        "producers/invoice.html",
        invoice=invoice,
        sign=sign,
        capital=capital_figures(sign * invoice.total_fen),
        lines=[
            (line, numbers[line.order_id], rate_words(line.tax_treatment))
            for line in reading.lines_of_invoice(session, invoice)
        ],
        orders=covered,
        kind=KIND_BY_CODE[invoice.kind],
        blue=red.blue_of(session, invoice),
        reds=red_letters(session, invoice),
        files=attachments.attached(session, invoice.id),
        colors=COLOR_TITLES,
        checks=CHECK.titles,
        tones=CHECK_TONES,
        may_issue=may_issue(actor, covered[0]),
    )


def red_letters(session: Session, invoice: Invoice) -> list[Invoice]:
    """The red letters to a blue invoice; none to a red one."""
    return reading.reds_of(session, invoice) if invoice.color == "blue" else []


def may_issue(actor: Actor, order: SalesOrder) -> bool:
    """Whether a button for issuing is shown; the service asks again."""
    return actor.may_on(
        "payments.invoice", area=order.producer_area, owners=(order.producer_organisation_id,)
    )
