"""What every answer carries, and what no request keeps."""

from __future__ import annotations

from flask import Flask, Request, Response, g, request
from flask.sessions import NullSession, SessionInterface, SessionMixin


class NoSessions(SessionInterface):
    """Flask keeps nothing in a cookie: sign-in sessions are rows (`accounts`), and no page pays for signing an empty one."""

    def open_session(self, app: Flask, request: Request) -> NullSession:
        """An empty session that refuses to be written."""
        return self.make_null_session(app)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing to save."""


def add_headers(response: Response) -> Response:
    """Headers against sniffing, framing and foreign scripts; no caching of the API; the version of what was edited."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    )
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
    version = g.get("etag_version")
    if version is not None:
        response.headers["ETag"] = f'"{version}"'
    return response
