"""Pages that are shown this once and kept nowhere: a new password, the people of a household in full.

A form that is answered by one is registered with ``own_transactions=True``: its answer is not stored for a second press, nor is
the hash of what was typed. The browser keeps no copy either.
"""

from __future__ import annotations

from typing import Any

from flask import Response, g
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.web.kit.render import render


def show_once(session: Session, actor: Actor, template: str, **context: Any) -> Response:
    """The page of `template` as the answer to a form, inside the transaction that the use case opened."""
    g.page_session, g.page_actor = session, actor
    try:
        response = render(template, **context)
    finally:
        g.page_session = None
    response.headers["Cache-Control"] = "no-store"
    return response
