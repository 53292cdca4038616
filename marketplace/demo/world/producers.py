"""Who produces what in the demo: published producers and products, and an invented cooperative where none was published.

A published name stays as published.  What is invented about it (credit code, package, price, and the county where only a
city was published) is listed in `invented`, so that every page can say 演示数据 beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from marketplace.core import divisions
from marketplace.demo.invented import prices
from marketplace.demo.invented.codes import demo_uscc
from marketplace.demo.invented.draw import MARK, Draw
from marketplace.demo.published import Published, PublishedProducer, PublishedProduct
from marketplace.demo.published.names import simplified
from marketplace.demo.published.places import LISTED_ON, Place

#: Published bodies that make nothing: markets and public institutions.
_NOT_PRODUCING: Final = ("market", "public_institution")
_USCC_KIND: Final = {"cooperative": "93", "cooperative_union": "93", "public_institution": "12"}
#: What an invented cooperative sells beside the published product, never certified: the goods that make 占比 less than whole.
_BESIDE: Final = ("演示小米", "演示菜干", "演示花生", "演示土鸡蛋", "演示竹笋", "演示红薯")
UNCERTIFIED: Final = "uncertified"
#: How a package of each group of goods is called; the rest comes in bags.
_UNITS: Final = {
    "drink": "瓶",
    "oil": "瓶",
    "honey": "瓶",
    "tea": "盒",
    "fruit": "箱",
    "meat": "份",
    "craft": "件",
    "aquatic": "份",
}


@dataclass(frozen=True, slots=True)
class PlannedProduct:
    """A product to be registered; `published` is None for an invented one, `case` names what befalls it (cases.py)."""

    key: str
    name: str
    brand: str
    group: prices.Group
    unit: str
    net_weight_g: int
    price_fen: int
    origin_area: str
    published: PublishedProduct | None
    case: str = "certified"

    @property
    def spec(self) -> str:
        """Return the package as printed: 2.5kg/箱, 500g/袋."""
        grams = self.net_weight_g
        weight = f"{grams / 1000:g}kg" if grams >= 1_000 else f"{grams}g"
        return f"{weight}/{self.unit}"


@dataclass(frozen=True, slots=True)
class PlannedProducer:
    """A producer to be registered with its products; `county` is six digits and valid in 2020."""

    key: str
    name: str
    kind: str
    uscc: str
    county: str
    county_is_invented: bool
    published: PublishedProducer | None
    products: tuple[PlannedProduct, ...] = field(default=())

    @property
    def sells_on_832(self) -> bool:
        """Say whether it is a supplier of the 832 platform: where that was published, and the invented ones of the west."""
        if self.published is not None:
            return any("832" in title.title for title in self.published.titles)
        return not self.county.startswith("44")

    @property
    def is_invented(self) -> bool:
        """Say whether nobody published this body: only such a one ever meets an adverse decision here."""
        return self.published is None


def plan_producers(draw: Draw, published: Published) -> tuple[PlannedProducer, ...]:
    """Return all producers with their products: first the published ones in published order, then the invented.

    A product of which not even a city is known is left out: no county could certify it.
    """
    bodies = [
        one
        for one in published.producers
        if one.kind not in _NOT_PRODUCING and _level(one.area_code) != "province"
    ]
    owners = {name: one for one in bodies for name in (one.name, *one.spellings)}
    owned: dict[str, list[PlannedProduct]] = {}
    orphans: dict[str, list[PlannedProduct]] = {}
    for product in published.products:
        if not product.has_city:
            continue
        owner = owners.get(product.producer)
        if owner is not None:
            owned.setdefault(owner.name, []).append(
                _product(draw, product, _county(draw, owner.area_code, owner.name))
            )
        else:
            county = _county(draw, product.area_code, product.title)
            orphans.setdefault(county, []).append(_product(draw, product, county))
    found = [
        _published_producer(draw, body, number, owned.get(body.name, ()))
        for number, body in enumerate(bodies)
    ]
    found += [
        _cooperative(draw, county, orphans[county], 1_000 + number)
        for number, county in enumerate(sorted(orphans))
    ]
    return tuple(found)


def _level(code: str) -> str:
    return Place(code, "published").level


def _county(draw: Draw, area: str, key: str) -> str:
    """Return the county of an area; of a city, one of its counties of 2020, drawn and so invented."""
    if _level(area) == "county":
        return area
    counties = [divisions.resolve(one.code, LISTED_ON) for one in divisions.children(area, "county")]
    return draw.pick(sorted(set(counties)), "county", key)


def _product(draw: Draw, product: PublishedProduct, county: str) -> PlannedProduct:
    group = prices.group_of(product.title)
    if group is None:
        raise ValueError(f"no group of goods for {product.title}")
    key = f"{product.title}|{product.producer or county}"
    return PlannedProduct(
        key=key,
        name=product.name,
        brand=product.brand.strip("“”牌"),
        group=group,
        unit=_UNITS.get(group.code, "袋"),
        net_weight_g=prices.package_g(draw, group, key),
        price_fen=prices.price_fen(draw, group, key),
        origin_area=county,
        published=product,
    )


def _published_producer(
    draw: Draw, body: PublishedProducer, number: int, products: Iterable[PlannedProduct]
) -> PlannedProducer:
    county = _county(draw, body.area_code, body.name)
    return PlannedProducer(
        key=body.name,
        name=body.name,
        kind=body.kind,
        uscc=demo_uscc(_USCC_KIND.get(body.kind, "91"), county, number),
        county=county,
        county_is_invented=county != body.area_code,
        published=body,
        products=tuple(products),
    )


def _cooperative(draw: Draw, county: str, products: list[PlannedProduct], number: int) -> PlannedProducer:
    name = f"{simplified(divisions.name(county, LISTED_ON))}演示种养专业合作社({MARK})"
    return PlannedProducer(
        key=name,
        name=name,
        kind="cooperative",
        uscc=demo_uscc("93", county, number),
        county=county,
        county_is_invented=False,
        published=None,
        products=(*products, *_beside(draw, county, few=len(products) > 3)),
    )


def _beside(draw: Draw, county: str, *, few: bool) -> tuple[PlannedProduct, ...]:
    """Return the invented, uncertified products of a cooperative: two where it has many others, else four."""
    first = draw.number(len(_BESIDE), "beside", county)
    names = [_BESIDE[(first + number) % len(_BESIDE)] for number in range(2 if few else 4)]
    return tuple(
        invented_product(draw, f"beside|{county}|{name}", name, county, UNCERTIFIED) for name in names
    )


def invented_product(draw: Draw, key: str, name: str, county: str, case: str) -> PlannedProduct:
    """Return an invented product of a county, marked 演示数据 in its name; ValueError for a name that tells no group."""
    group = prices.group_of(name)
    if group is None:
        raise ValueError(f"no group of goods for {name}")
    return PlannedProduct(
        key=key,
        name=f"{name}({MARK})",
        brand="",
        group=group,
        unit=_UNITS.get(group.code, "袋"),
        net_weight_g=prices.package_g(draw, group, key),
        price_fen=prices.price_fen(draw, group, key),
        origin_area=county,
        published=None,
        case=case,
    )
