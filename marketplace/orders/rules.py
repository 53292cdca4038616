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
    titles={
        "placed": "待确认",
        "confirmed": "待发货",
        "partly_shipped": "部分发货",
        "shipped": "已发货",
        "delivered": "待验收",
        "partly_accepted": "部分验收",
        "accepted": "待评价",
        "evaluated": "已评价",
        "closed": "已完成",
        "cancelled": "已取消",
    },
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
    titles={
        "unpaid": "未付款",
        "partly_paid": "部分付款",
        "paid": "已付款",
        "partly_refunded": "部分退款",
        "refunded": "已退款",
        "void": "无需付款",
    },
)

#: What an order's invoices are in; always equal to `invoice_state` of its amounts, so there is no table of steps.
INVOICE_STATES: Final = ("none", "requested", "partly_issued", "issued", "partly_reversed", "reversed")
INVOICE_TITLES: Final = {
    "none": "未开票",
    "requested": "已申请开票",
    "partly_issued": "部分开票",
    "issued": "已开票",
    "partly_reversed": "部分红冲",
    "reversed": "已红冲",
}

#: The way back: money turned out not to have been for the order. Only an undone receipt goes it.
PAYMENT_UNDONE: Final = StateMachine(
    "payment_undone",
    {"paid": ("partly_paid", "unpaid"), "partly_paid": ("unpaid",), "unpaid": ()},
    initial="paid",
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
    titles={
        "requested": "待供应商处理",
        "approved": "已同意",
        "goods_received": "已收到退货",
        "refunded": "已退款",
        "settled": "已办结",
        "refused": "已拒绝",
        "withdrawn": "已撤回",
    },
)

#: The move of an order to another budget unit: done when all parties agreed, ended by the first who does not.
REATTRIBUTION: Final = StateMachine(
    "reattribution",
    {"requested": ("done", "refused", "withdrawn"), "done": (), "refused": (), "withdrawn": ()},
    initial="requested",
    titles={
        "requested": "待各方同意",
        "done": "归属已更正",
        "refused": "未获同意",
        "withdrawn": "已撤回",
    },
)

#: Who must agree to it, each a person of their own.
REATTRIBUTION_PARTIES: Final = {"old_unit": "原预算单位", "new_unit": "新预算单位", "supervisor": "主管单位"}

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


def invoice_state(worth_fen: int, blue_fen: int, red_fen: int, *, asked: bool) -> str:
    """Return the state of an order's invoices from what it is worth, its blue invoices and the red letters to them, all in fen.

    An order is invoiced (`issued`, or `partly_reversed` when there are red letters) once blue less red covers what it is worth;
    more than that is a red letter owed, not another state. `asked` tells `requested` from `none` while there is no invoice.
    """
    net_fen = blue_fen - red_fen
    if blue_fen == 0:
        return "requested" if asked else "none"
    if net_fen == 0:
        return "reversed"
    if net_fen < worth_fen:
        return "partly_issued"
    return "partly_reversed" if red_fen else "issued"


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


#: The contract of an order, or a supplement to it: drafted and sent by the seller, signed when both signatures were checked.
CONTRACT: Final = StateMachine(
    "contract",
    {
        "drafted": ("sent", "void"),
        "sent": ("signed_by_one", "void"),
        "signed_by_one": ("signed", "void"),
        "signed": (),
        "void": (),
    },
    initial="drafted",
    titles={
        "drafted": "草稿,未发出",
        "sent": "待双方签署",
        "signed_by_one": "一方已签署",
        "signed": "双方已签署",
        "void": "已作废",
    },
)

#: States in which the other side has the contract: what it states cannot change any more.
OUT: Final = ("sent", "signed_by_one", "signed")
#: States of a contract that is neither signed nor void.
OPEN_CONTRACT: Final = ("drafted", "sent", "signed_by_one")

#: One side's signature as a file: a click is not a signature, and who uploads it does not check it.
SIGNATURE: Final = StateMachine(
    "signature",
    {"uploaded": ("checked", "refused"), "checked": (), "refused": ()},
    initial="uploaded",
    titles={"uploaded": "待对方核对", "checked": "签署有效", "refused": "已退回"},
)

#: How a side may have signed (domain of the trade: CA signature on PDF or OFD, or a scanned stamped copy).
SIGNATURE_FORMS: Final = {"ca_signature": "电子签名(CA)", "stamped_scan": "盖章扫描件"}
SIDES: Final = {"buyer": "采购人", "seller": "供应商"}
