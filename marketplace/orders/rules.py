"""The order and what runs beside it, as tables: order, payment, invoice and return; and the moment a sale happened.

先款后货 and 先货后款 share one order table: payment is a machine of its own, so the two only change the order of facts. The
service's `transition` takes the steps and writes the history line (docs/rules.md, "Order states").
"""

from datetime import date, datetime, timedelta
from typing import Final

from marketplace.core.states import StateMachine
from marketplace.orders.terms import METHOD_BY_CODE

#: Cancelled only before anything is shipped. An order whose goods are all rejected closes without an acceptance.
ORDER: Final = StateMachine(
    "order",
    {
        "placed": ("confirmed", "cancelled"),
        "confirmed": ("partly_shipped", "shipped", "cancelled"),
        "partly_shipped": ("shipped",),
        "shipped": ("delivered",),
        "delivered": ("partly_accepted", "accepted", "closed"),
        "partly_accepted": ("evaluated", "closed"),
        "accepted": ("evaluated", "closed"),
        "evaluated": ("closed",),
        "closed": (),
        "cancelled": (),
    },
    initial="placed",
)

#: What the order's money is in; always equal to `payment_state` of its three amounts.
PAYMENT: Final = StateMachine(
    "payment",
    {
        "unpaid": ("partly_paid", "paid", "void"),
        "partly_paid": ("paid", "partly_refunded", "refunded"),
        "paid": ("partly_refunded", "refunded"),
        "partly_refunded": ("refunded",),
        "refunded": (),
        "void": (),
    },
    initial="unpaid",
)

#: The way back: money turned out not to have been for the order. Only an undone receipt goes it.
PAYMENT_UNDONE: Final = StateMachine(
    "payment_undone",
    {"paid": ("partly_paid", "unpaid"), "partly_paid": ("unpaid",), "unpaid": ()},
    initial="paid",
)

#: The seller's invoice for an order; a red-letter invoice reverses it in part or whole.
INVOICE: Final = StateMachine(
    "invoice",
    {
        "none": ("requested", "issued"),
        "requested": ("issued",),
        "issued": ("partly_reversed", "reversed"),
        "partly_reversed": ("reversed",),
        "reversed": (),
    },
    initial="none",
)

#: One return of goods. It ends refunded, settled when nothing had been paid for the goods, refused or withdrawn.
RETURN: Final = StateMachine(
    "return",
    {
        "requested": ("approved", "refused", "withdrawn"),
        "approved": ("goods_received", "withdrawn"),
        "goods_received": ("refunded", "settled"),
        "refunded": (),
        "settled": (),
        "refused": (),
        "withdrawn": (),
    },
    initial="requested",
)

#: States in which the buyer has the goods, and so may ask to return some of them.
RETURNABLE: Final = frozenset({"partly_accepted", "accepted", "evaluated"})

#: The facts (orders/counting.py) that an order in a state has behind it; paid and invoiced come from the other machines.
FACTS_OF_STATE: Final = {
    "placed": ("ordered",),
    "confirmed": ("ordered",),
    "partly_shipped": ("ordered",),
    "shipped": ("ordered",),
    "delivered": ("ordered", "delivered"),
    "partly_accepted": ("ordered", "delivered", "accepted"),
    "accepted": ("ordered", "delivered", "accepted"),
    "evaluated": ("ordered", "delivered", "accepted", "evaluated"),
}


def payment_state(due_fen: int, captured_fen: int, refunded_fen: int) -> str:
    """Return the state of an order's money from what is due, was received and was given back, all in fen.

    `due_fen` is what remains to be paid for after cancellation and returns; an order that owes nothing and received nothing
    is void.
    """
    if captured_fen == 0:
        return "unpaid" if due_fen > 0 else "void"
    if refunded_fen == captured_fen:
        return "refunded"
    if refunded_fen > 0:
        return "partly_refunded"
    return "paid" if captured_fen >= due_fen else "partly_paid"


def sold_at(method_code: str, placed_at: datetime, paid_at: datetime | None) -> datetime | None:
    """Return the instant whose certificate and agreement versions hold for the sale; None while it has not come.

    Payment for 先款后货, placement for 先货后款 (docs/rules.md, "When a sale happened"). A counter's device time and the
    declared time of sales made elsewhere are set by intake, never here. KeyError for an unknown method.
    """
    return placed_at if METHOD_BY_CODE[method_code].sold_at == "placement" else paid_at


def facts_of(
    order_state: str, payment: str, invoice: str, *, accepted: bool = False, evaluated: bool = False
) -> frozenset[str]:
    """Return the counting facts that have happened to an order in these three states.

    `accepted` and `evaluated` keep the facts of a closed order, whose state no longer tells.
    """
    facts = set(FACTS_OF_STATE.get(order_state, ("ordered",)))
    if accepted:
        facts.update(FACTS_OF_STATE["accepted"])
    if evaluated:
        facts.update(FACTS_OF_STATE["evaluated"])
    if payment in ("paid", "partly_refunded"):
        facts.add("paid")
    if invoice in ("issued", "partly_reversed"):
        facts.add("invoiced")
    return frozenset(facts)


#: Why goods are returned. Quality and wrong goods stay open for perishable goods too.
RETURN_REASONS: Final = {
    "no_reason": "七日无理由",
    "quality": "质量问题",
    "wrong_goods": "与订单不符",
    "agreed": "双方协商",
}

NO_REASON_DAYS: Final = 7


def no_reason_until(delivered_on: date) -> date:
    """Return the last Shanghai day for a return without a reason: the seventh after the day of receipt."""
    return delivered_on + timedelta(days=NO_REASON_DAYS)
