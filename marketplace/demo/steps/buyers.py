"""Buyers: budget units in their tree, enterprises, unions and citizens of the 21 cities, each with an account that buys."""

from __future__ import annotations

from datetime import date
from typing import Final

from marketplace.accounts.service.bulk import NewAccount, open_accounts
from marketplace.accounts.service.organisations import NewOrganisation, register
from marketplace.accounts.service.places import place
from marketplace.core.actor import WHOLE_COUNTRY, system_actor
from marketplace.demo.context import Demo, on
from marketplace.demo.world.buyers import PlannedBuyer

REGISTERED: Final = date(2019, 1, 7)


def build(demo: Demo) -> None:
    """Register every buyer and its clerk; fills `organisations` and `actors` (``buyer|…`` is already the plan's key)."""
    system = system_actor()
    with on(REGISTERED) as session:
        for planned in demo.world.buyers:
            organisation = register(session, system, _new(planned))
            demo.organisations[planned.key] = organisation.id
            if planned.kind == "budget_unit":
                parent = demo.organisations[planned.parent] if planned.parent else None
                place(session, system, organisation.id, parent, REGISTERED, "演示建立隶属关系")
        buying = [planned for planned in demo.world.buyers if planned.kind != "operator"]
        clerks = [
            NewAccount(
                f"{planned.name}采购员", planned.key.replace("|", "."),
                ("citizen" if planned.kind == "individual" else "buyer",),
                WHOLE_COUNTRY, demo.organisations[planned.key], opened_by_unit=planned.kind in ("budget_unit", "union"),
            )
            for planned in buying
        ]  # fmt: skip
        for planned, actor in zip(buying, open_accounts(session, system, clerks), strict=True):
            demo.actors[planned.key] = actor
    demo.tick(len(demo.world.buyers))


def _new(planned: PlannedBuyer) -> NewOrganisation:
    return NewOrganisation(
        kind=planned.kind,
        name=planned.name,
        area_code=planned.area,
        uscc=planned.uscc or None,
        fiscal_area=planned.fiscal_area or None,
        fiscal_tier=planned.fiscal_tier or None,
        sector=planned.sector or None,
        is_demo=True,
    )
