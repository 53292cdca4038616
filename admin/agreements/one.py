"""One agreement: its versions with what each changed, the roster masked, its payment lists."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.households.listing import TITLES
from marketplace.beneficiaries.models import Household, PaymentList
from marketplace.beneficiaries.rules import PAYMENT_KINDS
from marketplace.beneficiaries.service import lists, masked
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import PageArgs, needs, page_of
from marketplace.producers.models import Producer
from marketplace.web.agreements_shown import versions_shown
from marketplace.web.kit import Listing, Pages, render

pages: Final = Pages("admin_agreement", __name__, url_prefix="/admin/agreements")

#: So many payment lists stand on the page, the latest ones.
_LAST_LISTS: Final = 12


@pages.show("/<number>", needs("agreements.read"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """The agreement, newest version first."""
    return render("admin/agreements/one.html", **shown(session, actor, number))


@pages.show("/<number>/versions/<int:version>/roster", needs("beneficiaries.read"))
def roster(session: Session, actor: Actor, number: str, version: int) -> Response:
    """The roster of a version, masked, with each household's standing of today."""
    asked = Listing(PageArgs)
    page = page_of(
        session,
        masked.roster_rows(session, actor, number, version, today()),
        keys=[Household.household_no],
        key_of=lambda row: [row[0].household_no],
        args=asked.args,
        scalars=False,
    )
    return render(
        "admin/agreements/roster.html",
        fragment="results",
        listing=asked,
        page=page,
        number=number,
        version=version,
        rows=[(masked.masked(household, standing), parts) for household, standing, parts in page.items],
        **TITLES,
    )


def shown(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """What the page of an agreement shows, for the forms of its versions too."""
    view = lists.get_agreement(session, actor, number)
    payments = session.scalars(
        lists.payment_lists(session, actor, number).order_by(PaymentList.id.desc()).limit(_LAST_LISTS)
    ).all()
    return versions_shown(session, view) | {
        "producer": session.get_one(Producer, view.agreement.producer_id),
        "payments": payments,
        "payment_kinds": PAYMENT_KINDS,
        "may_decide": actor.may_on("agreements.approve", area=view.agreement.area_code),
        "may_see_roster": actor.may_on("beneficiaries.read", area=view.agreement.area_code),
        "today": today(),
    }
