"""工作台: where producers start."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.web.kit import Pages, needs, render

pages = Pages("producers", __name__, url_prefix="/producer")


@pages.show("", needs("producers.read"))
def start(session: Session, actor: Actor) -> Response:
    """The start of producers."""
    return render("producers/start.html")
