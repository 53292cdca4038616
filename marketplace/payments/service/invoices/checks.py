"""The buyer checks an invoice (验票), and what the payment of an order may wait for."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Invoice, InvoiceLine
from marketplace.payments.rules.gates import Gate, gates_of
from marketplace.payments.rules.invoices import CHECK
from marketplace.payments.service.invoices.reading import find, lock_invoice, orders_of_invoice


def check(session: Session, actor: Actor, number: str, *, accept: bool, opinion: str | None) -> Invoice:
    """The buyer accepts an invoice or red letter, or refuses it: then a red letter is owed. IllegalTransition the second time.

    Forbidden (`same_person`) for whoever issued it.
    """
    invoice = lock_invoice(session, find(session, actor, number).id)
    covered = orders_of_invoice(session, invoice)
    for order in covered:
        orders.require(actor, "payments.invoice_check", order, (order.buyer_id, order.budget_unit_id))
    state = "accepted" if accept else "refused"
    CHECK.require(invoice.check_state, state)
    actor.require_other_person(invoice.issued_by_person, what="开票人与验票人")
    now = utcnow()
    invoice.check_state = state
    invoice.check_opinion = opinion
    invoice.checked_by = actor.audit_id
    invoice.checked_at = now
    session.flush()
    for order in covered:
        orders.note(session, order, f"invoice_{state}", actor, now, number=invoice.number)
    if not accept:
        notify(session, "invoice_refused", "invoice", invoice.number, organisation_id=invoice.seller_id)
    audit.record(
        session,
        actor,
        f"payments.invoice.{state}",
        "invoice",
        invoice.number,
        area_code=covered[0].buyer_area,
    )
    return invoice


def payment_gates(session: Session, actor: Actor, order_number: str) -> tuple[SalesOrder, tuple[Gate, ...]]:
    """An order and its gates 验货 and 验票: passed or not, and which of them its contract lets the payment wait for."""
    order = orders.read_order(session, actor, order_number)
    states = set(
        session.scalars(
            select(Invoice.check_state)
            .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
            .where(
                InvoiceLine.order_id == order.id,
                Invoice.color == "blue",
                InvoiceLine.red_fen < InvoiceLine.gross_fen,
            )
        )
    )
    is_invoiced = order.invoice_state in ("issued", "partly_reversed")
    return order, gates_of(
        order.payment_terms,
        goods_checked=order.accepted_at is not None,
        invoice_checked=is_invoiced and states == {"accepted"},
    )
