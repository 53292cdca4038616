"""Targets of 2020: those that were published, and invented ones (演示数据) for the 21 cities, of which none was."""

from __future__ import annotations

from datetime import date
from typing import Final

from marketplace.core.actor import system_actor
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK
from marketplace.demo.published import load
from marketplace.demo.world.buyers import PROVINCE, guangdong_cities
from marketplace.statistics.targets import declare_figure, set_target

_SET: Final = date(2020, 1, 6)
_MEASURE: Final = "consumption_aid_amount"


def build(demo: Demo) -> None:
    """Set the targets and declare what was published of earlier years."""
    system = system_actor()
    with on(_SET) as session:
        for target in load().targets:
            if target.year == 2020 and target.area_code and target.amount is not None:
                set_target(
                    session, system, area_code=target.area_code, year=2020, measure="aid_sales",
                    amount=target.amount.value_fen, raw_text=target.raw_text, source=target.source,
                )  # fmt: skip
        set_target(
            session, system, area_code=PROVINCE, year=2020, measure=_MEASURE, amount=None, relative_to="previous_year",
            raw_text="不低于去年", source="新快报 全省产业扶贫推进会 2020-08",
        )  # fmt: skip
        for city in guangdong_cities():
            amount = 1_000_000 * demo.draw.between(20, 90, "target", city)
            set_target(
                session, system, area_code=city, year=2020, measure=_MEASURE, amount=amount,
                raw_text=f"{MARK}", source=MARK, is_demo=True,
            )  # fmt: skip
        for figure in load().figures:
            if figure.period.startswith("2019年") and figure.area == "广西" and figure.is_sale:
                declare_figure(
                    session, system, area_code="450000", measure=_MEASURE, from_day=date(2019, 1, 1), to_day=date(2019, 11, 30),
                    amount=figure.amount.value_fen, qualifier=figure.amount.qualifier, raw_text=figure.amount.raw_text,
                    source=figure.source,
                )  # fmt: skip
    demo.tick(len(guangdong_cities()))
