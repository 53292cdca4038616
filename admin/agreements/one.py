"""One agreement: its versions with what each changed, the roster masked, its payment lists."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.agreements.listing import TONES, mode_title
from admin.households.listing import TITLES
from marketplace.beneficiaries.linkage import linkage_mode
from marketplace.beneficiaries.models import Household, PaymentList
from marketplace.beneficiaries.rules import LINKED_BASES, PAYMENT_KINDS, VERSION_TITLES
from marketplace.beneficiaries.service import lists, masked
from marketplace.beneficiaries.service.differences import Difference, difference, term_titles
from marketplace.beneficiaries.service.lists import AgreementView
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import PageArgs, needs, page_of
from marketplace.producers.models import Producer
from marketplace.producers.service.public import names_of
from marketplace.web.kit import Listing, Pages, label, render
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import percent

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
    producer = session.get_one(Producer, view.agreement.producer_id)
    payments = session.scalars(
        lists.payment_lists(session, actor, number).order_by(PaymentList.id.desc()).limit(_LAST_LISTS)
    ).all()
    return {
        "agreement": view.agreement,
        "versions": view.versions,
        "changes": _changes(view),
        "producer": producer,
        "names": _names(session, view),
        "payments": payments,
        "payment_kinds": PAYMENT_KINDS,
        "bases": LINKED_BASES,
        "mode_title": mode_title,
        "version_titles": VERSION_TITLES,
        "tones": TONES,
        "terms_of": terms_of,
        "explain": explain,
        "changed_text": changed_text,
        "may_decide": actor.may_on("agreements.approve", area=view.agreement.area_code),
        "may_see_roster": actor.may_on("beneficiaries.read", area=view.agreement.area_code),
        "today": today(),
    }


def terms_of(mode: str, terms: dict[str, Any]) -> list[tuple[str, str]]:
    """The terms of a version with the titles that the mode gives them; the unit stands in the title."""
    titles = term_titles(mode)
    return [(label(titles.get(name, name)), _written(value)) for name, value in terms.items()]


def explain(mode: str, terms: dict[str, Any]) -> str:
    """The formula with its numbers, one Chinese sentence of the contract."""
    return linkage_mode(mode).explain(terms)


def _written(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(f"{one['title_zh']} {percent(one['share_bp'])}" for one in value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _changes(view: AgreementView) -> list[Difference | None]:
    """Of each version, newest first, against the one before it; None for the first."""
    later: Sequence[Any] = view.versions
    return [
        difference(later[place + 1], one) if place + 1 < len(later) else None
        for place, one in enumerate(later)
    ]


def _names(session: Session, view: AgreementView) -> dict[uuid.UUID, str]:
    wanted = {product.product_id for one in view.versions for product in one.products}
    return names_of(session, wanted)


def changed_text(value: Any) -> str:
    """One side of a difference."""
    return _("无") if value is None else _written(value)
