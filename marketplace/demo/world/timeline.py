"""What happens to every order when: the events of the year in the order in which they happen.

Pure: an order's scenario becomes steps with their Shanghai time.  Steps that would fall after the last day of 2020 do not happen;
so the open month holds orders at every stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

from marketplace.core.clock import add_months, shanghai
from marketplace.demo.world import papers
from marketplace.demo.world.sales import PlannedOrder

#: The demo ends here; December stays open.
END: Final = shanghai(2021, 1, 1)
#: A refund that reaches the buyer after the month's books have been closed.
_LATE_DAY: Final = 12


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """One step of one order: when it happens (aware UTC), whose it is, its place in the order's own sequence, what it is."""

    instant: datetime
    serial: int
    position: int
    action: str


@cache
def events(orders: tuple[PlannedOrder, ...]) -> list[Event]:
    """Return all events of the orders before END, in the order of time."""
    found = [
        Event(instant, order.serial, position, action)
        for order in orders
        for position, (action, instant) in enumerate(_of(order))
        if instant < END
    ]
    return sorted(found)


def _of(order: PlannedOrder) -> list[tuple[str, datetime]]:
    """Return the steps of one order with their times, in sequence."""
    placed = shanghai(order.placed_on.year, order.placed_on.month, order.placed_on.day, 0, 0) + timedelta(
        minutes=order.minute
    )
    if "|counter" in order.site_key:
        return [
            ("place", placed), ("pay", placed + timedelta(minutes=1)), ("confirm", placed + timedelta(minutes=1)),
            ("ship", placed + timedelta(minutes=2)), ("deliver", placed + timedelta(minutes=2)),
        ]  # fmt: skip
    if order.scenario == "cancelled":
        paid = [("pay", placed + timedelta(minutes=20))] if order.pays_first else []
        refund = [("refund", _days(placed, 4))] if order.pays_first else []
        return [("place", placed), *paid, ("cancel", _days(placed, 1)), *refund]
    if order.scenario == "unpaid" and order.pays_first:
        return [("place", placed)]
    steps = [("place", placed)]
    if order.pays_first:
        steps.append(("pay", placed + timedelta(minutes=20)))
    steps += [("confirm", placed + timedelta(hours=2)), *_goods(order, placed)]
    if not order.pays_first and order.scenario != "unpaid":
        steps.append(("pay", _days(placed, 8 + order.serial % 14)))
    if order.scenario not in ("unevaluated", "unpaid") and _is_evaluated(order):
        steps.append(("evaluate", _days(placed, 6)))
    steps += [*_afterwards(order, placed), *papers.steps_of(order.deal, placed)]
    return sorted(steps, key=lambda step: step[1])


def _is_evaluated(order: PlannedOrder) -> bool:
    """On the 832 platform everybody evaluates, as nothing counts without it; elsewhere every fourth order."""
    return order.site_key.endswith("platform_832") or order.serial % 4 == 0


def _goods(order: PlannedOrder, placed: datetime) -> list[tuple[str, datetime]]:
    parts = ["ship"]
    if order.scenario == "in_two_parts":
        parts = ["ship_part", "ship"]
    shipped = [(action, _days(placed, 1 + number)) for number, action in enumerate(parts)]
    accept = "accept_part" if order.scenario == "partly_rejected" else "accept"
    refund = (
        [("refund", _days(placed, 24))] if order.scenario == "partly_rejected" and order.pays_first else []
    )
    return [*shipped, ("deliver", _days(placed, 3)), (accept, _days(placed, 4)), *refund]


def _afterwards(order: PlannedOrder, placed: datetime) -> list[tuple[str, datetime]]:
    """Return the steps of a return: the goods are back within a month, the money perhaps only in the next."""
    if order.scenario == "partly_returned":
        return [("ask_return", _days(placed, 9)), ("decide_return", _days(placed, 10)), ("goods_back", _days(placed, 23)),
                ("refund", _days(placed, 25))]  # fmt: skip
    if order.scenario == "refunded_next_month":
        late = add_months(date(order.placed_on.year, order.placed_on.month, 1), 2)
        refund = shanghai(late.year, late.month, _LATE_DAY, 16)
        return [("ask_return", _days(placed, 9)), ("decide_return", _days(placed, 10)), ("goods_back", _days(placed, 24)),
                ("refund", refund)]  # fmt: skip
    return []


def _days(placed: datetime, days: int) -> datetime:
    """Return the same time of day some days later (Shanghai has no summer time)."""
    return placed + timedelta(days=days)
