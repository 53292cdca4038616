"""The front door, and help."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.web.kit import Pages, public, render

pages = Pages("public", __name__)


@pages.show("/", public())
def home(session: Session, actor: Actor | None) -> Response:
    """The front door."""
    return render("public/home.html")


@pages.show("/help", public())
def help_page(session: Session, actor: Actor | None) -> Response:
    """Where to find help."""
    return render("public/help.html")
