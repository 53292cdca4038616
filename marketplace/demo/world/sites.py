"""Where the demo sells: a counter, a hall, a zone and a shop of the 832 platform in every prefecture city of Guangdong, and a
hall in each paired county of 广西, 贵州, 云南 and 四川 that has products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from typing import Final

from marketplace.core import divisions
from marketplace.demo.invented.draw import MARK, Draw
from marketplace.demo.published.places import LISTED_ON
from marketplace.demo.world.buyers import guangdong_cities
from marketplace.demo.world.cases import NOT_ON_SALE
from marketplace.demo.world.producers import PlannedProducer

_OPENED: Final = date(2019, 12, 1)
PAIRED_PROVINCES: Final = ("45", "51", "52", "53")
#: kind → (title, site kind or None, products on sale)
_CITY_KINDS: Final = (
    ("counter", "消费扶贫专柜", "government_office", 12),
    ("hall_offline", "消费扶贫专馆", None, 24),
    ("zone", "消费扶贫专区", None, 18),
    ("platform_832", "832平台采购专区", "website", 20),
)


@dataclass(frozen=True, slots=True)
class PlannedSite:
    """A point of sale with the keys of the products that it lists; `serial` is unique."""

    key: str
    serial: int
    kind: str
    name: str
    area: str
    site_kind: str | None
    opened_on: date
    product_keys: tuple[str, ...]


def plan_sites(draw: Draw, producers: Sequence[PlannedProducer]) -> tuple[PlannedSite, ...]:
    """Return all points of sale.  Together they list every product that anybody may sell, each at least once."""
    goods = _turn(draw, producers)
    suppliers = _turn(draw, [producer for producer in producers if producer.sells_on_832])
    found: list[PlannedSite] = []
    for number, city in enumerate(guangdong_cities()):
        for kind, title, usual_site, count in _CITY_KINDS:
            is_base = kind == "hall_offline" and number % 4 != 3  # the others have no innovation base yet
            site_kind = "innovation_base" if is_base else usual_site
            pool = suppliers if kind == "platform_832" else goods
            found.append(
                PlannedSite(
                    f"site|{city}|{kind}", len(found), kind, f"{divisions.name(city, LISTED_ON)}{title}({MARK})", city, site_kind,
                    _OPENED, tuple(dict.fromkeys(next(pool) for _ in range(count))),
                )
            )  # fmt: skip
    western = [
        product
        for producer in producers
        for product in producer.products
        if product.origin_area[:2] in PAIRED_PROVINCES and product.key not in NOT_ON_SALE
    ]
    for county in sorted({product.origin_area for product in western}):
        own = tuple(product.key for product in western if product.origin_area == county)
        name = f"{divisions.name(county, LISTED_ON)}扶贫地方馆({MARK})"
        found.append(
            PlannedSite(
                f"site|{county}|hall_online", len(found), "hall_online", name, county, None, _OPENED, own
            )
        )
    return tuple(found)


def plan_platform_halls(sites: Sequence[PlannedSite]) -> tuple[PlannedSite, ...]:
    """Return a hall on the national platform for two cities in three, with some of what their halls sell: the rest lack one.

    Nothing is bought there in 2020, so that the orders are the same with and without them.
    """
    halls = [one for one in sites if one.kind == "hall_offline"]
    return tuple(
        PlannedSite(
            f"site|{hall.area}|hall_online", len(sites) + number, "hall_online",
            f"中国社会扶贫网{divisions.name(hall.area, LISTED_ON)}馆({MARK})", hall.area, None, _OPENED, hall.product_keys[:8],
        )
        for number, hall in enumerate(halls)
        if number % 3 != 2
    )  # fmt: skip


def _turn(draw: Draw, producers: Sequence[PlannedProducer]) -> Iterator[str]:
    """Yield the keys of all products for ever, producer by producer in a drawn order.

    Each site takes on where the one before stopped, so every product is on sale somewhere, and most of a producer's together,
    so that one order can take several lines.
    """
    ordered = sorted(producers, key=lambda producer: draw.number(2**32, "turn", producer.key))
    return cycle([product.key for producer in ordered for product in producer.products])
