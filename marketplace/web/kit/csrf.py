"""The token of forms: of who is signed in it hangs on the session's cookie, of everybody else on a cookie of its own."""

from __future__ import annotations

from typing import Final

from flask import Response, g, request

from marketplace.accounts.sign_in import COOKIE as SESSION
from marketplace.accounts.sign_in import CSRF_FIELD, require_own_page
from marketplace.accounts.tokens import csrf_token, masked, new_session_secret

FIELD: Final = CSRF_FIELD
_SEED: Final = "__Host-form"


def token() -> str:
    """The token for a form of this answer, in other characters each time; sends a cookie where none is there yet."""
    secret = request.cookies.get(SESSION) or request.cookies.get(_SEED) or g.get("form_seed")
    if not secret:
        secret = g.form_seed = new_session_secret()
    return masked(csrf_token(secret))


def check() -> None:
    """Raise Forbidden `csrf` unless the form sent came from a page of ours, to this browser."""
    require_own_page(request.cookies.get(SESSION) or request.cookies.get(_SEED) or new_session_secret())


def send_seed(response: Response) -> Response:
    """Send the cookie that a token of this answer hangs on."""
    seed = g.get("form_seed")
    if seed:
        response.set_cookie(_SEED, seed, secure=True, httponly=True, samesite="Lax", path="/")
    return response
