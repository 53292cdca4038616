"""工作台: where producers start."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.web.kit import Pages, render, signed_in
from marketplace.web.producers.menu import SECTION

pages = Pages("producers", __name__, url_prefix="/producer")


@pages.show("", signed_in())
def start(session: Session, actor: Actor) -> Response:
    """The start of producers. Raises Forbidden for who is none."""
    SECTION.require(actor)
    return render("producers/start.html")
