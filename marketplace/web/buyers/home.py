"""首页: search, ways in by channel, category and origin, the last notices; for a buyer the progress of the reserved share."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session, defer

from marketplace.catalogue.channels import CHANNEL_KINDS, GROUP_TITLES, REPORTING_KINDS
from marketplace.certification.models import Notice
from marketplace.certification.service import public as certification
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.http.locale import request_locale
from marketplace.orders import service as orders
from marketplace.orders.rules import ORDER
from marketplace.producers.categories import all_categories
from marketplace.statistics.bulletins import service as bulletins
from marketplace.statistics.bulletins.document import issue_title
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.reports.reserve_figures import progress_of
from marketplace.web.buyers.waiting import waiting
from marketplace.web.kit import Area, Listing, Pages, hats, label, public, render
from marketplace.web.kit import say as _
from marketplace.web.public.certified import NumberQuery
from marketplace.web.public.notices import standing_of

pages: Final = Pages("buyers_home", __name__)
_SHOWN: Final = 4
_TODO: Final = ("placed", "delivered", "accepted")


@pages.show("/", public())
def home(session: Session, actor: Actor | None) -> Response:
    """The front door."""
    notices = session.scalars(
        certification.notices()
        .options(defer(Notice.content))
        .order_by(Notice.published_at.desc(), Notice.id.desc())
        .limit(_SHOWN)
    ).all()
    issued = session.scalars(
        bulletins.open_bulletins({}).order_by(Bulletin.issued_at.desc(), Bulletin.id.desc()).limit(_SHOWN)
    ).all()
    origins = certification.origins_of_catalogue(session, utcnow())
    return render(
        "buyers/home.html",
        notices=notices,
        bulletins=issued,
        standing_of=standing_of,
        issue_title=issue_title,
        listing=Listing(NumberQuery),
        channels=_channels(),
        categories=_categories(),
        origins=[
            Area(code, count, str(count), f"/search?origin={code}") for code, count in sorted(origins.items())
        ],
        mine=_mine(session, actor),
    )


def _channels() -> list[tuple[str, list[tuple[str, str]]]]:
    """The groups of points of sale with their kinds."""
    reporting = {kind.code for kind in REPORTING_KINDS}
    return [
        (
            label(title),
            [
                (kind.code, label(kind.title_zh))
                for kind in CHANNEL_KINDS
                if kind.group == group and kind.code not in reporting
            ],
        )
        for group, title in GROUP_TITLES.items()
    ]


def _categories() -> list[tuple[str, str]]:
    """The widest categories."""
    is_english = request_locale() == "en"
    return [
        (code, one.title_en if is_english else one.title_zh)
        for code, one in all_categories().items()
        if len(code) == 2
    ]


def _mine(session: Session, actor: Actor | None) -> dict[str, Any] | None:
    """For who works for a buyer: what is to be done with orders, and how far the reserved share has come."""
    unit = hats.organisation(actor) if actor is not None else None
    if actor is None or unit is None or not actor.may("accounts.filing_read"):
        return None
    counts = orders.states_seen(session, actor)
    year = today().year
    return {
        "todo": [
            *((f"/orders?state={code}", label(ORDER.titles[code]), counts.get(code, 0)) for code in _TODO),
            *_for_my_word(session, actor),
        ],
        "progress": progress_of(session, unit, year),
        "year": year,
    }


def _for_my_word(session: Session, actor: Actor) -> list[tuple[str, str, int]]:
    """Moves of orders for who may speak to any; purchases for who approves, and for who does so in another's place."""
    found = waiting(session, actor)
    told = []
    if actor.may("orders.reattribute"):
        told.append(("/reattributions?mine=to_consent", _("待我同意的更正"), found.moves))
    if actor.may("orders.approve_purchase") or found.approvals:
        told.append(("/purchase-requests?mine=to_decide", _("待我审批"), found.approvals))
    return told
