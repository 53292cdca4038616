"""The front door, and help."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session, defer

from marketplace.certification.models import Notice
from marketplace.certification.service import public as certification
from marketplace.core.actor import Actor
from marketplace.statistics.bulletins import service as bulletins
from marketplace.statistics.bulletins.document import issue_title
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.web.kit import Listing, Pages, public, render
from marketplace.web.public.certified import NumberQuery
from marketplace.web.public.notices import standing_of

pages = Pages("public", __name__)
_SHOWN = 4


@pages.show("/", public())
def home(session: Session, actor: Actor | None) -> Response:
    """The front door: ways in, the last notices and bulletins."""
    notices = session.scalars(
        certification.notices()
        .options(defer(Notice.content))
        .order_by(Notice.published_at.desc(), Notice.id.desc())
        .limit(_SHOWN)
    ).all()
    issued = session.scalars(
        bulletins.open_bulletins({}).order_by(Bulletin.issued_at.desc(), Bulletin.id.desc()).limit(_SHOWN)
    ).all()
    return render(
        "public/home.html",
        notices=notices,
        bulletins=issued,
        standing_of=standing_of,
        issue_title=issue_title,
        listing=Listing(NumberQuery),
    )


@pages.show("/help", public())
def help_page(session: Session, actor: Actor | None) -> Response:
    """Where to find help."""
    return render("public/help.html")
