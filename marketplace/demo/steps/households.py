"""The invented households of every county in which somebody sells, and the village collectives that keep a part."""

from __future__ import annotations

from datetime import date
from typing import Final

from marketplace.beneficiaries.rules import HouseholdState
from marketplace.beneficiaries.service.bulk import load_households
from marketplace.beneficiaries.service.collectives import register_collective
from marketplace.beneficiaries.service.households import NewHousehold, Standing
from marketplace.beneficiaries.service.identity import Identity
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK
from marketplace.demo.invented.households import InventedHousehold

#: The register is taken over on this day; who graduated did so before.
REGISTERED: Final = date(2019, 10, 8)


def build(demo: Demo) -> None:
    """Load all households county by county, each by its county's officer; fills `Demo.households` and `Demo.collectives`."""
    for county, homes in demo.world.homes.items():
        officer = demo.actors[f"county|{county}"]
        with on(REGISTERED) as session:
            numbers = load_households(session, officer, [_new(home) for home in homes])
            demo.households.update((home.key, number) for home, number in zip(homes, numbers, strict=True))
            for code, name in sorted({(home.village_code, home.village_name) for home in homes}):
                collective = register_collective(
                    session, officer, area_code=code, name=f"{name}股份经济合作社({MARK})"
                )
                demo.collectives.setdefault(county, collective.id)
        demo.tick(len(homes))


def _new(home: InventedHousehold) -> NewHousehold:
    state = HouseholdState(
        file_status="graduated" if home.graduated_on else "registered",
        monitor_type=home.monitor_type,
        monitor_status="none" if home.monitor_type == "none" else "active",
    )
    standing = Standing(
        state=state,
        from_day=home.graduated_on or date(2016, 1, 1),
        members=home.persons,
        labour=home.workers,
        document_no=f"{MARK}-{home.key}",
    )
    return NewHousehold(
        home.village_code, home.file_standard, standing, head=Identity(home.head), is_demo=True
    )
