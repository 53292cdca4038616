"""What of a list an actor may see, as an SQL condition made of the same grants that `Actor.require` asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, true

from marketplace.core.actor import Actor, area_prefix


def within_area(column: Any, area_code: str) -> ColumnElement[bool]:
    """Rows whose area code lies in the area: a prefix test that an index in COLLATE "C" serves."""
    prefix = area_prefix(area_code)
    if not prefix:
        return true()
    # ':' follows '9', so this is every code that begins with the prefix.
    return and_(column >= prefix, column < f"{prefix}:")


def visible(actor: Actor, permission: str, *, area: Any, owners: Sequence[Any] = ()) -> ColumnElement[bool]:
    """Rows of a list that the permission reaches; `area` and `owners` are columns. False when none does."""
    if actor.is_system:
        return true()
    reached: list[ColumnElement[bool]] = []
    for held in actor.holding(permission):
        parts = [within_area(area, held.area_code)]
        if held.organisation_id is not None:
            parts.append(or_(false(), *(owner == held.organisation_id for owner in owners)))
        reached.append(and_(*parts))
    return or_(false(), *reached)
