"""Which of the own roles one works in: somebody may hold several, and lists then show those of one.

The choice only ever narrows what the actor may do. A page that the chosen role does not open is opened with all roles.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Final

from flask import Response, request

from marketplace.core.actor import Actor, Held
from marketplace.core.http.endpoint import Guard

COOKIE: Final = "__Host-role"


def code_of(held: Held) -> str:
    """How a grant is named in the cookie and in the switcher."""
    return f"{held.role}.{held.area_code}.{held.organisation_id or ''}"


def chosen(actor: Actor | None) -> Held | None:
    """The grant that was chosen, if it is still held; else the first one; None for who holds none."""
    if actor is None or not actor.held:
        return None
    wanted = request.cookies.get(COOKIE)
    held = sorted(actor.held, key=code_of)
    return next((one for one in held if code_of(one) == wanted), held[0])


def worn(actor: Actor | None, guard: Guard) -> Actor | None:
    """The actor with the chosen grant alone, where that opens the page; with all of them otherwise."""
    one = chosen(actor)
    if actor is None or one is None or guard.permission is None or guard.permission not in one.permissions:
        return actor
    return replace(actor, held=(one,))


def organisation(actor: Actor) -> uuid.UUID | None:
    """The organisation for which one acts: the chosen grant's, else the account's; None for neither."""
    one = chosen(actor)
    return (one.organisation_id if one is not None else None) or actor.organisation_id


def choose(response: Response, code: str) -> None:
    """Remember the choice."""
    response.set_cookie(COOKIE, code, secure=True, httponly=True, samesite="Lax", path="/")
