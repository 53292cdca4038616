"""发票: what came in, its files, 验票, and how much of it the unit counts as its own purchase."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import page_of
from marketplace.core.rmb import capital_figures
from marketplace.orders import service as orders
from marketplace.payments.models import Invoice
from marketplace.payments.rules.invoices import KIND_BY_CODE, rate_words
from marketplace.payments.schemas.declarations import InvoiceDeclarationIn
from marketplace.payments.schemas.invoices import InvoiceCheckIn, InvoiceListArgs
from marketplace.payments.service.invoices import attachments, checks, declarations, reading, red
from marketplace.web.buyers.states import CHECKS, titled
from marketplace.web.kit import Form, Listing, Pages, done, hats, label, needs, render
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_invoices", __name__)


def tabs_of() -> list[tuple[str, str, str, None]]:
    """The pages about invoices, as tabs."""
    return [
        ("all", _("全部发票"), "/invoices", None),
        ("unchecked", _("待验票"), "/invoices?check_state=unchecked", None),
        ("requests", _("开票申请"), "/invoice-requests", None),
    ]


@pages.show("/invoices", needs("orders.read"))
def list_invoices(session: Session, actor: Actor) -> Response:
    """The invoices over the orders one may see, newest first."""
    listing = Listing(InvoiceListArgs)
    asked = listing.args
    names = ("color", "check_state", "order_number", "code", "invoice_no")
    page = page_of(
        session,
        reading.invoices_seen(actor, **{name: asked[name] for name in names}),
        keys=[Invoice.id],
        key_of=lambda row: [row.id],
        args=asked,
        descending=True,
    )
    return render(
        "buyers/invoices.html",
        fragment="results",
        listing=listing,
        page=page,
        kinds=KIND_BY_CODE,
        states=titled(CHECKS),
        tabs=tabs_of(),
        chosen="unchecked" if asked["check_state"] == "unchecked" else "all",
        may_ask=actor.may("payments.invoice_ask"),
    )


@pages.show("/invoices/<number>", needs("orders.read"))
def one_invoice(session: Session, actor: Actor, number: str) -> Response:
    """An invoice as it is printed, with what became of it."""
    return _show(session, actor, number)


@pages.form("/invoices/<number>/check", needs("payments.invoice_check"), InvoiceCheckIn)
def checking(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The invoice, after a check that was refused."""
    return _show(session, actor, number, check=form)


@checking.submit
def check(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """验票: accepted, or refused, and then a red letter is owed."""
    checks.check(session, actor, number, **body)
    return done(f"/invoices/{number}", _("验票通过") if body["accept"] else _("已退票,供货方须开红字发票"))


@pages.form("/invoices/<number>/declarations", needs("payments.invoice_check"), InvoiceDeclarationIn)
def declaring(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The invoice, after a declaration that was refused."""
    return _show(session, actor, number, declare=form)


@declaring.submit
def declare(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Count a part of it as the own purchase."""
    declarations.declare(session, actor, body.pop("organisation_id"), **body)
    return done(f"/invoices/{number}", _("已申报为本单位采购"))


@pages.action(
    "/invoices/<number>/declarations/<uuid:declaration_id>/withdrawal", needs("payments.invoice_check")
)
def withdraw(session: Session, actor: Actor, number: str, declaration_id: uuid.UUID) -> Response:
    """Count it no longer."""
    declarations.withdraw(session, actor, declaration_id)
    return done(f"/invoices/{number}", _("采购申报已撤回"))


def _show(session: Session, actor: Actor, number: str, **refused: Form) -> Response:
    invoice = reading.find(session, actor, number)
    covered = reading.orders_of_invoice(session, invoice)
    forms = {
        "check": refused.get("check") or Form(InvoiceCheckIn),
        "declare": refused.get("declare") or Form(InvoiceDeclarationIn),
    }
    for name, form in forms.items():
        form.prefix = f"f-{name}"
    forms["declare"].fill(
        organisation_id=hats.organisation(actor), code=invoice.code, invoice_no=invoice.invoice_no
    )
    sides = [side for order in covered for side in (order.buyer_id, order.budget_unit_id)]
    may_check = all(orders.may_on(actor, "payments.invoice_check", order, sides) for order in covered)
    sign = -1 if invoice.color == "red" else 1
    return render(
        "buyers/invoice.html",
        invoice=invoice,
        sign=sign,
        kind=label(KIND_BY_CODE[invoice.kind].title),
        state=titled(CHECKS)[invoice.check_state],
        capital=capital_figures(sign * invoice.total_fen),
        orders=covered,
        lines=[
            (line, *map(label, rate_words(line.tax_treatment)))
            for line in reading.lines_of_invoice(session, invoice)
        ],
        files=attachments.attached(session, invoice.id),
        blue=red.blue_of(session, invoice),
        reds=reading.reds_of(session, invoice),
        declared=declarations.declarations_of(session, invoice),
        unit_id=hats.organisation(actor),
        forms_of=forms,
        may_check=may_check and invoice.check_state == "unchecked",
        may_declare=invoice.color == "blue" and actor.may("payments.invoice_check"),
        verdicts=[("on", _("通过")), ("0", _("退票,要求红冲"))],
    )
