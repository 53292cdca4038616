"""The language of an answer: negotiated by Accept-Language (on pages, chosen), and said in the answer's headers.

Only answers that hold words in a language ask for it; the hot ones (catalogue, checkout) hold figures, names and codes.
"""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, g, has_request_context, request

from marketplace.core import messages
from marketplace.core.messages import Locale

COOKIE: Final = "lang"
PARAMETER: Final = "lang"
_KEPT_SECONDS: Final = 365 * 86_400


def request_locale() -> Locale:
    """The locale of this request's answer; the answer then varies by Accept-Language and names its language.

    Chinese where there is no request: commands, workers, mail.
    """
    if not has_request_context():
        return messages.DEFAULT
    found: Locale | None = g.get("locale")
    if found is None:
        chosen = _chosen()
        g.locale_chosen = chosen is not None
        found = g.locale = chosen or messages.negotiate(request.headers.get("Accept-Language", ""))
    return found


def _chosen() -> Locale | None:
    """What a person chose on a page: by ``?lang=``, else by the cookie that remembers it. Programs negotiate."""
    if request.path.startswith("/api/"):
        return None
    wanted = request.args.get(PARAMETER) or request.cookies.get(COOKIE)
    return "en" if wanted == "en" else "zh" if wanted == "zh" else None


def localised(title_zh: str) -> str:
    """A title, column or note of this answer in the language of the request."""
    return messages.title(title_zh, request_locale())


def language_tag() -> str:
    """The language of the answer as HTML and HTTP name it."""
    return "zh-CN" if request_locale() == "zh" else "en"


def install(app: Flask) -> None:
    """Answers that asked for the locale carry Content-Language and Vary."""
    app.after_request(_say)


def _say(response: Response) -> Response:
    if "locale" in g:
        response.headers["Content-Language"] = language_tag()
        response.vary.add("Accept-Language")
        if g.locale_chosen:
            response.vary.add("Cookie")
            if PARAMETER in request.args:
                response.set_cookie(COOKIE, g.locale, max_age=_KEPT_SECONDS, samesite="Lax", httponly=True)
    return response
