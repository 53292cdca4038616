"""From any error to an answer: problem+json under /api, a page elsewhere. The only place that knows statuses of errors.

A 5xx never tells what broke; the log does, under the same request id. Title, detail and the sentences of fields are in the
language of the request (`core.messages`); codes are the same in every language.
"""

from __future__ import annotations

from collections.abc import Mapping
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

from marketplace.core import messages
from marketplace.core.errors import DomainError, FieldProblem, Invalid, Unavailable
from marketplace.core.http import locale

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


# Titles of refusals that the framework makes, by status; English ones stand in the catalogue by the status's name.
_STATUS_TITLES: Final = {
    400: "请求无法识别",
    401: "请先登录",
    403: "没有权限",
    404: "未找到",
    405: "不支持的方法",
    406: "不支持所要的格式",
    408: "请求超时",
    411: "缺少内容长度",
    412: "内容已被他人修改",
    413: "内容过大",
    414: "地址过长",
    415: "不支持的内容类型",
    416: "所要的范围不存在",
    421: "域名不正确",
    422: "内容不符合规则",
    428: "缺少 If-Match",
    429: "请求过于频繁",
    431: "请求头过大",
    500: "系统内部错误",
    501: "不支持的方法",
    503: "服务暂不可用",
}


def install(app: Flask) -> None:
    """Register the handlers for the whole application, and the headers that say in which language they answer."""
    app.register_error_handler(DomainError, answer_to)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, _pool)
    app.register_error_handler(Exception, _unexpected)
    locale.install(app)


def answer_to(error: DomainError) -> Response:
    """The answer to a refusal: a problem document under /api, a page elsewhere."""
    language = locale.request_locale()
    response = _answer(
        error.status,
        error.code,
        messages.problem_title(error.default_code, error.title, language),
        detail_of(error),
        error.fields,
        error.extra,
    )
    if error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="sanzhuan"'
    return response


def detail_of(error: DomainError) -> str:
    """What a refusal says, in the language of the request."""
    return messages.problem_detail(
        error.code, error.detail, locale.request_locale(), error.extra, default_code=error.default_code
    )


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    code = _name(status)
    found: tuple[FieldProblem, ...] = ()
    data = getattr(error, "data", None) or {}
    told = data.get("messages")
    if told:
        found = tuple(field_problems(told))
        status, code = (400, "unknown_parameter") if _unknown_parameters(data) else (status, "invalid")
    title = _title(status)
    detail = messages.problem_detail(code, title, locale.request_locale(), {}, default_code=_name(status))
    response = _answer(status, code, title, detail, found, _known_parameters(data, code))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "WWW-Authenticate", "Content-Range"}:
            response.headers[name] = value
    return response


def _unknown_parameters(data: Mapping[str, Any]) -> set[str]:
    """Names in the query string that its schema does not have; none where something else than the query was refused."""
    schema, told = data.get("schema"), data["messages"]
    if schema is None or not set(told) <= {"query", "querystring"}:
        return set()
    named = {name for inner in told.values() if isinstance(inner, dict) for name in inner}
    return named - _parameters(schema) - {"_schema"}


def _parameters(schema: Any) -> set[str]:
    return {field.data_key or name for name, field in schema.fields.items()}


def _known_parameters(data: Mapping[str, Any], code: str) -> dict[str, Any]:
    return {"known_parameters": sorted(_parameters(data["schema"]))} if code == "unknown_parameter" else {}


def _database(error: DBAPIError) -> Response:
    if error.connection_invalidated or isinstance(error.orig, (*_RETRYABLE, psycopg.OperationalError)):
        log.warning("database_unavailable", kind=type(error.orig).__name__)
        return answer_to(Unavailable(retry_after_seconds=1))
    if isinstance(error.orig, psycopg.errors.DataError):
        # A value that no column takes and no schema refused: the client's fault, and a gap to close.
        log.warning("value_refused_by_database", kind=type(error.orig).__name__)
        return answer_to(Invalid())
    return _unexpected(error)


def _pool(error: PoolTimeout) -> Response:
    log.warning("pool_exhausted")
    return answer_to(Unavailable("busy", "系统繁忙,请稍后重试", retry_after_seconds=2))


def _unexpected(error: Exception) -> Response:
    log.error("unexpected_error", kind=type(error).__name__, exc_info=error)
    if flask.current_app.testing:
        raise error
    return _answer(500, "internal_error", _title(500), _title(500), (), {})


def _name(status: int) -> str:
    return HTTPStatus(status).name.lower() if status in HTTPStatus._value2member_map_ else "http_error"


def _title(status: int) -> str:
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    title = _STATUS_TITLES.get(status, phrase)
    return messages.problem_title(_name(status), title, locale.request_locale())


def field_problems(told: Any, pointer: str = "") -> list[FieldProblem]:
    """What marshmallow or webargs say of fields, each with its JSON pointer."""
    if isinstance(told, dict):
        found: list[FieldProblem] = []
        for name, inner in told.items():
            # webargs puts the location first; a pointer starts inside it.
            at_top = pointer == "" and name in {"json", "query", "querystring", "form", "files"}
            found += field_problems(inner, pointer if at_top else f"{pointer}/{name}")
        return found
    texts = told if isinstance(told, list) else [told]
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
        page = render_template(
            "error.html",
            status=status,
            code=code,
            title=title,
            detail=detail,
            request_id=request_id,
            lang=locale.language_tag(),
            request_id_label=locale.localised("请求编号"),
        )
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
        language = locale.request_locale()
        body["errors"] = [
            {
                "pointer": f.pointer,
                "code": f.code,
                "message": messages.field_message(f.code, f.message, language, extra),
            }
            for f in problem_fields
        ]
    return Response(orjson.dumps(body), status=status, mimetype="application/problem+json")
