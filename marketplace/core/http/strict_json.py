"""Reading JSON strictly: what `json.loads` lets through and PostgreSQL or arithmetic would choke on is a 400 here.

Refused: NaN and infinities, duplicate names, lone surrogates, NUL, nesting beyond 32, numbers of thousands of digits, bytes that
are not UTF-8.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

from marketplace.core.errors import BadRequest

MAX_DEPTH: Final = 32
_NOT_TEXT: Final = re.compile("[\x00\ud800-\udfff]")


def loads(raw: bytes) -> Any:
    """The JSON value of `raw`; BadRequest (code ``json``) when it is not acceptable."""
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise BadRequest("json_encoding", "请求体不是 UTF-8") from error
    except RecursionError as error:
        raise BadRequest("json_depth", "JSON 嵌套过深") from error
    except ValueError as error:
        raise BadRequest("json", "请求体不是有效的 JSON") from error
    _check(value, 0)
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate name")
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise BadRequest("json_depth", "JSON 嵌套过深")
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            check_text(name)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)


def check_text(text: str) -> None:
    """BadRequest (code ``text``) when a text holds NUL or a lone surrogate, which no database column takes."""
    if _NOT_TEXT.search(text):
        raise BadRequest("text", "文本含有不允许的字符")
