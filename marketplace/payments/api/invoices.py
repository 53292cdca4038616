"""Invoices: issued by sellers, checked by buyers, taken back by red letters."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from flask_smorest.fields import Upload
from marshmallow import Schema
from sqlalchemy.orm import Session

from marketplace.core import files
from marketplace.core.actor import Actor
from marketplace.core.http import Page, PageArgs, endpoint, needs, page_of, page_schema
from marketplace.core.models import StoredFile
from marketplace.core.rmb import capital_figures
from marketplace.orders.models import SalesOrder
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import Invoice, InvoiceLine
from marketplace.payments.rules.gates import GATES, waited_for
from marketplace.payments.rules.invoices import KIND_BY_CODE, rate_words
from marketplace.payments.schemas import invoices as schemas
from marketplace.payments.schemas.gates import GatesOut
from marketplace.payments.service.invoices import attachments, checks, declarations, issue, reading, red

_ROW = tuple(name for name in schemas.InvoiceRowOut().fields if name != "kind_title")
_PRINTED = tuple(schemas.PrintedIn().fields)


class InvoiceFileIn(Schema):
    """The file itself; at most 20 MB; PDF, OFD, PNG or JPEG."""

    file = Upload(required=True, metadata={"description": "PDF、OFD、PNG 或 JPEG,不超过 20 MB"})


def _printed(body: dict[str, Any]) -> issue.Printed:
    return issue.Printed(**{name: body[name] for name in _PRINTED})


def _row(invoice: Invoice) -> dict[str, Any]:
    return {name: getattr(invoice, name) for name in _ROW} | {"kind_title": KIND_BY_CODE[invoice.kind].title}


def _line(line: InvoiceLine, order_number: str) -> dict[str, Any]:
    rate, remark = rate_words(line.tax_treatment)
    names = ("line_no", "description", "spec", "unit", "quantity", "tax_fen", "gross_fen", "red_fen")
    return {name: getattr(line, name) for name in names} | {
        "order_number": order_number,
        "net_fen": line.gross_fen - line.tax_fen,
        "rate": rate,
        "remark": remark,
    }


def _shown(session: Session, invoice: Invoice) -> dict[str, Any]:
    session.refresh(invoice)
    covered = {order.id: order.number for order in reading.orders_of_invoice(session, invoice)}
    blue = red.blue_of(session, invoice)
    sign = -1 if invoice.color == "red" else 1
    return _row(invoice) | {
        "capital": capital_figures(sign * invoice.total_fen),
        "blue_number": None if blue is None else blue.number,
        "red_numbers": [one.number for one in reading.reds_of(session, invoice)],
        "lines": [_line(one, covered[one.order_id]) for one in reading.lines_of_invoice(session, invoice)],
        "files": attachments.attached(session, invoice.id),
        "declarations": declarations.declarations_of(session, invoice),
    }


@blueprint.route("/invoices", methods=["POST"])
@endpoint(needs("payments.invoice"), idempotent=True)
@blueprint.arguments(schemas.InvoiceIn)
@blueprint.response(201, schemas.InvoiceOut)
def issue_invoice(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """The seller issued a blue invoice: for a request, or over orders that no request covers, merged if several."""
    if body["request_number"] is not None:
        return _shown(
            session, issue.issue_for_request(session, actor, body["request_number"], _printed(body))
        )
    to = issue.Addressed(kind=body["kind"], title=body["title"], tax_number=body["tax_number"])
    return _shown(session, issue.issue(session, actor, body["order_numbers"], to, _printed(body)))


@blueprint.route("/invoices")
@endpoint(needs("orders.read"))
@blueprint.arguments(schemas.InvoiceListArgs, location="query")
@blueprint.response(200, page_schema(schemas.InvoiceRowOut))
def list_invoices(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Invoices over the orders one may see, oldest first: with `check_state=unchecked` what buyers have to check."""
    filters = ("color", "check_state", "order_number", "code", "invoice_no")
    page = page_of(
        session,
        reading.invoices_seen(actor, **{name: args[name] for name in filters}),
        keys=[Invoice.id],
        key_of=lambda row: [row.id],
        args=args,
    )
    return Page([_row(invoice) for invoice in page.items], page.next_cursor)


