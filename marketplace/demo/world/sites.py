"""Where the demo sells: a counter, a hall, a zone and a shop of the 832 platform in every prefecture city of Guangdong, and a
hall in each paired county of 广西, 贵州, 云南 and 四川 that has products."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from marketplace.core import divisions
from marketplace.demo.invented.draw import MARK, Draw
from marketplace.demo.published.places import LISTED_ON
from marketplace.demo.world.buyers import guangdong_cities
from marketplace.demo.world.producers import PlannedProducer, PlannedProduct

PAIRED_PROVINCES: Final = ("45", "51", "52", "53")
#: kind → (title, site kind or None, products on sale)
_CITY_KINDS: Final = (
    ("counter", "消费扶贫专柜", "government_office", 8),
    ("hall_offline", "消费扶贫专馆", None, 14),
    ("zone", "消费扶贫专区", None, 12),
    ("platform_832", "832平台采购专区", "website", 14),
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


def plan_sites(draw: Draw, producers: Iterable[PlannedProducer]) -> tuple[PlannedSite, ...]:
    """Return all points of sale.  Together they list every product that anybody may sell, each at least once."""
    goods = [(producer, product) for producer in producers for product in producer.products]
    suppliers = [pair for pair in goods if pair[0].sells_on_832]
    found: list[PlannedSite] = []
    for city in guangdong_cities():
        for kind, title, site_kind, count in _CITY_KINDS:
            pool = suppliers if kind == "platform_832" else goods
            serial = len(found)
            found.append(
                PlannedSite(
                    f"site|{city}|{kind}", serial, kind, f"{divisions.name(city, LISTED_ON)}{title}({MARK})", city, site_kind,
                    date(2019, 12, 1), _assortment(draw, pool, count, city, kind, serial),
                )
            )  # fmt: skip
    counties = sorted(
        {product.origin_area for _, product in goods if product.origin_area[:2] in PAIRED_PROVINCES}
    )
    for county in counties:
        own = [product.key for _, product in goods if product.origin_area == county]
        found.append(
            PlannedSite(
                f"site|{county}|hall_online", len(found), "hall_online",
                f"{divisions.name(county, LISTED_ON)}扶贫地方馆({MARK})", county, None, date(2019, 12, 1), tuple(own),
            )
        )  # fmt: skip
    return tuple(found)


def _assortment(
    draw: Draw,
    pool: list[tuple[PlannedProducer, PlannedProduct]],
    count: int,
    city: str,
    kind: str,
    serial: int,
) -> tuple[str, ...]:
    """Return `count` producers' worth of goods: whole assortments, so that one order can take several lines.

    A turn through the pool, starting where the site before stopped, sees to it that every product is on sale somewhere.
    """
    ordered = sorted(pool, key=lambda pair: draw.number(2**32, "turn", kind, pair[0].key))
    start = serial * count % len(ordered)
    turned = ordered[start:] + ordered[:start]
    del city
    return tuple(product.key for _, product in turned[:count])
