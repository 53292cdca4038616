"""Targets: the published list through the import, and invented ones (演示数据) of 2020 for the 21 cities, of which none was.

The province's own is 不低于去年. What it and two cities in three came to in 2019 is invented and declared: 不可比 there, else —.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from marketplace.core.actor import system_actor
from marketplace.core.amounts import Amount
from marketplace.core.pairings import helpers_of
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK
from marketplace.demo.published import load
from marketplace.demo.published.rows import DIRECTORY
from marketplace.demo.steps.officials import city_of
from marketplace.demo.world.buyers import PROVINCE, guangdong_cities
from marketplace.statistics.targets import NewTarget, declare_amount, import_targets, read_targets, set_target

_SET: Final = date(2020, 1, 6)
_MEASURE: Final = "consumption_aid_amount"
TARGETS: Final = "region_targets.csv"


def build(demo: Demo) -> None:
    """Set the targets and declare what was published of earlier years."""
    system = system_actor()
    with on(_SET) as session:
        published = read_targets((DIRECTORY / TARGETS).read_bytes())
        done = import_targets(session, system, published)
        if done.errors:
            raise ValueError(f"{TARGETS}: {done.errors[0]}")
        for city in guangdong_cities():
            amount = 1_000_000 * demo.draw.between(20, 90, "target", city)
            set_target(
                session, system,
                NewTarget(city, 2020, _MEASURE, raw_text=MARK, source=MARK, amount=amount, is_demo=True),
            )  # fmt: skip
        for helper, helped in _pairs(demo):
            amount = 1_000_000 * demo.draw.between(5, 60, "pair", helper, helped)
            set_target(
                session, system,
                NewTarget(
                    helper, _SET.year, "cooperation_amount", raw_text=MARK, source=MARK, amount=amount, counterpart_area=helped,
                    is_demo=True,
                ),
            )  # fmt: skip
        for place, area in enumerate((PROVINCE, *guangdong_cities())):
            if place % 3 != 2:
                amount = 1_000_000 * demo.draw.between(15, 80, "2019", area) * (21 if area == PROVINCE else 1)
                declare_amount(
                    session, system, area_code=area, measure=_MEASURE, from_day=date(2019, 1, 1), to_day=date(2019, 12, 31),
                    amount=Amount(MARK, amount), source=MARK,
                )  # fmt: skip
        for figure in load().figures:
            if figure.period.startswith("2019年") and figure.area == "广西" and figure.is_sale:
                declare_amount(
                    session, system, area_code="450000", measure=_MEASURE, from_day=date(2019, 1, 1), to_day=date(2019, 11, 30),
                    amount=figure.amount, source=figure.source,
                )  # fmt: skip
    demo.tick(len(guangdong_cities()))


def _pairs(demo: Demo) -> list[tuple[str, str]]:
    """Who helps which city whose products are sold, by the pairings of the day: each pair has an agreed amount."""
    cities = {city_of(producer.county) for producer in demo.world.producers if producer.products}
    return sorted({(found[0].helper, city) for city in cities if (found := helpers_of(city, _SET))})
