"""The offices that decide: county, city and province offices of every place that produces, and the nation's.

Each office has as many people as the chain asks for: whoever proposed may not decide (经办 ≠ 审核 ≠ 签发).  So every level can
also fill in, review and send its declarations, and draw up, review and issue its bulletins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from marketplace.accounts.service.bulk import NewAccount, open_accounts
from marketplace.accounts.service.organisations import NewOrganisation, register
from marketplace.core import divisions
from marketplace.core.actor import WHOLE_COUNTRY, system_actor
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK
from marketplace.demo.published.places import LISTED_ON

#: The day on which the offices are set up, before anything else happens.
FOUNDED: Final = date(2018, 1, 8)
#: Office level → (key in `Demo.actors`, role, job name).  A county has two officers: one proposes, the other decides.
#: Where two levels have one area (东莞, 中山), the key is the lower one's: their reach is the same.
_PEOPLE: Final = {
    "county": (
        ("township", "township_reviewer", "乡镇初审"),
        ("sector", "sector_reviewer", "行业复审"),
        ("county", "county_officer", "经办"),
        ("decider", "county_officer", "审定"),
        ("issuer", "issuer", "签发"),
    ),
    "city": (
        ("statistician", "statistician", "统计"),
        ("city", "city_officer", "审核"),
        ("issuer", "issuer", "签发"),
    ),
    "province": (
        ("statistician", "statistician", "统计"),
        ("province", "province_officer", "复核"),
        ("issuer", "issuer", "签发"),
    ),
    "nation": (
        ("filer", "national_filer", "备案"),
        ("issuer", "issuer", "签发"),
        ("platform", "platform_operator", "平台运营"),
        ("finance", "finance_clerk", "平台财务"),
        ("checker", "finance_clerk", "结算审核"),
        ("approver", "finance_clerk", "结算批准"),
        ("treasury", "finance_supervisor", "财政监管"),
        ("ledger", "ledger_officer", "账务管理"),
        ("security", "security_admin", "安全管理"),
    ),
}


@dataclass(frozen=True, slots=True)
class Office:
    """An office to set up: its level and the area it decides over."""

    level: str
    area: str

    @property
    def name(self) -> str:
        """Return the office's invented name."""
        place = "国家" if self.level == "nation" else divisions.name(self.area, LISTED_ON)
        return f"{place}扶贫工作办公室({MARK})"


def city_of(county: str) -> str:
    """Return the area of the office that takes the city's steps for a county.

    The prefecture city; the province where none stands between (重庆's and 海南's counties).
    """
    return divisions.at_level(county, "city")


def province_of(county: str) -> str:
    """Return the province code of a county."""
    return divisions.at_level(county, "province")


def offices(demo: Demo) -> list[Office]:
    """Return every office that the demo's products need, the nation's first."""
    counties = sorted({producer.county for producer in demo.world.producers if producer.products})
    found = [Office("nation", WHOLE_COUNTRY)]
    found += [Office("province", area) for area in sorted({province_of(county) for county in counties})]
    found += [Office("city", area) for area in sorted({city_of(county) for county in counties})]
    return found + [Office("county", county) for county in counties]


def build(demo: Demo) -> None:
    """Register the offices, open the accounts of their people; fills `Demo.actors`, and `organisations` under ``office|area``."""
    system = system_actor()
    with on(FOUNDED) as session:
        new: list[NewAccount] = []
        keys: list[str] = []
        for office in offices(demo):
            home = register(
                session, system, NewOrganisation("authority", office.name, _seat(office), is_demo=True)
            )
            demo.organisations[f"office|{office.area}"] = home.id
            for key, role, job in _PEOPLE[office.level]:
                keys.append(f"{key}|{office.area}")
                new.append(
                    NewAccount(
                        f"{office.name}{job}",
                        f"{key}.{office.level}.{office.area}",
                        (role,),
                        office.area,
                        home.id,
                    )
                )
        for key, actor in zip(keys, open_accounts(session, system, new), strict=True):
            demo.actors[key] = actor
    demo.tick(len(keys))


def _seat(office: Office) -> str:
    """Where an office stands; the nation's in Beijing."""
    return "110000" if office.level == "nation" else office.area
