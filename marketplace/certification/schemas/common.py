"""What several shapes share."""

from __future__ import annotations

from typing import Final

from marshmallow import fields, validate

from marketplace.certification.rules.schemes import schemes
from marketplace.core.http.fields import Line

SCHEMES: Final = tuple(schemes())
FREE: Final = {"description": "收费说明", "example": "认定和统计不收取任何费用"}


def numbers_field() -> fields.List[str]:
    """1 to 500 numbers of applications."""
    return fields.List(Line(40), required=True, validate=validate.Length(min=1, max=500))
