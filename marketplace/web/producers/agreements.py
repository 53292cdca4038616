"""带贫协议 of a producer: each with its versions, products and the number of households on the roster, never a household."""

from __future__ import annotations

from typing import Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.beneficiaries.linkage import linkage_mode
from marketplace.beneficiaries.models import Agreement
from marketplace.beneficiaries.rules import VERSION_TITLES
from marketplace.beneficiaries.schemas import AgreementListArgs
from marketplace.beneficiaries.service import lists
from marketplace.core.actor import Actor
from marketplace.core.http import page_of
from marketplace.web.kit import Listing, Pages, label, needs, render

pages: Final = Pages("producers_agreements", __name__, url_prefix="/producer/agreements")


@pages.show("", needs("agreements.read"))
def list_agreements(session: Session, actor: Actor) -> Response:
    """The agreements by number."""
    listing = Listing(AgreementListArgs)
    page = page_of(
        session,
        lists.agreements(actor),
        keys=[Agreement.agreement_no],
        key_of=lambda row: [row.agreement_no],
        args=listing.args,
    )
    return render(
        "producers/agreements.html", fragment="results", listing=listing, page=page, mode_title=mode_title
    )


@pages.show("/<number>", needs("agreements.read"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One agreement, its newest version first."""
    return render(
        "producers/agreement.html",
        view=lists.get_agreement(session, actor, number),
        titles=VERSION_TITLES,
        mode_title=mode_title,
    )


def mode_title(code: str) -> str:
    """What a mode of linkage is called."""
    return label(linkage_mode(code).title_zh)
