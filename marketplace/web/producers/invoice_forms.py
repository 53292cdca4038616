"""What a producer does about invoices: issue what was asked or unasked, refuse, take back by a red letter, add its file."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request
from marshmallow import pre_load
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import files
from marketplace.core.actor import Actor
from marketplace.core.errors import Invalid, NotFound
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Invoice, InvoiceRequest
from marketplace.payments.rules.invoices import KIND_BY_CODE, KINDS
from marketplace.payments.schemas.invoices import InvoiceIn, InvoiceRefusalIn, PrintedIn, RedLetterIn
from marketplace.payments.service.invoices import attachments, issue, reading, red, requests
from marketplace.payments.service.invoices.drafts import rest_of
from marketplace.web.kit import Form, NoFields, Pages, done, label, needs, render
from marketplace.web.kit import say as _
from marketplace.web.kit.rows import NOTHING, meant, put_in_place

pages: Final = Pages("producers_invoice_forms", __name__, url_prefix="/producer/invoices")
_PRINTED: Final = tuple(PrintedIn().fields)


class RedForm(RedLetterIn):
    """The API's red letter; a line without an amount is not taken back, none named is what is owed."""

    @pre_load
    def leave_out(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Drop the lines of which nothing goes back."""
        found = meant(data, "lines", ("gross_fen",), NOTHING)
        return found | {"lines": found.get("lines") or None}


@pages.form("/requests/<number>", needs("payments.invoice"), PrintedIn)
def answering(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """What the request asks for, line by line, and the fields of the invoice that was made of it."""
    asked, found = _request(session, actor, number)
    return _issuing(session, form, found, asked=asked)


@answering.submit
def answer(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """The invoice, with its file if it came along."""
    invoice = issue.issue_for_request(session, actor, number, _printed(body))
    _keep_files(session, actor, invoice)
    return done(f"/producer/invoices/{invoice.number}", _("发票已登记,已告知采购单位"))


@pages.form("/requests/<number>/refusal", needs("payments.invoice"), InvoiceRefusalIn)
def refusing(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """Not as it was asked, with the reason."""
    asked, found = _request(session, actor, number)
    return render("producers/invoice_refusal.html", form=form, asked=asked, orders=found)


@refusing.submit
def refuse(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """The buyer may ask again."""
    requests.decline(session, actor, number, body["reason"])
    return done("/producer/invoices", _("已退回申请,采购单位可以改正后重新申请"))


@pages.form("/new", needs("payments.invoice"), InvoiceIn)
def issuing(session: Session, actor: Actor, form: Form) -> Response:
    """One invoice over an order, or over several of one buyer, that nobody asked for: `?order=D…`, once for each."""
    found = [orders.read_order(session, actor, one) for one in _chosen()]
    if not found:
        raise NotFound
    form.fill(order_numbers=[one.number for one in found], kind="digital_normal")
    return _issuing(session, form, found, others=_others(session, actor, found))


@issuing.submit
def issue_unasked(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """The invoice over these orders."""
    to = issue.Addressed(kind=body["kind"], title=body["title"], tax_number=body["tax_number"])
    invoice = issue.issue(session, actor, body["order_numbers"] or [], to, _printed(body))
    _keep_files(session, actor, invoice)
    return done(f"/producer/invoices/{invoice.number}", _("发票已登记,已告知采购单位"))


@pages.form("/<number>/red-letter", needs("payments.invoice"), RedForm)
def reversing(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """A red letter: of what is owed, of named lines, or of all that is left."""
    blue = reading.find(session, actor, number)
    lines = [
        (line, line.gross_fen - line.red_fen)
        for line in reading.lines_of_invoice(session, blue)
        if line.gross_fen > line.red_fen
    ]
    form.fill(seller_tax_number=blue.seller_tax_number)
    put_in_place(form, "lines", ("gross_fen",), len(lines), NOTHING, at="gross_fen")
    return render(
        "producers/invoice_red.html",
        form=form,
        blue=blue,
        lines=lines,
        kind=KIND_BY_CODE[blue.kind],
        owed=reading.reds_owed(session, reading.orders_of_invoice(session, blue)),
    )


@reversing.submit
def reverse(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """The red letter, with its file if it came along."""
    parts = None if body["lines"] is None else {one["line_no"]: one["gross_fen"] for one in body["lines"]}
    reversal = red.Reversal(
        reason=body["reason"], confirmation_no=body["confirmation_no"], parts=parts, whole=body["whole"]
    )
    letter = red.issue_red(session, actor, number, reversal, _printed(body))
    _keep_files(session, actor, letter)
    return done(f"/producer/invoices/{letter.number}", _("红字发票已登记,已告知采购单位"))


@pages.form("/<number>/files", needs("payments.invoice"), NoFields)
def attaching(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The invoice itself as PDF or OFD, or a photo of the paper."""
    return render("producers/invoice_file.html", form=form, invoice=reading.find(session, actor, number))


@attaching.submit
def attach(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Keep it for both sides."""
    if not _keep_files(session, actor, reading.find(session, actor, number)):
        raise Invalid("file_empty", "请选择文件", pointer="/file")
    return done(f"/producer/invoices/{number}", _("文件已上传"))


def _issuing(
    session: Session,
    form: Form,
    found: list[SalesOrder],
    *,
    asked: InvoiceRequest | None = None,
    others: list[SalesOrder] | None = None,
) -> Response:
    drafts = [draft for order in found for draft in rest_of(session, order)]
    seller = session.get_one(Organisation, found[0].producer_organisation_id)
    form.fill(seller_tax_number=seller.uscc)
    return render(
        "producers/invoice_form.html",
        form=form,
        asked=asked,
        orders=found,
        others=others or [],
        buyer=found[0].buyer_name,
        drafts=drafts,
        total_fen=sum(draft.gross_fen for draft in drafts),
        tax_fen=sum(draft.tax_fen for draft in drafts),
        kinds=KIND_BY_CODE,
        kind_options=[(kind.code, label(kind.title)) for kind in KINDS],
    )


def _request(session: Session, actor: Actor, number: str) -> tuple[InvoiceRequest, list[SalesOrder]]:
    """The request and its orders, for reading. NotFound for who may not see them."""
    row = session.scalars(requests.requests_seen(actor).where(InvoiceRequest.number == number)).one_or_none()
    if row is None:
        raise NotFound("invoice_request_not_found", "没有这个开票申请")
    return row, requests.orders_of_requests(session, [row])[row.id]


def _chosen() -> list[str]:
    """The orders named in the address, or in the form that was sent."""
    sent: dict[str, None] = dict.fromkeys(
        request.form.getlist("order_numbers") or request.args.getlist("order")
    )
    return [one for one in sent if one]


def _others(session: Session, actor: Actor, found: list[SalesOrder]) -> list[SalesOrder]:
    """Further orders of the same buyer that may stand on the same invoice."""
    rows = session.scalars(
        orders.orders_seen(actor)
        .where(
            SalesOrder.buyer_id == found[0].buyer_id,
            SalesOrder.producer_organisation_id == found[0].producer_organisation_id,
            SalesOrder.invoice_state == "none",
            SalesOrder.state != "cancelled",
            SalesOrder.id.not_in([one.id for one in found]),
        )
        .order_by(SalesOrder.order_no.desc())
        .limit(_MOST_OTHERS)
    )
    return list(rows)


_MOST_OTHERS: Final = 20


def _printed(body: dict[str, Any]) -> issue.Printed:
    return issue.Printed(**{name: body[name] for name in _PRINTED})


def _keep_files(session: Session, actor: Actor, invoice: Invoice) -> int:
    """Keep what was chosen as `file`, and say how many files that were."""
    sent = [one for one in request.files.getlist("file") if one.filename]
    for one in sent:
        content = one.stream.read(files.MAX_BYTES + 1)
        attachments.attach(session, actor, invoice.number, name=one.filename or "", content=content)
    return len(sent)
