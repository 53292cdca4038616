"""Invented households of a county: heads, numbers of members, villages.  Nobody is meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.demo.invented.codes import demo_village
from marketplace.demo.invented.draw import Draw

_SURNAMES = (
    "李王张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
#: Guangdong counts its own relatively poor households; elsewhere the national file holds.
_STANDARD = {"44": "gd_relative"}


@dataclass(frozen=True, slots=True)
class InventedHousehold:
    """A household that does not exist: `head` a surname with 演示 for a given name, `village_code`
    twelve digits of the range that no register issues.

    `file_status` is registered until `graduated_on` (a day of 2017–2018) and graduated from then on; `monitor_type`
    is none for most.  `persons` counts all members, `workers` those able to work.
    """

    key: str
    area_code: str
    village_code: str
    village_name: str
    head: str
    persons: int
    workers: int
    file_standard: str
    graduated_on: date | None
    monitor_type: str


def households(draw: Draw, area_code: str, count: int, villages: int = 2) -> tuple[InventedHousehold, ...]:
    """Return `count` households of a county (six digits), spread over `villages` villages.

    An average of about 3.4 persons, as the published 1024 households of 3431 persons have.
    """
    return tuple(_household(draw, area_code, number, villages) for number in range(count))


def _household(draw: Draw, area_code: str, number: int, villages: int) -> InventedHousehold:
    key = f"{area_code}-{number:05d}"
    village = number % villages
    persons = 1 + draw.weighted((6, 16, 30, 28, 13, 7), "persons", key)
    graduated = draw.chance(9_000, "graduated", key)
    monitored = draw.weighted((92, 4, 3, 1), "monitor", key)
    return InventedHousehold(
        key=key,
        area_code=area_code,
        village_code=demo_village(area_code, village),
        village_name=f"演示{'一二三四五六七八九十'[village]}村",
        head=draw.pick(_SURNAMES, "surname", key) + "演示",
        persons=persons,
        workers=min(persons, draw.between(0, 3, "workers", key)),
        file_standard=_STANDARD.get(area_code[:2], "national_registered"),
        graduated_on=date(draw.between(2017, 2018, "year", key), draw.between(1, 12, "month", key), 28)
        if graduated
        else None,
        monitor_type=_monitor(monitored, graduated=graduated),
    )


def _monitor(position: int, *, graduated: bool) -> str:
    """Only a graduated household can be unstable; marginal ones were never on file, so none here is."""
    kind = ("none", "unstable", "none", "sudden_hardship")[position]
    return kind if graduated or kind != "unstable" else "none"
