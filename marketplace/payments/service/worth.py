"""What orders are worth, as the books of money hear it: at placement, and whenever it changes."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.orders.facts import OrderRevalued, OrdersPlaced
from marketplace.payments.rules.accounts import changed_worth
from marketplace.payments.service.books import post


def book_orders(session: Session, fact: OrdersPlaced) -> None:
    """Hear that orders were placed: each buyer owes, each producer is owed."""
    for is_demo in (False, True):
        events = {
            f"placed:{order.order_id}": changed_worth(
                order.order_id, order.buyer_id, order.producer_organisation_id, order.total_fen, "placed"
            )
            for order in fact.orders
            if order.is_demo is is_demo
        }
        post(session, events, fact.placed_at, is_demo=is_demo)


def book_revaluation(session: Session, fact: OrderRevalued) -> None:
    """Hear that an order is worth more or less than before."""
    legs = changed_worth(
        fact.order_id, fact.buyer_id, fact.producer_organisation_id, fact.delta_fen, "revalued"
    )
    post(session, {f"revalued:{fact.event_id}": legs}, fact.at, is_demo=fact.is_demo)
