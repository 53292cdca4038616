"""预留份额: what the unit filed, by version, and a new filing (自办, 无食堂, 共用, 外包)."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts.codes import CANTEEN_KINDS
from marketplace.accounts.models import ReserveFiling
from marketplace.accounts.schemas import FilingIn, FilingQuery
from marketplace.accounts.service import filings
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import page_of
from marketplace.statistics.reports.reserve_figures import progress_of
from marketplace.web.kit import Form, Listing, Pages, choices, done, hats, needs, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_filings", __name__)
STATES: Final = {
    "filed": (note("待财政审核"), "info"),
    "accepted": (note("已通过"), "good"),
    "returned": (note("已退回"), "warn"),
}


@pages.show("/reserve-filings", needs("accounts.filing_read"))
def list_filings(session: Session, actor: Actor) -> Response:
    """All versions, newest first, with how far the year's share has come."""
    listing = Listing(FilingQuery)
    asked = listing.args
    page = page_of(
        session,
        filings.listing(
            actor, organisation_id=asked["organisation_id"], year=asked["year"], state=asked["state"]
        ),
        keys=(ReserveFiling.id,),
        key_of=lambda row: (row.id,),
        args=asked,
        descending=True,
    )
    unit = hats.organisation(actor)
    year = asked["year"] or today().year
    return render(
        "buyers/filings.html",
        fragment="results",
        listing=listing,
        page=page,
        late=filings.late_ones(session, page.items),
        kinds=CANTEEN_KINDS,
        states={code: (_(title), tone) for code, (title, tone) in STATES.items()},
        progress=progress_of(session, unit, year) if unit else None,
        year=year,
        may_file=actor.may("accounts.filing"),
    )


@pages.form("/reserve-filings/new", needs("accounts.filing"), FilingIn)
def filing(session: Session, actor: Actor, form: Form) -> Response:
    """The form of a filing."""
    form.fill(organisation_id=hats.organisation(actor), year=today().year, canteen_kind="own")
    kinds = choices(CANTEEN_KINDS)
    return render("buyers/filing.html", form=form, kinds=kinds)


@filing.submit
def file(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """File it; the finance department reviews."""
    row = filings.file(session, actor, filings.NewFiling(**body))
    return done("/reserve-filings", _("已填报 {year} 年第 {version} 版", year=row.year, version=row.version))
