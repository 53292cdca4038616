"""The language of an answer: negotiated by Accept-Language, and said in the answer's headers.

Only answers that hold words in a language ask for it; the hot ones (catalogue, checkout) hold figures, names and codes.
"""

from __future__ import annotations

from flask import Flask, Response, g, has_request_context, request

from marketplace.core import messages
from marketplace.core.messages import Locale


def request_locale() -> Locale:
    """The locale of this request's answer; the answer then varies by Accept-Language and names its language.

    Chinese where there is no request: commands, workers, mail.
    """
    if not has_request_context():
        return messages.DEFAULT
    if "locale" not in g:
        g.locale = messages.negotiate(request.headers.get("Accept-Language", ""))
    found: Locale = g.locale
    return found


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
    return response
