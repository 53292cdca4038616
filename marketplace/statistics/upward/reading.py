"""Who may see a month's total: the level that makes it all of it, a county its own part."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Select, false, select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor, area_prefix
from marketplace.core.errors import NotFound
from marketplace.intake.rules.upward import area_of_source
from marketplace.intake.rules.upward_totals import Total, read_total
from marketplace.statistics.upward.link import upper
from marketplace.statistics.upward.models import MonthTotal, UpwardFeed
from marketplace.statistics.upward.views import PERMISSION

_ORIGIN: Final = 1  # place of the county in a cell's key


def totals_seen(actor: Actor, period: str | None) -> Select[Any]:
    """The versions that the actor may see at least a part of."""
    above = upper()
    statement = select(MonthTotal)
    if above is None or not _reach(actor, above.area):
        return statement.where(false())
    statement = statement.where(MonthTotal.source == above.source)
    return statement if period is None else statement.where(MonthTotal.period == period)


def part_seen(session: Session, actor: Actor, total_id: uuid.UUID) -> tuple[MonthTotal, Total, list[str]]:
    """A version, what of it the actor may see, and the digits of the areas that that is. NotFound."""
    row = session.get(MonthTotal, total_id)
    reach = [] if row is None else _reach(actor, area_of_source(row.source))
    if row is None or not reach:
        raise NotFound("total_not_found", "没有这份月度汇总")
    total = read_total(bytes(row.content))
    if "" in reach:
        return row, total, reach
    cells = {key: sums for key, sums in total.cells.items() if is_within(str(key[_ORIGIN]), reach)}
    homes = {area: heads for area, heads in total.households.items() if is_within(area, reach)}
    return row, replace(total, cells=cells, households=homes), reach


def is_within(area: str, reach: list[str]) -> bool:
    """Whether an area is one of those that are seen."""
    return any(area.startswith(digits) for digits in reach)


def feeds_seen(session: Session, actor: Actor) -> list[UpwardFeed]:
    """Every feed of this instance, for who may see its totals whole."""
    above = upper()
    if above is None or "" not in _reach(actor, above.area):
        return []
    return list(session.scalars(select(UpwardFeed).order_by(UpwardFeed.source)))


def _reach(actor: Actor, area: str) -> list[str]:
    """Digits of the areas inside the source's that the actor sees; the empty one is all of it."""
    if actor.may_on(PERMISSION, area=area):
        return [""]
    mine = [area_prefix(held.area_code) for held in actor.holding(PERMISSION) if held.organisation_id is None]
    return sorted(one for one in mine if one.startswith(area_prefix(area)))
