"""Structured logs: one JSON object a line, with the request id, without personal data.

Only named fields are logged (never a body, a header or a query), line breaks are escaped by the encoder, and the request id is
taken from the client only when it is harmless.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import MutableMapping
from typing import Any, Final

import orjson
import structlog
from flask import Flask, Response, g, request

from marketplace.core.ids import uuid7

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
log = structlog.get_logger(__name__)
# Frames without their local variables, which hold whatever was being worked on.
_TRACEBACKS: Final = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure(level: str) -> None:
    """Set structlog up for the process: JSON to standard error at `level`."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _TRACEBACKS,
            _first_lines,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def _first_lines(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of an error's text only the first line: PostgreSQL's DETAIL repeats the row, and a row may be somebody's."""
    for part in event.get("exception", ()):
        part["exc_value"] = part["exc_value"].partition("\n")[0]
    return event


def _dumps(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def install(app: Flask) -> None:
    """Give every request an id, echo it, and write one line when it is answered."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid7())
    g.request_started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.get("request_id", "")
    log.info(
        "request",
        method=request.method,
        route=str(request.url_rule) if request.url_rule else "none",
        status=response.status_code,
        ms=round((time.perf_counter() - g.get("request_started", time.perf_counter())) * 1000, 1),
    )
    return response
