"""统计通报: bulletins that are open, small counts withheld, with what proves them."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.statistics.api.bulletin_answers import as_everybody, page_answer
from marketplace.statistics.bulletins import service
from marketplace.statistics.bulletins.canonical import read
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.schemas.bulletins import OpenBulletinListArgs
from marketplace.web.kit import Listing, Pages, public, render
from marketplace.web.kit.report_tables import shape

pages = Pages("bulletins", __name__)


@pages.show("/bulletins", public())
def bulletins(session: Session, actor: Actor | None) -> Response:
    """Open bulletins, newest first."""
    listing = Listing(OpenBulletinListArgs)
    found = page_answer(
        session, service.open_bulletins(listing.args), listing.args, Bulletin.issued_at, as_everybody
    )
    return render("public/bulletins.html", fragment="results", listing=listing, page=found)


@pages.show("/bulletins/<number>", public())
def bulletin(session: Session, actor: Actor | None, number: str) -> Response:
    """One bulletin: its table as everybody may read it, its definitions, its signature."""
    row = service.find_open_bulletin(session, number)
    told = as_everybody(row, *service.versions_beside(session, [row])[row.id])
    sealed = read(bytes(row.public_content or b""))
    return render("public/bulletin.html", bulletin=told, head=sealed.head, table=shape(sealed.table))
