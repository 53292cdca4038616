"""The use cases of orders, one file each. Session first, then the actor; they flush, and raising rolls everything back."""

from marketplace.orders.service.acceptance import (
    Rejected,
    accept,
    evaluate,
    rejected_of,
)
from marketplace.orders.service.basket import (
    FUND_SOURCES,
    Basket,
    Wanted,
)
from marketplace.orders.service.cancellation import (
    cancel,
    declare_shortfall,
)
from marketplace.orders.service.checkout import (
    Placed,
    place,
)
from marketplace.orders.service.closing import (
    cancel_unpaid,
    close_finished,
)
from marketplace.orders.service.freight import (
    set_freight,
)
from marketplace.orders.service.fulfilment import (
    Part,
    confirm,
    deliver,
    ship,
)
from marketplace.orders.service.goodwill import (
    give_back,
    may_give_back,
)
from marketplace.orders.service.invoicing import (
    mark_invoice_asked,
    mark_invoiced,
    red_owed_fen,
    worth_fen,
)
from marketplace.orders.service.money import (
    extend_deadline,
    mark_returned,
)
from marketplace.orders.service.moves import (
    consents_of,
    find_reattribution,
    reattributions_seen,
)
from marketplace.orders.service.paying import (
    Arrived,
    check_arrived,
    due_fen,
    mark_all_paid,
    mark_paid,
    unmark_paid,
)
from marketplace.orders.service.queries import (
    OrderPicture,
    attribution_of,
    delivery_address,
    orders_of_checkout,
    orders_seen,
    picture,
    picture_of,
    read_entries_with,
    return_picture,
    returns_seen,
    returns_with_orders,
    standings,
    states_seen,
    uncounted_orders,
)
from marketplace.orders.service.reading import (
    lock_order,
    lock_order_by_id,
    lock_orders,
    may_on,
    note,
    read_order,
    require,
    seen_by,
)
from marketplace.orders.service.reattribution import (
    consent,
    request_reattribution,
    withdraw_reattribution,
)
from marketplace.orders.service.returns import (
    decide_return,
    receive_return,
    request_return,
    withdraw_return,
)

__all__ = [
    "FUND_SOURCES",
    "Arrived",
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
    "check_arrived",
    "close_finished",
    "confirm",
    "consent",
    "consents_of",
    "decide_return",
    "declare_shortfall",
    "deliver",
    "delivery_address",
    "due_fen",
    "evaluate",
    "extend_deadline",
    "find_reattribution",
    "give_back",
    "lock_order",
    "lock_order_by_id",
    "lock_orders",
    "mark_all_paid",
    "mark_invoice_asked",
    "mark_invoiced",
    "mark_paid",
    "mark_returned",
    "may_give_back",
    "may_on",
    "note",
    "orders_of_checkout",
    "orders_seen",
    "picture",
    "picture_of",
    "place",
    "read_entries_with",
    "read_order",
    "reattributions_seen",
    "receive_return",
    "red_owed_fen",
    "rejected_of",
    "request_reattribution",
    "request_return",
    "require",
    "return_picture",
    "returns_seen",
    "returns_with_orders",
    "seen_by",
    "set_freight",
    "ship",
    "standings",
    "states_seen",
    "uncounted_orders",
    "unmark_paid",
    "withdraw_reattribution",
    "withdraw_return",
    "worth_fen",
]
