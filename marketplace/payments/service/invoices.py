"""The seller's invoice for an order."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Invalid
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder


def record_invoice(session: Session, actor: Actor, order_number: str, *, invoiced_at: datetime) -> SalesOrder:
    """The seller's invoice for an order was issued. IllegalTransition (409) for a second one."""
    order = orders.lock_order(session, order_number)
    orders.require(actor, "payments.invoice", order, (order.producer_organisation_id,))
    if not order.placed_at <= invoiced_at <= utcnow():
        raise Invalid("invoiced_at", "开票时间应在下单之后、当前时间之前", pointer="/invoiced_at")
    orders.mark_invoiced(session, order, invoiced_at, actor)
    return order
