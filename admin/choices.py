"""What the lists of the console have in common: options of a field, and questions that begin with something."""

from __future__ import annotations

from collections.abc import Mapping

from marshmallow import Schema

from marketplace.web.kit import Listing, label


def choices(titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """(code, title in the language of the request) of each, in their order."""
    return [(code, label(title)) for code, title in titles.items()]


def asked_from(schema: type[Schema], **begins: str) -> Listing:
    """The question of the address; what it leaves out begins with these values, by the schema's names."""
    made = schema()
    for name, value in begins.items():
        made.load_fields[name].required = False
        made.load_fields[name].load_default = value
    return Listing(made)
