"""The API's schemas as an order's page sends them: a line left blank is not meant, an empty text is none."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import pre_load

from marketplace.core.photos import form_bytes
from marketplace.orders import schemas
from marketplace.orders.service.photos import MOST_PHOTOS

#: Photos as telephones take them, all of one form together, with the form itself.
_MOST_BYTES: Final = form_bytes(MOST_PHOTOS)


class AcceptanceForm(schemas.AcceptanceIn):
    """Units rejected by line; lines without a number are accepted whole."""

    most_bytes = _MOST_BYTES

    @pre_load
    def only_meant(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Leave out lines without units, and no reason."""
        return _meant(data, "rejected", "reason")


class ReturnForm(schemas.ReturnIn):
    """Units that go back by line."""

    most_bytes = _MOST_BYTES

    @pre_load
    def only_meant(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Leave out lines without units."""
        return _meant(data, "lines", "")


class EvaluationForm(schemas.EvaluationIn):
    """Stars, with or without words."""

    @pre_load
    def only_meant(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Leave out no words."""
        return _meant(data, "", "comment")


def _meant(data: dict[str, Any], rows: str, text: str) -> dict[str, Any]:
    kept = {name: value for name, value in data.items() if name != text or value != ""}
    if rows in kept:
        kept[rows] = [row for row in kept[rows] if "quantity" in row]
    return kept
