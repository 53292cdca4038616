"""What is said once, on the page after a redirect: a signed cookie that lives a minute, without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Response, current_app, g, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

COOKIE: Final = "__Host-flash"
_SECONDS: Final = 60
_MOST: Final = 5


@dataclass(frozen=True)
class Flash:
    """One message: `kind` is ``good``, ``bad`` or ``note``."""

    kind: str
    text: str


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="flash")


def flash(text: str, kind: str = "good") -> None:
    """Say `text` (translated already) on the next page."""
    g.setdefault("flashes_to_come", []).append((kind, text))


def pending() -> str | None:
    """What this answer will send as cookie; None when nothing is to be said."""
    to_come = g.get("flashes_to_come")
    return _signer().dumps(to_come[:_MOST]) if to_come else None


def say_again(cookie: str) -> None:
    """Send the cookie of an answer that is given a second time."""
    g.flashes_to_come = [(one.kind, one.text) for one in _read(cookie)]


def take() -> list[Flash]:
    """What is to be said on this page. It is said once: the answer takes the cookie away."""
    if "flashes" not in g:
        g.flashes = _read(request.cookies.get(COOKIE))
    return [*g.flashes, *(Flash(kind, text) for kind, text in g.pop("flashes_to_come", ()))]


def _read(cookie: str | None) -> list[Flash]:
    if not cookie:
        return []
    try:
        told: Any = _signer().loads(cookie, max_age=_SECONDS)
    except BadSignature:
        return []
    return [Flash(kind, text) for kind, text in told]


def send(response: Response) -> Response:
    """Send or take away the cookie."""
    value = pending()
    if value:
        response.set_cookie(
            COOKIE, value, max_age=_SECONDS, secure=True, httponly=True, samesite="Lax", path="/"
        )
    elif g.get("flashes"):
        response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Lax", path="/")
    return response
