"""Questions of lists of the console that begin with something."""

from __future__ import annotations

from collections.abc import Callable

from flask import request
from marshmallow import Schema

from marketplace.web.kit import Listing


def chosen_or(newest: Callable[[], str]) -> str:
    """The month of the address; where none was chosen, what `newest` finds."""
    return request.args.get("period") or newest()


def asked_from(schema: type[Schema], **begins: str) -> Listing:
    """The question of the address; what it leaves out begins with these values, by the schema's names."""
    made = schema()
    for name, value in begins.items():
        made.load_fields[name].required = False
        made.load_fields[name].load_default = value
    return Listing(made)
