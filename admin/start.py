"""待办: where officials start."""

from __future__ import annotations

from typing import Final

from flask import Response
from sqlalchemy.orm import Session

from admin.menu import SECTION
from marketplace.core.actor import Actor
from marketplace.web.kit import Pages, render, signed_in

# The first `Pages` of the console brings its folder of templates: admin/templates/admin.
pages: Final = Pages("admin", __name__, url_prefix="/admin", template_folder="templates")


@pages.show("", signed_in())
def start(session: Session, actor: Actor) -> Response:
    """What waits for the official. Raises Forbidden for who is none."""
    SECTION.require(actor)
    return render("admin/start.html")
