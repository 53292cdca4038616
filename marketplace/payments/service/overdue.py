"""What is overdue: orders delivered before payment whose day has passed, with the days and the interest of the law.

Prepaid orders are not here: what was not paid was not shipped, and is cancelled; but for those whose payment turned out after
shipment to have been for something else. Source: docs/rules.md, "When payment is due".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Select, or_, select

from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, today
from marketplace.core.scope import visible, within_area
from marketplace.orders.models import SalesOrder
from marketplace.orders.terms import METHODS, late_interest_fen

_AFTER_DELIVERY: Final = tuple(method.code for method in METHODS if not method.pays_first)


@dataclass(frozen=True)
class Overdue:
    """An order that should have been paid: what is still open (fen), since when, and its interest to date (fen)."""

    order_number: str
    buyer_name: str
    buyer_area: str
    producer_name: str
    delivered_on: date | None
    due_on: date
    days_overdue: int
    open_fen: int
    interest_fen: int


def overdue_orders(actor: Actor, *, area: str | None = None) -> Select[SalesOrder]:
    """Orders with a due day before today and money still open, unsorted, for a paged list: of the two sides, of the operator,
    and of officials over either side's area. `area` narrows to buyers of that area.
    """
    sides = [
        SalesOrder.buyer_id,
        SalesOrder.budget_unit_id,
        SalesOrder.producer_organisation_id,
        SalesOrder.operator_id,
    ]
    statement = select(SalesOrder).where(
        SalesOrder.payment_state.in_(("unpaid", "partly_paid")),
        or_(SalesOrder.payment_method.in_(_AFTER_DELIVERY), SalesOrder.shipped_at.is_not(None)),
        SalesOrder.due_on < today(),
        SalesOrder.state != "cancelled",
        SalesOrder.paid_fen < SalesOrder.total_fen - SalesOrder.deducted_fen,
        or_(
            *(
                visible(actor, "payments.read", area=of_side, owners=sides)
                for of_side in (SalesOrder.buyer_area, SalesOrder.producer_area)
            )
        ),
    )
    return statement if area is None else statement.where(within_area(SalesOrder.buyer_area, area))


def overdue_of(order: SalesOrder) -> Overdue:
    """How an overdue order stands today. ValueError for one without a due day.

    Interest is simple, on what is still open, from the day after the due day: 0.05 % a day, half up once, at the end.
    """
    if order.due_on is None:
        raise ValueError("an order without a due day is not overdue")
    now = today()
    open_fen = order.total_fen - order.deducted_fen - order.paid_fen
    return Overdue(
        order.number,
        order.buyer_name,
        order.buyer_area,
        order.producer_name,
        None if order.delivered_at is None else day_of(order.delivered_at),
        order.due_on,
        (now - order.due_on).days,
        open_fen,
        late_interest_fen(open_fen, order.due_on, now),
    )
