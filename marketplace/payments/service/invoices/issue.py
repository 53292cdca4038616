"""The seller's blue invoice over what is bought and not invoiced of one or several orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Invoice, InvoiceLine, InvoiceRequest, InvoiceRequestOrder
from marketplace.payments.rules.invoices import PERSONAL, check_number, check_title, check_treatments
from marketplace.payments.service.invoices.drafts import Draft, rest_of
from marketplace.payments.service.invoices.parties import (
    lock_orders,
    require_one_trade,
    seller_of,
    tax_number_of,
)
from marketplace.payments.service.invoices.requests import close, lock_request

KNOWN = {"uq_invoice_code_invoice_no": AlreadyExists("invoice_known", "该发票已登记")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What stands on an invoice besides its lines: numbers, day, seller, and its sums in fen, which are checked."""

    code: str
    invoice_no: str
    issued_at: datetime
    seller_tax_number: str
    total_fen: int
    tax_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """To whom an invoice of which kind is written; None takes the buyer's registered name and code."""

    kind: str
    title: str | None = None
    tax_number: str | None = None


def issue_for_request(session: Session, actor: Actor, number: str, printed: Printed) -> Invoice:
    """Issue what a request asks for: its orders, kind, title and tax number. Refusals as those of `issue`."""
    row, found = lock_request(session, actor, number)
    close(session, row, "issued")
    to = Addressed(kind=row.kind, title=row.title, tax_number=row.tax_number)
    return _issue(session, actor, found, to, printed, row)


def issue(
    session: Session, actor: Actor, order_numbers: Sequence[str], to: Addressed, printed: Printed
) -> Invoice:
    """Issue one blue invoice over what is bought and not invoiced of the orders, without a request.

    Amounts are those of the frozen tax splits; what is printed must be them: Invalid (`invoice_total`, `invoice_tax`). Others:
    those of `rules.invoices`, `invoice_orders_differ`, `seller_differs`, `issued_at`; Conflict (`nothing_to_invoice`,
    `invoice_asked_otherwise` when an open request covers one of the orders), AlreadyExists (`invoice_known`).
    """
    found = lock_orders(session, order_numbers)
    asked = session.scalar(
        select(InvoiceRequestOrder.order_id)
        .where(InvoiceRequestOrder.order_id.in_([order.id for order in found]), InvoiceRequestOrder.is_open)
        .limit(1)
    )
    for order in found:
        orders.require(actor, "payments.invoice", order, (order.producer_organisation_id,))
    if asked is not None:
        raise Conflict("invoice_asked_otherwise", "订单有待处理的开票申请,请按申请开票")
    return _issue(session, actor, found, to, printed, None)


def _issue(
    session: Session,
    actor: Actor,
    found: Sequence[SalesOrder],
    to: Addressed,
    printed: Printed,
    request: InvoiceRequest | None,
) -> Invoice:
    for order in found:
        orders.require(actor, "payments.invoice", order, (order.producer_organisation_id,))
    first = require_one_trade(found)
    if not max(order.placed_at for order in found) <= printed.issued_at <= utcnow():
        raise Invalid("issued_at", "开票时间应在下单之后、当前时间之前", pointer="/issued_at")
    drafts = [draft for order in found for draft in rest_of(session, order)]
    if not drafts:
        raise Conflict("nothing_to_invoice", "订单没有可开票的金额")
    check_treatments(to.kind, {draft.tax_treatment for draft in drafts})
    invoice = _header(session, actor, first, to, printed, drafts)
    invoice.request_id = None if request is None else request.id
    with refusing(KNOWN):
        session.add(invoice)
        session.flush()
    session.add_all(_line(invoice, number, draft) for number, draft in enumerate(drafts, 1))
    session.flush()
    for order in found:
        blue_fen = sum(draft.gross_fen for draft in drafts if draft.order_id == order.id)
        if blue_fen:
            orders.mark_invoiced(
                session, order, number=invoice.number, blue_fen=blue_fen, at=printed.issued_at, actor=actor
            )
    tell_and_record(session, actor, invoice, first, "issued")
    return invoice


def _header(
    session: Session,
    actor: Actor,
    order: SalesOrder,
    to: Addressed,
    printed: Printed,
    drafts: Sequence[Draft],
) -> Invoice:
    is_person = order.buyer_kind == "individual"
    title = to.title or (PERSONAL if is_person else order.buyer_name)
    given = (
        to.tax_number if to.title or is_person else to.tax_number or tax_number_of(session, order.buyer_id)
    )
    check_number(to.kind, printed.code, printed.invoice_no, day_of(printed.issued_at))
    check_sums(printed, sum(draft.gross_fen for draft in drafts), sum(draft.tax_fen for draft in drafts))
    seller_name, seller_tax_number = seller_of(session, order, printed.seller_tax_number)
    return Invoice(
        id=uuid7(),
        number=readable_number("V"),
        color="blue",
        kind=to.kind,
        code=printed.code,
        invoice_no=printed.invoice_no,
        seller_id=order.producer_organisation_id,
        seller_name=seller_name,
        seller_tax_number=seller_tax_number,
        buyer_id=order.buyer_id,
        title=title,
        tax_number=check_title(to.kind, order.buyer_kind, title, given),
        total_fen=printed.total_fen,
        tax_fen=printed.tax_fen,
        issued_at=printed.issued_at,
        issued_by=actor.audit_id,
        issued_by_person=None if actor.is_system else actor.person_id,
        recorded_at=utcnow(),
        is_demo=order.is_demo,
    )


def check_sums(printed: Printed, total_fen: int, tax_fen: int) -> None:
    """Raise Invalid when the invoice says other sums (fen) than the lines make."""
    if printed.total_fen != total_fen:
        raise Invalid(
            "invoice_total", "价税合计与订单金额不符", pointer="/total_fen", expected_fen=str(total_fen)
        )
    if printed.tax_fen != tax_fen:
        raise Invalid("invoice_tax", "税额与订单税额不符", pointer="/tax_fen", expected_fen=str(tax_fen))


def _line(invoice: Invoice, number: int, draft: Draft) -> InvoiceLine:
    return InvoiceLine(
        id=uuid7(),
        invoice_id=invoice.id,
        line_no=number,
        order_id=draft.order_id,
        order_line_id=draft.order_line_id,
        description=draft.description,
        spec=draft.spec,
        unit=draft.unit,
        quantity=draft.quantity,
        tax_treatment=draft.tax_treatment,
        gross_fen=draft.gross_fen,
        tax_fen=draft.tax_fen,
    )


def tell_and_record(session: Session, actor: Actor, invoice: Invoice, order: SalesOrder, what: str) -> None:
    """Tell the buyer of an invoice, and the audit trail."""
    notify(
        session,
        "invoice_issued",
        "invoice",
        invoice.number,
        organisation_id=invoice.buyer_id,
        detail={"color": invoice.color, "total_fen": invoice.total_fen},
    )
    audit.record(
        session,
        actor,
        f"payments.invoice.{what}",
        "invoice",
        invoice.number,
        area_code=order.buyer_area,
        detail={"total_fen": invoice.total_fen},
    )
