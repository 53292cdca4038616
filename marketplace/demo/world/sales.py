"""What is bought in 2020: orders of the twelve months with everything that happens to them afterwards.

A pure plan in terms of keys; the steps carry it out through the services.  The mix holds what a year holds: most orders are
delivered, accepted, paid and evaluated; some are unpaid, unevaluated, cancelled, delivered in two parts, partly rejected or
partly returned, and some refunds reach the buyer only in the next month.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from marketplace.demo.invented import seasons
from marketplace.demo.invented.draw import Draw
from marketplace.demo.world import deals
from marketplace.demo.world.buyers import PlannedBuyer
from marketplace.demo.world.cases import NOT_ON_SALE
from marketplace.demo.world.deals import DEALS
from marketplace.demo.world.producers import PlannedProducer
from marketplace.demo.world.sites import PlannedSite

#: scenario → share in basis points.
SCENARIOS: Final = {
    "complete": 8_400,
    "unevaluated": 350,
    "unpaid": 300,
    "cancelled": 250,
    "in_two_parts": 250,
    "partly_rejected": 150,
    "partly_returned": 200,
    "refunded_next_month": 100,
}

#: Who buys at which kind of site, as weights of (budget_unit, enterprise, union, individual).
_BUYERS_OF: Final = {
    "counter": (2, 1, 2, 8),
    "hall_offline": (4, 3, 3, 3),
    "hall_online": (4, 4, 3, 2),
    "zone": (3, 4, 3, 3),
    "platform_832": (9, 0, 1, 0),
}
_BUYER_KINDS: Final = ("budget_unit", "enterprise", "union", "individual")
#: How often each kind of site is bought from.
_SITE_WEIGHT: Final = {"counter": 18, "hall_offline": 22, "hall_online": 10, "zone": 22, "platform_832": 28}


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A quantity of a product of the order's producer."""

    product_key: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One order of one producer, in the order of placing; all days are Shanghai days of 2020 (or January 2021).

    `deal` names what it is between the unit and the producer that one can log in as, "" for the orders of all others.
    """

    serial: int
    placed_on: date
    minute: int
    buyer_key: str
    site_key: str
    producer_key: str
    lines: tuple[PlannedLine, ...]
    scenario: str
    pays_first: bool
    brokered: bool
    deal: str = ""

    @property
    def delivered_on(self) -> date:
        """Return the day of delivery: at a counter at once, else three days after placing."""
        return self.placed_on if "|counter" in self.site_key else self.placed_on + timedelta(days=3)


def plan_sales(
    draw: Draw,
    orders: int,
    buyers: tuple[PlannedBuyer, ...],
    sites: tuple[PlannedSite, ...],
    producers: tuple[PlannedProducer, ...],
) -> tuple[PlannedOrder, ...]:
    """Return `orders` orders of 2020, the deals among them, sorted by the moment of placing."""
    producer_of = {product.key: producer.key for producer in producers for product in producer.products}
    plan = [
        _order(draw, (month, number), buyers, sites, producer_of)
        for month, count in enumerate(seasons.per_month(orders - len(DEALS)), start=1)
        for number in range(count)
    ]
    plan += _deals(draw, sites, deals.seller(producers))
    plan.sort(key=lambda order: (order.placed_on, order.minute, order.buyer_key, order.producer_key))
    return tuple(replace(one, serial=serial) for serial, one in enumerate(plan))


def _deals(draw: Draw, sites: tuple[PlannedSite, ...], of: PlannedProducer) -> list[PlannedOrder]:
    site, keys = deals.site_of(sites, of)
    return [
        PlannedOrder(
            serial=0,
            placed_on=deal.placed_on,
            minute=deals.MINUTE,
            buyer_key=deals.UNIT,
            site_key=site.key,
            producer_key=of.key,
            lines=tuple(PlannedLine(*line) for line in deals.lines_of(draw, name, keys)),
            scenario=deal.scenario,
            pays_first=deal.pays_first,
            brokered=False,
            deal=name,
        )
        for name, deal in DEALS.items()
    ]


def _order(
    draw: Draw,
    key: tuple[int, int],
    buyers: tuple[PlannedBuyer, ...],
    sites: tuple[PlannedSite, ...],
    producer_of: dict[str, str],
) -> PlannedOrder:
    site = sites[draw.weighted([_SITE_WEIGHT[one.kind] for one in sites], "site", *key)]
    buyer = _buyer(draw, key, buyers, site)
    placed_on = seasons.day_of_month(draw, key[0], "placed", *key)
    on_sale = [product for product in site.product_keys if _is_on_sale(product, placed_on)]
    chosen = _product(draw, key, on_sale, producer_of)
    producer = producer_of[chosen]
    same = [product for product in on_sale if producer_of[product] == producer]
    lines = tuple(
        PlannedLine(product, _quantity(draw, (*key, product), buyer))
        for product in _basket(draw, key, chosen, same)
    )
    public = buyer.kind in ("budget_unit", "union")
    scenario = list(SCENARIOS)[draw.weighted(list(SCENARIOS.values()), "scenario", *key)]
    if site.kind == "counter":
        scenario = "complete"  # goods leave a cabinet with the payment: nothing else can happen to them
    return PlannedOrder(
        serial=0,
        placed_on=placed_on,
        minute=draw.between(8 * 60, 20 * 60, "minute", *key),
        buyer_key=buyer.key,
        site_key=site.key,
        producer_key=producer,
        lines=lines,
        scenario=scenario,
        pays_first=site.kind == "counter" or not public or draw.chance(3_000, "pays", *key),
        brokered=buyer.kind == "enterprise" and draw.chance(4_000, "brokered", *key),
    )


def _buyer(
    draw: Draw, key: tuple[int, int], buyers: tuple[PlannedBuyer, ...], site: PlannedSite
) -> PlannedBuyer:
    kind = _BUYER_KINDS[draw.weighted(_BUYERS_OF[site.kind], "kind", *key)]
    near = [one for one in buyers if one.kind == kind and one.area[:4] == site.area[:4]]
    pool = near or [one for one in buyers if one.kind == kind]
    return pool[draw.weighted([one.weight for one in pool], "buyer", *key)]


def _is_on_sale(product_key: str, day: date) -> bool:
    first, last = NOT_ON_SALE.get(product_key, (date.max, date.min))
    return not first <= day <= last


def _product(draw: Draw, key: tuple[int, int], on_sale: list[str], producer_of: dict[str, str]) -> str:
    """Draw a product; a producer that offers much at the site is bought from more often than one that offers little."""
    offered = [producer_of[product] for product in on_sale]
    return on_sale[draw.weighted([offered.count(producer) for producer in offered], "product", *key)]


def _basket(draw: Draw, key: tuple[int, int], chosen: str, same: list[str]) -> list[str]:
    others = sorted(
        (one for one in same if one != chosen), key=lambda one: draw.number(2**32, "basket", *key, one)
    )
    return [chosen, *others[: draw.between(4, 8, "lines", *key)]]


def _quantity(draw: Draw, key: tuple[object, ...], buyer: PlannedBuyer) -> int:
    most = {"budget_unit": 60, "enterprise": 80, "union": 40, "individual": 3}[buyer.kind]
    return draw.between(1, most, "quantity", *key)