@blueprint.route("/invoices/red-letters-owed")
@endpoint(needs("orders.read"))
@blueprint.arguments(PageArgs, location="query")
@blueprint.response(200, page_schema(schemas.RedOwedOut))
def list_reds_owed(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Orders for which a red letter is owed: goods went back after the invoice, or the buyer refused it."""
    page = page_of(
        session,
        reading.orders_owing_red(actor),
        keys=[SalesOrder.order_no],
        key_of=lambda order: [order.order_no],
        args=args,
    )
    items = [
        {
            "order_number": one.order.number,
            "buyer_name": one.order.buyer_name,
            "producer_name": one.order.producer_name,
            "owed_fen": one.owed_fen,
            "reasons": one.reasons,
            "invoice_numbers": one.invoice_numbers,
        }
        for one in reading.reds_owed(session, page.items)
    ]
    return Page(items, page.next_cursor)


@blueprint.route("/invoices/<number>")
@endpoint(needs("orders.read"))
@blueprint.response(200, schemas.InvoiceOut)
def show(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """An invoice as it is printed, with what became of it."""
    return _shown(session, reading.find(session, actor, number))


@blueprint.route("/invoices/<number>/red-letters", methods=["POST"])
@endpoint(needs("payments.invoice"), idempotent=True)
@blueprint.arguments(schemas.RedLetterIn)
@blueprint.response(201, schemas.InvoiceOut)
def issue_red(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """The seller issued a red letter to it; never more red than blue."""
    parts = None if body["lines"] is None else {one["line_no"]: one["gross_fen"] for one in body["lines"]}
    reversal = red.Reversal(
        reason=body["reason"], confirmation_no=body["confirmation_no"], parts=parts, whole=body["whole"]
    )
    return _shown(session, red.issue_red(session, actor, number, reversal, _printed(body)))


@blueprint.route("/invoices/<number>/check", methods=["POST"])
@endpoint(needs("payments.invoice_check"), idempotent=True)
@blueprint.arguments(schemas.InvoiceCheckIn)
@blueprint.response(200, schemas.InvoiceOut)
def check(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """The buyer checked it (验票): accepted, or refused, and then a red letter is owed."""
    return _shown(session, checks.check(session, actor, number, **body))


@blueprint.route("/invoices/<number>/files", methods=["POST"])
@endpoint(needs("payments.invoice"), idempotent=True)
@blueprint.arguments(InvoiceFileIn, location="files")
@blueprint.response(201, schemas.InvoiceFileOut)
def attach(session: Session, actor: Actor, body: dict[str, Any], number: str) -> StoredFile:
    """Add the invoice itself as PDF or OFD, or a scan of the paper."""
    sent = body["file"]
    content = sent.stream.read(files.MAX_BYTES + 1)
    return attachments.attach(session, actor, number, name=sent.filename or "", content=content)


@blueprint.route("/invoices/<number>/files/<uuid:file_id>")
@endpoint(needs("orders.read"))
@blueprint.response(200, content_type="application/octet-stream")
def download(session: Session, actor: Actor, number: str, file_id: uuid.UUID) -> Response:
    """A file of an invoice, for both sides, as an attachment; the reading is recorded."""
    content = attachments.read_attached(session, actor, number, file_id)
    return Response(
        content,
        mimetype="application/octet-stream",
        headers={"Content-Disposition": "attachment", "Cache-Control": "private, no-store"},
    )


@blueprint.route("/orders/<number>/payment-gates")
@endpoint(needs("orders.read"))
@blueprint.response(200, GatesOut)
def gates(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """验货 and 验票 of an order, and whether its contract lets the payment wait for them."""
    order, found = checks.payment_gates(session, actor, number)
    return {
        "order_number": order.number,
        "gates": [
            {
                "code": gate.code,
                "title": GATES[gate.code],
                "is_passed": gate.is_passed,
                "may_delay": gate.may_delay,
            }
            for gate in found
        ],
        "waited_for": waited_for(found),
    }
