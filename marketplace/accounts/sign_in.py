"""Signing in, and finding out who sends a request. The one entry of the slice that opens transactions of its own.

A refused attempt must be counted although it is refused, and the hash must not hold a database connection: so a
sign-in is two transactions with the hash between them. Every failure (no such name, wrong password, locked, disabled) is the
same answer after the same work.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Response, current_app, g, request
from sqlalchemy.orm import Session

from marketplace.accounts import passwords
from marketplace.accounts.rules import parse_login
from marketplace.accounts.service import identity, sessions
from marketplace.accounts.tokens import csrf_token, unmasked
from marketplace.core import privacy
from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.errors import Forbidden, Invalid, NotAuthenticated
from marketplace.core.settings import Settings

COOKIE: Final = "__Host-session"
CSRF_HEADER: Final = "X-CSRF-Token"
CSRF_FIELD: Final = "csrf_token"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def sign_in(login: str, password: str, address: str, limits: sessions.Limits) -> sessions.SignedIn:
    """Open a session for a login name and password.

    Raises NotAuthenticated `sign_in_failed` for every kind of failure, TooManyRequests above the rate limits.
    """
    try:
        name = parse_login(login)
    except Invalid:
        name = "?"  # no account is called so; the rest of the way is the same
    with transaction() as session:
        attempt = sessions.begin(session, name, address)
    correct = passwords.verify_password(attempt.password_hash, password)
    with transaction() as session:
        opened = sessions.finish(session, attempt, correct=correct, limits=limits)
        if opened is not None:
            sessions.upgrade_hash(session, attempt, password)
    if opened is None:
        raise NotAuthenticated("sign_in_failed", "登录名或密码错误,或账号暂时锁定")
    return opened


def authenticate(session: Session) -> Actor | None:
    """The actor of the current request: by Bearer token, else by session cookie; None without either.

    Raises NotAuthenticated `token` for a token that is none or ended, Forbidden `csrf` for a changing request by cookie without
    the form token or from another site. A session that ended counts as no session: public pages go on working.
    """
    request_id = g.get("request_id")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        actor = (
            identity.actor_of_token(session, token.strip(), request_id)
            if scheme.lower() == "bearer"
            else None
        )
        if actor is None:
            raise NotAuthenticated("token", "访问令牌无效或已过期")
        return actor
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    settings: Settings = current_app.extensions["settings"]
    actor = identity.actor_of_session(
        session, secret, timedelta(minutes=settings.session_idle_minutes), request_id
    )
    # A form that was refused is only shown again: `only_shows` says that nothing changes any more.
    if actor is not None and request.method not in _SAFE and not g.get("only_shows"):
        require_own_page(secret)
    return actor


def give_cookie(response: Response, opened: sessions.SignedIn) -> None:
    """Send the cookie of a session just opened with `response`."""
    response.set_cookie(
        COOKIE, opened.secret, expires=opened.expires_at, secure=True, httponly=True, samesite="Lax", path="/"
    )


def take_cookie(response: Response) -> None:
    """Tell the browser to forget its session cookie."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Lax", path="/")


def limits_of(settings: Settings) -> sessions.Limits:
    """The limits that the settings name."""
    return sessions.Limits(settings.login_failures, settings.lockout_minutes, settings.session_hours)


def require_own_page(secret: str) -> None:
    """Raise Forbidden `csrf` unless the request comes from a page of ours that knew `secret`, the value of a cookie."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        raise Forbidden("csrf", "请求来自其他站点")
    sent = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    if not privacy.same_hash(unmasked(sent), csrf_token(secret).encode()):
        raise Forbidden("csrf", "页面已过期,请刷新后重试")
