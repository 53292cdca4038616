"""From a template to an answer: the whole page, or, for HTMX, the one block of it that changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from flask import Response, current_app, render_template, request
from markupsafe import Markup

from marketplace.web.kit import flashes

_FLASH: Final = "flash"
_LOCATION: Final = "location"
# What base.html calls by name beside the globals of the templates.
_OF_BASE: Final = frozenset({"parts", "frame"})


def wants_fragment() -> bool:
    """Whether HTMX asks for a part of the page; going back in the history needs the whole one."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def render(template: str, *, fragment: str | None = None, status: int = 200, **context: Any) -> Response:
    """The page of `template`; where HTMX asks and the route has a `fragment`, only the block of that name.

    Every page varies by HX-Request, so that no cache gives half of one to who wants the whole.
    ValueError outside production for a `context` that names a word of the frame around every page.
    """
    if not current_app.config["PRODUCTION"]:
        _leave_the_frame_alone(template, context)
    if fragment is not None and wants_fragment():
        body: str = block(template, fragment, **context)
    else:
        body = render_template(template, **context)
    response = Response(body, status=status, mimetype="text/html")
    response.vary.add("HX-Request")
    return response


def _leave_the_frame_alone(template: str, context: Mapping[str, Any]) -> None:
    """A value called like a word of the frame (`label`, `role_title`) would be called by the frame in place of that word."""
    shadowed = sorted(context.keys() & (_OF_BASE | current_app.jinja_env.globals.keys()))
    if shadowed:
        raise ValueError(
            f"{template} is given {', '.join(shadowed)}: the frame of the page uses that name itself"
        )


def block(template: str, name: str, **context: Any) -> Markup:
    """One block of a template, with the template's own imports."""
    loaded = current_app.jinja_env.get_template(template)
    current_app.update_template_context(context)
    return Markup("".join(loaded.blocks[name](loaded.new_context(context))))  # noqa: S704 - templates escape


def done(location: str, text: str = "", kind: str = "good") -> Response:
    """What a use case answers a form with: go there, and say `text` (translated already) on that page."""
    if text:
        flashes.flash(text, kind)
    return _to(location, orjson.dumps({_LOCATION: location, _FLASH: flashes.pending()}))


def lead(kept: bytes) -> Response:
    """The answer of `done` again, for a form that was sent twice: the same place, the same words."""
    told = orjson.loads(kept)
    if told[_FLASH]:
        flashes.say_again(told[_FLASH])
    return _to(told[_LOCATION], kept)


def _to(location: str, body: bytes) -> Response:
    if wants_fragment():
        # HTMX follows a 303 by itself and would put the next page into this one; so the browser is told to go there.
        return Response(body, 200, {"HX-Redirect": location}, mimetype="application/json")
    return Response(body, 303, {"Location": location}, mimetype="application/json")


def local(target: str | None, otherwise: str = "/") -> str:
    """`target` when it is a path of this site, else `otherwise`: nobody is sent elsewhere by a link to us."""
    if (
        not target
        or not target.startswith("/")
        or target.startswith(("//", "/\\"))
        or any(ord(character) < 33 for character in target)
        or "\\" in target
    ):
        return otherwise
    return target


def came_from() -> str | None:
    """The path of the page of ours that sent this request; None when none did."""
    came = request.referrer or ""
    return came[len(request.host_url) - 1 :] if came.startswith(request.host_url) else None
