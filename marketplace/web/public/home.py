"""Help; the front door itself is `web/buyers/home.py`."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.web.kit import Pages, public, render

pages = Pages("public", __name__)


@pages.show("/help", public())
def help_page(session: Session, actor: Actor | None) -> Response:
    """Where to find help."""
    return render("public/help.html")
