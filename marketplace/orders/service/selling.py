"""What waits for a seller: orders by what is to be done with them, counted at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.orders.models import OrderReturn, SalesOrder
from marketplace.orders.service.reading import seen_by
from marketplace.orders.terms import METHOD_BY_CODE

_PAYS_LATER: Final = tuple(code for code, method in METHOD_BY_CODE.items() if not method.pays_first)
_TO_SHIP: Final = and_(
    SalesOrder.state.in_(("confirmed", "partly_shipped")),
    or_(SalesOrder.payment_state == "paid", SalesOrder.payment_method.in_(_PAYS_LATER)),
)
#: The tasks of a seller: an order that waits for payment is nobody's task yet.
TASKS: Final[Mapping[str, ColumnElement[bool]]] = {
    "to_confirm": SalesOrder.state == "placed",
    "to_ship": _TO_SHIP,
    "waits_for_payment": and_(SalesOrder.state == "confirmed", ~_TO_SHIP),
    "on_the_way": SalesOrder.state == "shipped",
}
TASK_TITLES: Final = {
    "to_confirm": "待确认",
    "to_ship": "可发货",
    "waits_for_payment": "待付款",
    "on_the_way": "在途",
}


def orders_for(actor: Actor, task: str) -> Select[SalesOrder]:
    """The orders of one task of `TASKS`, unsorted, for a paged list. KeyError for an unknown task."""
    return select(SalesOrder).where(seen_by(actor), TASKS[task])


def tasks_of(session: Session, actor: Actor) -> dict[str, int]:
    """How many orders wait by task, and how many returns want an answer (`returns`): one statement over what is not over yet."""
    return dict(session.connection().execute(_counts(actor)).one()._mapping)


@lru_cache(maxsize=256)  # the menu of every page asks; it hangs on nothing but what the actor holds
def _counts(actor: Actor) -> Select[*tuple[Any, ...]]:
    returns = (
        select(func.count())
        .select_from(OrderReturn)
        .join(SalesOrder, SalesOrder.id == OrderReturn.order_id)
        .where(seen_by(actor), OrderReturn.state.in_(("requested", "approved")))
    )
    return select(
        *(func.count().filter(condition).label(task) for task, condition in TASKS.items()),
        returns.scalar_subquery().label("returns"),
    ).where(seen_by(actor), or_(*TASKS.values()))
