"""One decorator per route: transaction, identity, permission, repeated requests.

A route without it fails an architecture test, and a guard without a permission lets nobody in.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from flask import Response, current_app, g, make_response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.errors import Forbidden, NotAuthenticated
from marketplace.core.http import idempotency


class Authenticator(Protocol):
    """Finds out who sends the current request; `accounts` registers one with the application."""

    def __call__(self, session: Session) -> Actor | None:
        """The actor; None when no credentials were sent; NotAuthenticated when they are wrong or ended."""


AUTHENTICATOR: Final = "marketplace.authenticator"


@dataclass(frozen=True)
class Guard:
    """What a route asks of who calls it. `permission` None with `anonymous` False: any signed-in account."""

    permission: str | None
    anonymous: bool = False

    def check(self, actor: Actor | None) -> None:
        """Raise NotAuthenticated or Forbidden unless `actor` may enter. Area and owner are the service's to check."""
        if self.anonymous:
            return
        if actor is None:
            raise NotAuthenticated()
        if self.permission is not None and not actor.may(self.permission):
            raise Forbidden()


def needs(permission: str) -> Guard:
    """Only accounts that hold the permission somewhere."""
    return Guard(permission)


def signed_in() -> Guard:
    """Any signed-in account, for what is its own."""
    return Guard(None)


def public() -> Guard:
    """Everybody, without signing in."""
    return Guard(None, anonymous=True)


def endpoint(
    guard: Guard, *, idempotent: bool = False, snapshot: bool = False, own_transactions: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Make a view a use case: the view is called as ``view(session, actor, *parsed, **path)`` in one transaction.

    `idempotent`: an Idempotency-Key is required (400 without) and a repeated request gets the first 2xx answer again.
    `snapshot`: a read at REPEATABLE READ, so that all figures are of one moment.
    `own_transactions`: the view opens its own and is called as ``view(actor, …)``: for what must be kept although it is refused.
    `actor` is None only on public routes.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Response]:
        @functools.wraps(view)
        def wrapper(**path: Any) -> Response:
            if own_transactions or snapshot:
                # A public page that asks the database nothing must answer when the database is away.
                actor = None if own_transactions and guard.anonymous else _identify_alone(guard)
                if own_transactions:
                    return make_response(view(actor, **path))
                with transaction(snapshot=True) as session:
                    return make_response(view(session, actor, **path))
            with transaction() as session:
                actor = _identify(session, guard)
                if idempotent:
                    return idempotency.answer_once(
                        session, actor, lambda: make_response(view(session, actor, **path))
                    )
                return make_response(view(session, actor, **path))

        wrapper.__dict__["guard"] = guard
        wrapper.__dict__["idempotent"] = idempotent
        apidoc = wrapper.__dict__.setdefault("_apidoc", {})
        apidoc["guard"] = {
            "permission": guard.permission,
            "anonymous": guard.anonymous,
            "idempotent": idempotent,
        }
        return wrapper

    return decorate


def _identify(session: Session, guard: Guard) -> Actor | None:
    authenticate: Authenticator | None = current_app.extensions.get(AUTHENTICATOR)
    actor = authenticate(session) if authenticate is not None else None
    guard.check(actor)
    g.actor = actor
    return actor


def _identify_alone(guard: Guard) -> Actor | None:
    with transaction() as session:
        return _identify(session, guard)
