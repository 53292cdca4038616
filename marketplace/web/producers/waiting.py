"""What waits for the seller, counted once a request: the menu says it and most pages do too."""

from __future__ import annotations

from flask import g
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.orders.service import selling


def orders_waiting(session: Session, actor: Actor) -> dict[str, int]:
    """`selling.tasks_of` of this request's reader."""
    if "orders_waiting" not in g:
        g.orders_waiting = selling.tasks_of(session, actor)
    found: dict[str, int] = g.orders_waiting
    return found
