"""Finding invoices: one, lists for those who may see them, and what is still to be done about them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Invoice, InvoiceDeclaration, InvoiceLine

_OVER: Final = SalesOrder.invoiced_fen - SalesOrder.red_fen > SalesOrder.total_fen - SalesOrder.deducted_fen
_BLUE_OF_ORDER: Final = and_(
    InvoiceLine.order_id == SalesOrder.id, InvoiceLine.invoice_id == Invoice.id, Invoice.color == "blue"
)
_REFUSED: Final = and_(
    _BLUE_OF_ORDER, Invoice.check_state == "refused", InvoiceLine.red_fen < InvoiceLine.gross_fen
)


def seen_invoice(actor: Actor) -> ColumnElement[bool]:
    """Invoices over an order that the actor may see, or of which an organisation of the actor's declared a part."""
    over_orders = exists().where(
        InvoiceLine.invoice_id == Invoice.id, SalesOrder.id == InvoiceLine.order_id, orders.seen_by(actor)
    )
    mine = {held.organisation_id for held in actor.holding("orders.read")} - {None}
    declared = exists().where(
        InvoiceDeclaration.invoice_id == Invoice.id, InvoiceDeclaration.organisation_id.in_(mine)
    )
    return or_(over_orders, declared)


def invoices_seen(
    actor: Actor,
    *,
    color: str | None = None,
    check_state: str | None = None,
    order_number: str | None = None,
    code: str | None = None,
    invoice_no: str | None = None,
) -> Select[Invoice]:
    """Invoices an actor may see, unsorted, for a paged list."""
    statement = select(Invoice).where(seen_invoice(actor))
    for column, value in (
        (Invoice.color, color),
        (Invoice.check_state, check_state),
        (Invoice.code, code),
        (Invoice.invoice_no, invoice_no),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if order_number is not None:
        statement = statement.where(
            exists().where(
                InvoiceLine.invoice_id == Invoice.id,
                SalesOrder.id == InvoiceLine.order_id,
                SalesOrder.number == order_number,
            )
        )
    return statement


def find(session: Session, actor: Actor, number: str) -> Invoice:
    """An invoice by our number. NotFound when there is none that the actor may see."""
    found = session.scalars(
        select(Invoice)
        .where(Invoice.number == number, seen_invoice(actor))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise unknown()
    return found


def unknown() -> NotFound:
    """The answer for an invoice that is not there, or not for this person."""
    return NotFound("invoice_not_found", "没有这张发票")


def lock_invoice(session: Session, invoice_id: uuid.UUID) -> Invoice:
    """An invoice, locked until the end of the transaction; its orders, where they are needed, are locked before."""
    return session.scalars(
        select(Invoice)
        .where(Invoice.id == invoice_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def lines_of_invoice(session: Session, invoice: Invoice) -> list[InvoiceLine]:
    """The lines as they are printed, in their order, as they are in the database now."""
    return list(
        session.scalars(
            select(InvoiceLine)
            .where(InvoiceLine.invoice_id == invoice.id)
            .order_by(InvoiceLine.line_no)
            .execution_options(populate_existing=True)
        )
    )


def orders_of_invoice(session: Session, invoice: Invoice) -> list[SalesOrder]:
    """The orders that an invoice covers, by number of order."""
    covered = select(InvoiceLine.order_id).where(InvoiceLine.invoice_id == invoice.id)
    return list(
        session.scalars(select(SalesOrder).where(SalesOrder.id.in_(covered)).order_by(SalesOrder.order_no))
    )


def reds_of(session: Session, blue: Invoice) -> list[Invoice]:
    """The red letters to an invoice, in the order in which they came."""
    return list(session.scalars(select(Invoice).where(Invoice.blue_id == blue.id).order_by(Invoice.id)))


@dataclass(frozen=True, slots=True)
class RedOwed:
    """An order whose invoices must be taken back: so much (fen), because of goods that went back or of refused invoices."""

    order: SalesOrder
    owed_fen: int
    reasons: tuple[str, ...]  # returned | refused
    invoice_numbers: tuple[str, ...]


def orders_owing_red(actor: Actor) -> Select[SalesOrder]:
    """Orders for which a red letter is owed, unsorted, for paging by `order_no`."""
    return select(SalesOrder).where(
        orders.seen_by(actor),
        or_(and_(_OVER, exists().where(_BLUE_OF_ORDER)), exists().where(_REFUSED)),
    )


def reds_owed(session: Session, page: Sequence[SalesOrder]) -> list[RedOwed]:
    """What is owed on the orders of a page: beyond their worth, or all that refused invoices still cover if that is more."""
    rows: dict[uuid.UUID, list[Any]] = {order.id: [] for order in page}
    for line, invoice in session.execute(
        select(InvoiceLine, Invoice)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            InvoiceLine.order_id.in_(list(rows)),
            Invoice.color == "blue",
            InvoiceLine.red_fen < InvoiceLine.gross_fen,
        )
        .order_by(Invoice.id, InvoiceLine.line_no)
    ):
        rows[line.order_id].append((line, invoice))
    found = []
    for order in page:
        refused_fen = sum(
            line.gross_fen - line.red_fen
            for line, invoice in rows[order.id]
            if invoice.check_state == "refused"
        )
        over_fen = orders.red_owed_fen(order)
        reasons = (*(("returned",) if over_fen else ()), *(("refused",) if refused_fen else ()))
        numbers = dict.fromkeys(invoice.number for _, invoice in rows[order.id])
        found.append(RedOwed(order, max(over_fen, refused_fen), reasons, tuple(numbers)))
    return found
