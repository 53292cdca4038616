"""Where an official works: the area of the role that was chosen, and the organisation where it is held for one."""

from __future__ import annotations

import uuid
from typing import TypeVar

from marshmallow import Schema

from marketplace.core.actor import WHOLE_COUNTRY, Actor
from marketplace.web.kit.hats import chosen

Asked = TypeVar("Asked", bound=Schema)


def own_area(actor: Actor) -> str:
    """The area code of the role one works in; the whole country for who has none."""
    hat = chosen(actor)
    return hat.area_code if hat else WHOLE_COUNTRY


def own_organisation(actor: Actor) -> uuid.UUID | None:
    """The organisation for which the role is held; None for a role over an area."""
    hat = chosen(actor)
    return hat.organisation_id if hat else None


def beginning_with(schema: type[Asked], **begun: object) -> Asked:
    """The arguments of a list with other values to begin with, where the address does not say."""
    asked = schema()
    for name, value in begun.items():
        asked.load_fields[name].load_default = value
    return asked
