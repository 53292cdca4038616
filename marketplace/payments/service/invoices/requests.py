"""A buyer asks a seller for one invoice over one or several of their orders."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.orders.service.reading import lines_of
from marketplace.payments.models import InvoiceRequest, InvoiceRequestOrder
from marketplace.payments.rules.invoices import REQUEST, check_title, check_treatments
from marketplace.payments.service.invoices.drafts import rest_of
from marketplace.payments.service.invoices.parties import lock_by_ids, lock_orders, require_one_trade

_ASKED = {"uq_invoice_request_order_open": AlreadyExists("invoice_already_asked", "订单已有待处理的开票申请")}


def ask(
    session: Session,
    actor: Actor,
    order_numbers: Sequence[str],
    *,
    kind: str,
    title: str,
    tax_number: str | None,
) -> InvoiceRequest:
    """Ask for one invoice over what is bought and not invoiced of the orders, of one buyer and one seller.

    Invalid (`invoice_orders_differ`, and those of `rules.invoices`), Conflict (`nothing_to_invoice`), AlreadyExists
    (`invoice_already_asked`) for an order that another open request covers.
    """
    found = lock_orders(session, order_numbers)
    for order in found:
        orders.require(actor, "payments.invoice_ask", order, (order.buyer_id, order.budget_unit_id))
    first = require_one_trade(found)
    checked = check_title(kind, first.buyer_kind, title, tax_number)
    check_treatments(kind, {line.tax_treatment for order in found for line in lines_of(session, order)})
    if not all(rest_of(session, order) for order in found):
        raise Conflict("nothing_to_invoice", "订单没有可开票的金额")
    now = utcnow()
    row = InvoiceRequest(
        id=uuid7(),
        number=readable_number("K"),
        buyer_id=first.buyer_id,
        seller_id=first.producer_organisation_id,
        kind=kind,
        title=title,
        tax_number=checked,
        state=REQUEST.initial,
        requested_by=actor.audit_id,
        requested_at=now,
        is_demo=first.is_demo,
    )
    session.add(row)
    session.flush()
    with refusing(_ASKED):
        session.add_all(InvoiceRequestOrder(request_id=row.id, order_id=order.id) for order in found)
        session.flush()
    for order in found:
        orders.mark_invoice_asked(session, order, asked=True, actor=actor, number=row.number)
    notify(session, "invoice_requested", "invoice_request", row.number, organisation_id=row.seller_id)
    _record(session, actor, row, found[0], "asked")
    return row


def withdraw(session: Session, actor: Actor, number: str) -> InvoiceRequest:
    """The buyer no longer asks. IllegalTransition once it was answered."""
    row, found = lock_request(session, actor, number)
    for order in found:
        orders.require(actor, "payments.invoice_ask", order, (order.buyer_id, order.budget_unit_id))
    return _end(session, actor, row, found, "withdrawn")


def decline(session: Session, actor: Actor, number: str, reason: str) -> InvoiceRequest:
    """The seller does not issue it as asked, and says why; the buyer may ask again. IllegalTransition once it was answered."""
    row, found = lock_request(session, actor, number)
    for order in found:
        orders.require(actor, "payments.invoice", order, (row.seller_id,))
    row.reason = reason
    _end(session, actor, row, found, "refused")
    notify(session, "invoice_refused", "invoice_request", row.number, organisation_id=row.buyer_id)
    return row


def lock_request(session: Session, actor: Actor, number: str) -> tuple[InvoiceRequest, list[SalesOrder]]:
    """A request and its orders, locked: orders by ascending id, then the request. NotFound when the actor may not see them."""
    request_id = session.scalar(select(InvoiceRequest.id).where(InvoiceRequest.number == number))
    if request_id is None:
        raise _unknown()
    ids = session.scalars(
        select(InvoiceRequestOrder.order_id).where(InvoiceRequestOrder.request_id == request_id)
    ).all()
    found = lock_by_ids(session, ids)
    row = session.scalars(
        select(InvoiceRequest)
        .where(InvoiceRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if not any(orders.may_on(actor, "orders.read", order) for order in found):
        raise _unknown()
    return row, found


def close(session: Session, row: InvoiceRequest, state: str) -> None:
    """Take the request's one step and free its orders for another. Locked."""
    REQUEST.require(row.state, state)
    row.state = state
    row.closed_at = utcnow()
    session.flush()
    session.execute(
        update(InvoiceRequestOrder).where(InvoiceRequestOrder.request_id == row.id).values(is_open=False)
    )


def requests_seen(actor: Actor, *, state: str | None = None) -> Select[InvoiceRequest]:
    """Requests over orders that an actor may see, unsorted, for a paged list."""
    covered = (
        select(InvoiceRequestOrder.request_id)
        .join(SalesOrder, SalesOrder.id == InvoiceRequestOrder.order_id)
        .where(orders.seen_by(actor))
    )
    statement = select(InvoiceRequest).where(InvoiceRequest.id.in_(covered))
    return statement if state is None else statement.where(InvoiceRequest.state == state)


def orders_of_requests(session: Session, rows: Sequence[InvoiceRequest]) -> dict[object, list[SalesOrder]]:
    """The orders of each request, by number of order, in one statement."""
    found: dict[object, list[SalesOrder]] = {row.id: [] for row in rows}
    for request_id, order in session.execute(
        select(InvoiceRequestOrder.request_id, SalesOrder)
        .join(SalesOrder, SalesOrder.id == InvoiceRequestOrder.order_id)
        .where(InvoiceRequestOrder.request_id.in_(list(found)))
        .order_by(SalesOrder.order_no)
    ):
        found[request_id].append(order)
    return found


def _end(
    session: Session, actor: Actor, row: InvoiceRequest, found: Sequence[SalesOrder], state: str
) -> InvoiceRequest:
    close(session, row, state)
    for order in found:
        orders.mark_invoice_asked(session, order, asked=False, actor=actor, number=row.number)
    _record(session, actor, row, found[0], state)
    return row


def _record(session: Session, actor: Actor, row: InvoiceRequest, order: SalesOrder, what: str) -> None:
    audit.record(
        session,
        actor,
        f"payments.invoice_request.{what}",
        "invoice_request",
        row.number,
        area_code=order.buyer_area,
    )


def _unknown() -> NotFound:
    return NotFound("invoice_request_not_found", "没有这个开票申请")
