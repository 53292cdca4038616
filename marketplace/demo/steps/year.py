"""The year 2020: orders with all that happens to them, month by month, each month closed on the 5th of the next.

Every step goes through the service of its slice with the actor whose turn it is, at the time at which it happens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.service.close import close_period
from marketplace.core.actor import Actor
from marketplace.core.clock import frozen_at, period_days, shanghai, utcnow
from marketplace.core.db import transaction
from marketplace.demo.context import Demo, at, chunks
from marketplace.demo.invented.draw import MARK
from marketplace.demo.steps import contracts, invoices
from marketplace.demo.steps.bulletins import publish_month
from marketplace.demo.steps.commissions import bill_month
from marketplace.demo.steps.declarations import declare_month, lay_duties
from marketplace.demo.steps.incidents import INCIDENTS
from marketplace.demo.steps.reports import report_month
from marketplace.demo.steps.settlement import settle_month
from marketplace.demo.world.reporting import PERIODS
from marketplace.demo.world.sales import PlannedOrder
from marketplace.demo.world.timeline import END, events
from marketplace.orders import service as orders
from marketplace.payments.models import Refund
from marketplace.payments.service import confirm_refund, record_transfer

#: Months whose books are closed; December stays open.
CLOSED: Final = tuple(f"2020-{month:02d}" for month in range(1, 12))
OPEN: Final = "2020-12"
#: Events of one transaction: many, as a commit waits for the disk.
_CHUNK: Final = 200
#: What an order takes besides its lines, as lines; one with contracts and invoices makes papers.
_ORDER, _DEAL = 4, 20


def build(demo: Demo) -> None:
    """Live through 2020: the orders' events and the incidents in the order of time, a close after each of eleven months.

    What offices declare, publish and settle of a month follows its close, before the next month's refunds adjust it.
    With a twin each process lives through the orders of its half of the producers, and they meet at every close.
    """
    lay_duties(demo)
    for number, period in enumerate((*CLOSED, OPEN)):
        since = shanghai(*_fifth_after(CLOSED[number - 1]), 9) if number else None
        until = shanghai(*_fifth_after(period), 9) if period != OPEN else END
        if demo.twin is None:
            live(demo, since, until, 0, 1)
        else:
            demo.twin.begin(live, demo, since, until, 1, 2)
            live(demo, since, until, 0, 2)
            demo.twin.finish(demo)
        if period != OPEN:
            report_month(demo, period, until - timedelta(days=2))
            with at(until) as session:
                close_period(session, demo.actors["ledger|000000"], period)
            bill_month(demo, period)
        if period in PERIODS:
            declare_month(demo, period)
            publish_month(demo, period)
            settle_month(demo, period)


def live(demo: Demo, since: datetime | None, until: datetime, half: int, halves: int) -> None:
    """Let happen what lies in [since, until): the orders of one part of the producers; the incidents with the first part."""
    half_of = halves_of(demo.world.orders, halves)
    part = [
        event
        for event in events(demo.world.orders)
        if (since is None or event.instant >= since)
        and event.instant < until
        and half_of[demo.world.orders[event.serial].producer_key] == half
    ]
    incidents = [
        one
        for one in INCIDENTS
        if half == 0 and (since is None or one.instant >= since) and one.instant < until
    ]
    for run in chunks(part, _CHUNK):
        while incidents and incidents[0].instant <= run[-1].instant:
            incidents.pop(0).happen(demo)
        with transaction() as session:
            for event in run:
                with frozen_at(event.instant):
                    _ACTIONS[event.action](demo, session, demo.world.orders[event.serial])
        demo.tick(len(run))
    for incident in incidents:
        incident.happen(demo)


@cache
def halves_of(orders: tuple[PlannedOrder, ...], halves: int) -> dict[str, int]:
    """Return which process has a producer's orders, so that two never want the same stock and both have as much to do.

    Producers of the adverse cases are with the first, which also lets the incidents happen.
    """
    weights: Counter[str] = Counter()
    for order in orders:
        weights[order.producer_key] += len(order.lines) + (_DEAL if order.deal else _ORDER)
    loads = [0] * halves
    found: dict[str, int] = {}
    for key, weight in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        found[key] = 0 if key.startswith("case|") else loads.index(min(loads))
        loads[found[key]] += weight
    return found


def _fifth_after(period: str) -> tuple[int, int, int]:
    """The 5th of the month after a period, when it is closed."""
    after = period_days(period)[1]
    return after.year, after.month, 5


def _place(demo: Demo, session: Session, order: PlannedOrder) -> None:
    buyer = next(one for one in demo.world.buyers if one.key == order.buyer_key)
    wanted = []
    for line in order.lines:
        listing_id, price_fen = demo.listings[order.site_key, line.product_key]
        wanted.append(orders.Wanted(listing_id, line.quantity, price_fen))
    placed = orders.place(
        session,
        demo.actors[order.buyer_key],
        orders.Basket(
            buyer_id=demo.organisations[order.buyer_key],
            lines=wanted,
            payment_method="prepaid" if order.pays_first else "after_delivery",
            delivery_area=buyer.area,
            deliver_to={"name": MARK, "address": f"{buyer.name}收货处"},
            broker_id=demo.organisations[f"broker|{buyer.area}"] if order.brokered else None,
        ),
    )
    demo.orders[order.serial] = placed.orders[0]["number"]


def _pay(demo: Demo, session: Session, order: PlannedOrder) -> None:
    number = demo.orders[order.serial]
    finance = demo.actors["finance|000000"]
    due_fen = orders.due_fen(orders.read_order(session, finance, number))
    if due_fen > 0:
        record_transfer(
            session, finance, number, amount_fen=due_fen, currency="CNY",
            reference=f"YS-{order.serial:06d}", payer_name=MARK, paid_at=utcnow(),
        )  # fmt: skip


def _confirm(demo: Demo, session: Session, order: PlannedOrder) -> None:
    orders.confirm(session, _seller(demo, order), demo.orders[order.serial])


def _ship_part(demo: Demo, session: Session, order: PlannedOrder) -> None:
    """Send half of the first line; the rest follows."""
    half = max(1, order.lines[0].quantity // 2)
    parts = [orders.Part(1, half)]
    if half == order.lines[0].quantity and len(order.lines) == 1:
        return  # one unit cannot go in two parts
    orders.ship(session, _seller(demo, order), demo.orders[order.serial], parts=parts, carrier=MARK)


def _ship(demo: Demo, session: Session, order: PlannedOrder) -> None:
    orders.ship(session, _seller(demo, order), demo.orders[order.serial], carrier=MARK)


def _deliver(demo: Demo, session: Session, order: PlannedOrder) -> None:
    orders.deliver(session, _seller(demo, order), demo.orders[order.serial])


def _accept(demo: Demo, session: Session, order: PlannedOrder) -> None:
    orders.accept(session, demo.actors[order.buyer_key], demo.orders[order.serial])


def _accept_part(demo: Demo, session: Session, order: PlannedOrder) -> None:
    """Refuse one unit of the first line, if it has more."""
    rejected = None
    if order.lines[0].quantity > 1:
        rejected = orders.Rejected([orders.Part(1, 1)], f"{MARK}:包装破损")
    orders.accept(session, demo.actors[order.buyer_key], demo.orders[order.serial], rejected)


def _evaluate(demo: Demo, session: Session, order: PlannedOrder) -> None:
    stars = 4 + order.serial % 2
    orders.evaluate(
        session, demo.actors[order.buyer_key], demo.orders[order.serial], stars=stars, comment=None
    )


def _cancel(demo: Demo, session: Session, order: PlannedOrder) -> None:
    orders.cancel(session, demo.actors[order.buyer_key], demo.orders[order.serial], "buyer_changed_mind")


def _ask_return(demo: Demo, session: Session, order: PlannedOrder) -> None:
    parts = [orders.Part(1, max(1, order.lines[0].quantity // 3))]
    row = orders.request_return(
        session, demo.actors[order.buyer_key], demo.orders[order.serial], parts, "quality"
    )
    demo.returns[order.serial] = row.number


def _decide_return(demo: Demo, session: Session, order: PlannedOrder) -> None:
    orders.decide_return(
        session, _seller(demo, order), demo.returns[order.serial], approve=True, opinion="同意退货"
    )


def _goods_back(demo: Demo, session: Session, order: PlannedOrder) -> None:
    orders.receive_return(session, _seller(demo, order), demo.returns[order.serial])


def _refund(demo: Demo, session: Session, order: PlannedOrder) -> None:
    """Confirm every refund of the order that waits: finance sends the money back."""
    finance = demo.actors["finance|000000"]
    order_id = orders.read_order(session, finance, demo.orders[order.serial]).id
    waiting = session.scalars(
        select(Refund.number).where(Refund.order_id == order_id, Refund.state == "requested")
    ).all()
    for number in waiting:
        confirm_refund(session, finance, number, reference=f"YS-T-{number}")


def _seller(demo: Demo, order: PlannedOrder) -> Actor:
    return demo.actors[f"producer|{order.producer_key}"]


_ACTIONS: Final[Mapping[str, Callable[[Demo, Session, PlannedOrder], None]]] = {
    **contracts.ACTIONS,
    **invoices.ACTIONS,
    "place": _place,
    "pay": _pay,
    "confirm": _confirm,
    "ship_part": _ship_part,
    "ship": _ship,
    "deliver": _deliver,
    "accept": _accept,
    "accept_part": _accept_part,
    "evaluate": _evaluate,
    "cancel": _cancel,
    "ask_return": _ask_return,
    "decide_return": _decide_return,
    "goods_back": _goods_back,
    "refund": _refund,
}
