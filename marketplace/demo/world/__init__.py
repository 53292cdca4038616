"""The whole demo as a plan: who produces, lives, sells and buys what and when, in keys and plain values.

No database and no clock: the same world on every machine.  `steps/` carries it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from marketplace.demo.invented.draw import Draw
from marketplace.demo.invented.households import InventedHousehold
from marketplace.demo.published import load
from marketplace.demo.world.buyers import PlannedBuyer, plan_buyers
from marketplace.demo.world.cases import plan_cases
from marketplace.demo.world.linkage import PlannedAgreement, plan_agreements, plan_households
from marketplace.demo.world.producers import PlannedProducer, PlannedProduct, plan_producers
from marketplace.demo.world.sales import PlannedOrder, plan_sales
from marketplace.demo.world.sites import PlannedSite, plan_platform_halls, plan_sites

__all__ = ["World", "plan"]

#: So many orders hold a little more than 6,000 lines.
ORDERS: Final = 1_200


@dataclass(frozen=True, slots=True)
class World:
    """Everything that the demo builds."""

    producers: tuple[PlannedProducer, ...]
    homes: dict[str, tuple[InventedHousehold, ...]]
    agreements: tuple[PlannedAgreement, ...]
    buyers: tuple[PlannedBuyer, ...]
    sites: tuple[PlannedSite, ...]
    orders: tuple[PlannedOrder, ...]

    def products(self) -> dict[str, PlannedProduct]:
        """Return all products by key."""
        return {product.key: product for producer in self.producers for product in producer.products}


@cache
def plan(seed: str = "2020", orders: int = ORDERS, only: str = "") -> World:
    """Return the world of a seed.

    Fewer `orders` make a smaller demo over the same places; `only`, a prefix of county codes, leaves out what is produced
    elsewhere, the adverse cases excepted.
    """
    draw = Draw(seed)
    producers = tuple(
        one for one in plan_producers(draw, load()) if one.county.startswith(only)
    ) + plan_cases(draw)
    homes = plan_households(draw, producers)
    buyers = plan_buyers()
    sites = plan_sites(draw, producers)
    return World(
        producers=producers,
        homes=homes,
        agreements=plan_agreements(draw, producers, homes),
        buyers=buyers,
        sites=sites + plan_platform_halls(sites),
        orders=plan_sales(draw, orders, buyers, sites, producers),
    )
