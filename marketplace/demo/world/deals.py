"""What the unit whose people one logs in as buys from the producer whose people one logs in as.

So both sides of a trade can be looked at.  From September on the city's producers are paid through a supervised account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from marketplace.demo.invented.draw import Draw
from marketplace.demo.world.producers import PlannedProducer
from marketplace.demo.world.sites import PlannedSite

#: The buying unit's key, and the county of the producer: Meixian.
UNIT: Final = "buyer|440100|0"
COUNTY: Final = "441403"
#: Minutes after midnight at which the unit orders.
MINUTE: Final = 10 * 60
_MOST_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Deal:
    """An order: its day, what happens to its goods (a scenario of `sales`), and whether it is paid before delivery."""

    placed_on: date
    scenario: str
    pays_first: bool


#: In the order of time, by a name that the planned order carries.
DEALS: Final[Mapping[str, Deal]] = {
    "spring": Deal(date(2020, 3, 10), "complete", pays_first=False),
    "refused_scan": Deal(date(2020, 4, 14), "complete", pays_first=False),
    "declined": Deal(date(2020, 6, 9), "complete", pays_first=False),
    "returned": Deal(date(2020, 7, 7), "partly_returned", pays_first=False),
    "called_off": Deal(date(2020, 8, 11), "complete", pays_first=True),
    "supplemented": Deal(date(2020, 9, 8), "complete", pays_first=True),
    "together": Deal(date(2020, 9, 15), "complete", pays_first=True),
    "claimed": Deal(date(2020, 10, 20), "partly_returned", pays_first=True),
    "second_thoughts": Deal(date(2020, 11, 10), "complete", pays_first=True),
    "unchecked": Deal(date(2020, 12, 1), "complete", pays_first=True),
    "asked": Deal(date(2020, 12, 8), "complete", pays_first=False),
    "to_be_checked": Deal(date(2020, 12, 15), "in_two_parts", pays_first=False),
    "sent": Deal(date(2020, 12, 22), "complete", pays_first=False),
    "drafted": Deal(date(2020, 12, 29), "complete", pays_first=False),
}


def seller(producers: Sequence[PlannedProducer]) -> PlannedProducer:
    """Return the producer whose people one logs in as.  StopIteration when nobody of its county sells."""
    return next(one for one in producers if one.county == COUNTY and one.products)


def site_of(sites: Sequence[PlannedSite], of: PlannedProducer) -> tuple[PlannedSite, tuple[str, ...]]:
    """Return the point of sale, no counter, that lists most of the producer's goods, and those goods."""
    own = {product.key for product in of.products}
    found = [
        (site, tuple(key for key in site.product_keys if key in own))
        for site in sites
        if site.kind in ("hall_offline", "zone")
    ]
    return max(found, key=lambda one: len(one[1]))


def lines_of(draw: Draw, deal: str, keys: Sequence[str]) -> list[tuple[str, int]]:
    """Return product and quantity of each line of a deal."""
    first = draw.number(len(keys), "deal", deal)
    some = dict.fromkeys(keys[(first + step) % len(keys)] for step in range(_MOST_LINES))
    return [(key, draw.between(6, 40, "deal", deal, key)) for key in some]
