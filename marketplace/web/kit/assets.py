"""Static files by the hash of their content, kept by browsers for a year; pages and texts compressed on the way out."""

from __future__ import annotations

import functools
import gzip
import hashlib
import os
from pathlib import Path
from typing import Final

from flask import Flask, Response, request

FOLDER: Final = Path(__file__).parents[2] / "static"
_YEAR: Final = 365 * 86_400
_TEXTS: Final = ("text/", "application/javascript", "application/json", "image/svg+xml")
_SMALL: Final = 1_024  # bytes; below that a compressed answer is no smaller


@functools.cache
def _digest(name: str, changed_ns: int) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a static file (`css/site.css`), which changes with its content. FileNotFoundError for none."""
    return f"/static/{name}?v={_digest(name, os.stat(f'{FOLDER}/{name}').st_mtime_ns)}"


@functools.lru_cache(maxsize=64)
def _squeezed(name: str, changed_ns: int) -> bytes:
    return gzip.compress((FOLDER / name).read_bytes(), 9, mtime=0)


def install(app: Flask) -> None:
    """Compression and caching for pages and static files of `app`; the API is left to the proxy in front."""
    app.after_request(_finish)
    app.jinja_env.globals["asset"] = asset


def _finish(response: Response) -> Response:
    if request.path.startswith("/api/"):
        return response
    if request.endpoint == "static" and response.status_code == 200:
        if "v" in request.args:
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        if _wants_gzip(response):
            name = (request.view_args or {})["filename"]
            response.direct_passthrough = False
            response.close()  # the opened file: what is sent is in memory
            response.set_data(_squeezed(name, (FOLDER / name).stat().st_mtime_ns))
            _is_gzip(response)
        return response
    if not response.is_streamed and not response.direct_passthrough and _wants_gzip(response):
        body = response.get_data()
        if len(body) >= _SMALL:
            response.set_data(gzip.compress(body, 5, mtime=0))
            _is_gzip(response)
    return response


def _wants_gzip(response: Response) -> bool:
    if not (response.mimetype or "").startswith(_TEXTS):
        return False
    response.vary.add("Accept-Encoding")
    return (
        response.status_code not in {204, 206, 304}
        and "Content-Encoding" not in response.headers
        and request.accept_encodings["gzip"] > 0
    )


def _is_gzip(response: Response) -> None:
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("Accept-Ranges", None)
