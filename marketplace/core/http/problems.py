"""From any error to an answer: problem+json under /api, a page elsewhere. The only place that knows statuses of errors.

A 5xx never tells what broke; the log does, under the same request id.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import flask
import orjson
import psycopg.errors
import structlog
from flask import Flask, Response, g, render_template, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from marketplace.core.errors import DomainError, FieldProblem, Unavailable

log = structlog.get_logger(__name__)

# PostgreSQL says "not now": the same request may be repeated.
_RETRYABLE: Final = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
    psycopg.errors.AdminShutdown,
    psycopg.errors.CrashShutdown,
    psycopg.errors.CannotConnectNow,
    psycopg.errors.TooManyConnections,
    psycopg.errors.IdleInTransactionSessionTimeout,
)


def install(app: Flask) -> None:
    """Register the handlers for the whole application."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, _pool)
    app.register_error_handler(Exception, _unexpected)


def _domain(error: DomainError) -> Response:
    response = _answer(error.status, error.code, error.title, error.detail, error.fields, error.extra)
    if error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="sanzhuan"'
    return response


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    code = HTTPStatus(status).name.lower() if status in HTTPStatus._value2member_map_ else "http_error"
    found: tuple[FieldProblem, ...] = ()
    messages = (getattr(error, "data", None) or {}).get("messages")
    if messages:
        found = tuple(_fields(messages))
        unknown_query = set(messages) <= {"query", "querystring"} and any(
            f.message == "Unknown field." for f in found
        )
        status, code = (400, "unknown_parameter") if unknown_query else (status, "invalid")
    response = _answer(status, code, _title(status), _title(status), found, _known_parameters(error, code))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "WWW-Authenticate", "Content-Range"}:
            response.headers[name] = value
    return response


def _known_parameters(error: HTTPException, code: str) -> dict[str, Any]:
    schema = (getattr(error, "data", None) or {}).get("schema")
    if code != "unknown_parameter" or schema is None:
        return {}
    return {"known_parameters": sorted(f.data_key or n for n, f in schema.fields.items())}


def _database(error: DBAPIError) -> Response:
    if error.connection_invalidated or isinstance(error.orig, (*_RETRYABLE, psycopg.OperationalError)):
        log.warning("database_unavailable", kind=type(error.orig).__name__)
        return _domain(Unavailable(retry_after_seconds=1))
    if isinstance(error.orig, psycopg.errors.DataError):
        # A value that no column takes and no schema refused: the client's fault, and a gap to close.
        log.warning("value_refused_by_database", kind=type(error.orig).__name__)
        return _answer(422, "invalid", "内容不符合规则", "内容不符合规则", (), {})
    return _unexpected(error)


def _pool(error: PoolTimeout) -> Response:
    log.warning("pool_exhausted")
    return _domain(Unavailable("busy", "系统繁忙,请稍后重试", retry_after_seconds=2))


def _unexpected(error: Exception) -> Response:
    log.error("unexpected_error", kind=type(error).__name__, exc_info=error)
    if flask.current_app.testing:
        raise error
    return _answer(500, "internal_error", _title(500), _title(500), (), {})


def _title(status: int) -> str:
    titles = {
        400: "请求无法识别",
        404: "未找到",
        405: "不支持的方法",
        413: "内容过大",
        415: "不支持的内容类型",
        422: "内容不符合规则",
        500: "系统内部错误",
    }
    if status in titles:
        return titles[status]
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"


def _fields(messages: Any, pointer: str = "") -> list[FieldProblem]:
    if isinstance(messages, dict):
        found: list[FieldProblem] = []
        for name, inner in messages.items():
            # webargs puts the location first; a pointer starts inside it.
            at_top = pointer == "" and name in {"json", "query", "querystring", "form", "files"}
            found += _fields(inner, pointer if at_top else f"{pointer}/{name}")
        return found
    texts = messages if isinstance(messages, list) else [messages]
    return [FieldProblem(pointer.removesuffix("/_schema") or "/", "invalid", str(t)) for t in texts]


def _answer(
    status: int,
    code: str,
    title: str,
    detail: str,
    problem_fields: tuple[FieldProblem, ...],
    extra: dict[str, Any],
) -> Response:
    request_id = g.get("request_id", "")
    if not request.path.startswith("/api/"):
        page = render_template("error.html", status=status, title=title, detail=detail, request_id=request_id)
        return Response(page, status=status, mimetype="text/html")
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
    } | extra
    if problem_fields:
        body["errors"] = [
            {"pointer": f.pointer, "code": f.code, "message": f.message} for f in problem_fields
        ]
    return Response(orjson.dumps(body), status=status, mimetype="application/problem+json")
