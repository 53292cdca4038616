"""Who buys in the demo: invented budget units, enterprises and unions of the 21 prefecture cities of Guangdong, and citizens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from marketplace.core import divisions
from marketplace.demo.invented.codes import demo_uscc
from marketplace.demo.invented.draw import MARK
from marketplace.demo.published.places import LISTED_ON

PROVINCE: Final = "440000"
_UNITS: Final = (
    ("机关事务服务中心", "party_committee"),
    ("第一演示医院", "health"),
    ("演示实验学校", "education"),
)


@dataclass(frozen=True, slots=True)
class PlannedBuyer:
    """An organisation that buys.  `kind` is budget_unit, enterprise, union or individual, or operator
    for the body that brokers sales; `parent` the key of the unit
    above it in the tree of budget units, "" for a root; `fiscal_area` and `fiscal_tier` only for budget units.
    `weight` says how much it buys beside others of its city, `canteen_total_fen` what its canteen spends in 2020.
    """

    key: str
    name: str
    kind: str
    uscc: str
    area: str
    fiscal_area: str
    fiscal_tier: str
    sector: str
    parent: str
    weight: int
    canteen_total_fen: int


def guangdong_cities() -> tuple[str, ...]:
    """Return the codes of the 21 prefecture cities, in order."""
    return tuple(one.code for one in divisions.children(PROVINCE, "city"))


def plan_buyers() -> tuple[PlannedBuyer, ...]:
    """Return the buyers of the province level and of every city, parents before children."""
    found = [
        PlannedBuyer(
            "buyer|440000|0", f"广东省演示机关服务中心({MARK})", "budget_unit", demo_uscc("12", PROVINCE, 3_000), "440100",
            PROVINCE, "province_level", "party_committee", "", 6, 800_000_00,
        )
    ]  # fmt: skip
    for number, city in enumerate(guangdong_cities()):
        found += _of_city(city, 3_100 + 10 * number, size=3 if city in ("440100", "440300") else 1)
    return tuple(found)


def _of_city(city: str, serial: int, *, size: int) -> list[PlannedBuyer]:
    name = divisions.name(city, LISTED_ON)
    root = f"buyer|{city}|0"
    units = [
        PlannedBuyer(
            f"buyer|{city}|{position}", f"{name}{title}({MARK})", "budget_unit", demo_uscc("12", city, serial + position),
            city, city, "city_level", sector, "" if position == 0 else root, (4 - position) * size,
            (300_000_00 - 80_000_00 * position) * size,
        )
        for position, (title, sector) in enumerate(_UNITS)
    ]  # fmt: skip
    return [
        *units,
        PlannedBuyer(f"buyer|{city}|3", f"{name}演示实业有限公司({MARK})", "enterprise", demo_uscc("91", city, serial + 3),
                     city, "", "", "", "", 3 * size, 0),
        PlannedBuyer(f"buyer|{city}|4", f"{name}总工会演示职工服务中心({MARK})", "union", demo_uscc("81", city, serial + 4),
                     city, "", "", "union", "", 2 * size, 0),
        PlannedBuyer(f"buyer|{city}|5", f"{name}演示市民({MARK})", "individual", "", city, "", "", "", "", 2 * size, 0),
        PlannedBuyer(f"broker|{city}", f"{name}演示消费扶贫服务中心({MARK})", "operator", demo_uscc("12", city, serial + 6),
                     city, "", "", "", "", 0, 0),
    ]  # fmt: skip
