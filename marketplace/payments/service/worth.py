"""What orders are worth, as the books of money hear it: at placement, and whenever it changes."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.core.clock import day_of
from marketplace.orders.facts import OrderRevalued, OrdersPlaced
from marketplace.payments.rules.accounts import changed_worth
from marketplace.payments.service.books import POST, dump, post, rows_of
from marketplace.payments.service.collection import FREEZE

_PLACE: Final = sql(f"{FREEZE} {POST}")


def book_orders(session: Session, fact: OrdersPlaced) -> None:
    """Hear that orders were placed: each buyer owes, each producer is owed; how the money is collected is frozen.

    One statement, as checkout counts them.
    """
    rows = [
        row
        for order in fact.orders
        for row in rows_of(
            {
                f"placed:{order.order_id}": changed_worth(
                    order.order_id, order.buyer_id, order.producer_organisation_id, order.total_fen, "placed"
                )
            },
            fact.placed_at,
            is_demo=order.is_demo,
        )
    ]
    session.connection().execute(
        _PLACE, {"rows": dump(rows), "checkout": fact.checkout_id, "day": day_of(fact.placed_at)}
    )


def book_revaluation(session: Session, fact: OrderRevalued) -> None:
    """Hear that an order is worth more or less than before."""
    legs = changed_worth(
        fact.order_id, fact.buyer_id, fact.producer_organisation_id, fact.delta_fen, "revalued"
    )
    post(session, {f"revalued:{fact.event_id}": legs}, fact.at, is_demo=fact.is_demo)
