"""An order with a request, an invoice with its file and a declaration, and a move that waits for consent."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import system_actor
from marketplace.core.clock import utcnow
from marketplace.core.identifiers import build_uscc
from marketplace.core.ids import uuid7
from marketplace.orders.models import Reattribution, SalesOrder
from marketplace.payments.service.invoices import attachments, declarations, drafts, issue, requests
from marketplace.payments.service.invoices.parties import tax_number_of


def invoiced(session: Session, order: SalesOrder, other_unit: Organisation) -> dict[str, dict[str, str]]:
    """What paths call these things, by the first word of their paths."""
    system = system_actor()
    asked = requests.ask(
        session,
        system,
        [order.number],
        kind="normal",
        title="演示",
        tax_number=build_uscc("1144010011111111"),
    )
    rest = drafts.rest_of(session, order)
    seller = tax_number_of(session, order.producer_organisation_id) or build_uscc("9344140322222222")
    printed = issue.Printed(
        code="044002000111",
        invoice_no="00000001",
        issued_at=utcnow(),
        seller_tax_number=seller,
        total_fen=sum(one.gross_fen for one in rest),
        tax_fen=sum(one.tax_fen for one in rest),
    )
    invoice = issue.issue_for_request(session, system, asked.number, printed)
    file = attachments.attach(session, system, invoice.number, name="发票.pdf", content=b"%PDF-1.7")
    declared = declarations.declare(
        session, system, order.buyer_id, code=invoice.code, invoice_no=invoice.invoice_no, amount_fen=1
    )
    row = Reattribution(
        id=uuid7(),
        arrival_id=uuid7(),
        number="M0BORDER",
        order_id=order.id,
        from_unit_id=order.buyer_id,
        from_area=order.buyer_area,
        to_unit_id=other_unit.id,
        to_area=other_unit.area_code,
        reason="演示",
        requested_at=utcnow(),
    )
    session.add(row)
    session.flush()
    return {
        "invoice-requests": {"number": asked.number},
        "invoices": {"number": invoice.number, "file_id": str(file.id)},
        "invoice-declarations": {"declaration_id": str(declared.id)},
        "reattributions": {"number": row.number},
    }
