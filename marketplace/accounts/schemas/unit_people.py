"""Accounts of a unit, kept by its manager."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.accounts.schemas.people import ClerkIn
from marketplace.accounts.service.unit_people import BUYING_ROLES
from marketplace.core.http.fields import OneOf


class UnitAccountIn(ClerkIn):
    """A person with an account of the unit and one buying role."""

    organisation_id = fields.UUID(required=True)
    login = fields.String(
        required=True, validate=validate.Length(min=1, max=200), metadata={"example": "yuexiu.cg"}
    )
    role = OneOf(BUYING_ROLES, required=True, metadata={"example": "buyer"})


class UnitAccountOut(Schema):
    """An account with one of its roles."""

    id = fields.UUID()
    organisation_id = fields.UUID()
    login = fields.String()
    status = fields.String()
    display_name = fields.String()
    role = fields.String(metadata={"enum": list(BUYING_ROLES)})
