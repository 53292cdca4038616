"""Slots as forms have them: a row for each, of which those count that were filled in."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema

from marketplace.core.http.fields import Line
from marketplace.intake.schemas.cabinets import units
from marketplace.web.kit import Form
from marketplace.web.kit.rows import meant, put_in_place

#: So many slots a form has at most, as the API takes.
MOST: Final = 500


class SlotUnits(Schema):
    """So many whole units stand in a slot."""

    slot = Line(20, required=True)
    units = units(required=True)


def filled_in(data: dict[str, Any], *names: str) -> dict[str, Any]:
    """The body without the rows of `names` that have no number of units."""
    for name in names:
        data = meant(data, name, ("units",))
    return data


def at_their_rows(form: Form, *names: str) -> Form:
    """The form with complaints about rows of `names` at the rows of the page."""
    for name in names:
        put_in_place(form, name, ("units",), MOST)
    return form


def by_slot(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Rows of `SlotUnits` as the API has them: slot → units."""
    return {row["slot"]: row["units"] for row in rows}
