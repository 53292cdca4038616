"""The use cases of orders, one file each. Session first, then the actor; they flush, and raising rolls everything back."""

from marketplace.orders.service.acceptance import Rejected, accept, evaluate
from marketplace.orders.service.basket import FUND_SOURCES, Basket, Wanted
from marketplace.orders.service.cancellation import cancel, declare_shortfall
from marketplace.orders.service.checkout import Placed, place
from marketplace.orders.service.closing import cancel_unpaid, close_finished
from marketplace.orders.service.fulfilment import Part, confirm, deliver, ship
from marketplace.orders.service.goodwill import give_back, may_give_back
from marketplace.orders.service.money import (
    due_fen,
    extend_deadline,
    mark_invoiced,
    mark_paid,
    mark_returned,
)
from marketplace.orders.service.queries import (
    OrderPicture,
    attribution_of,
    delivery_address,
    orders_seen,
    picture,
    picture_of,
    read_entries_with,
    return_picture,
    returns_seen,
    standings,
    uncounted_orders,
)
from marketplace.orders.service.reading import (
    lock_order,
    lock_order_by_id,
    may_on,
    note,
    read_order,
    require,
    seen_by,
)
from marketplace.orders.service.returns import (
    decide_return,
    receive_return,
    request_return,
    withdraw_return,
)

__all__ = [
    "FUND_SOURCES",
    "Basket",
    "OrderPicture",
    "Part",
    "Placed",
    "Rejected",
    "Wanted",
    "accept",
    "attribution_of",
    "cancel",
    "cancel_unpaid",
    "close_finished",
    "confirm",
    "decide_return",
    "declare_shortfall",
    "deliver",
    "delivery_address",
    "due_fen",
    "evaluate",
    "extend_deadline",
    "give_back",
    "lock_order",
    "lock_order_by_id",
    "mark_invoiced",
    "mark_paid",
    "mark_returned",
    "may_give_back",
    "may_on",
    "note",
    "orders_seen",
    "picture",
    "picture_of",
    "place",
    "read_entries_with",
    "read_order",
    "receive_return",
    "request_return",
    "require",
    "return_picture",
    "returns_seen",
    "seen_by",
    "ship",
    "standings",
    "uncounted_orders",
    "withdraw_return",
]
