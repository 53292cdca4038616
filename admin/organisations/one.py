"""One organisation: what it is, its bank by four digits, its place in the tree by day, its filings, its accounts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.organisations.filings import FILING_STATES, FILING_TONES
from admin.organisations.listing import STATUSES
from marketplace.accounts.codes import CANTEEN_KINDS, FISCAL_TIERS, ORGANISATION_KINDS, SECTORS, SIZE_CLASSES
from marketplace.accounts.models import Organisation, OrganisationPlace, ReserveFiling
from marketplace.accounts.service import bank_accounts, directory, filings, organisations, places
from marketplace.core.actor import Actor
from marketplace.core.http import needs
from marketplace.producers.codes import PRODUCER_ORGANISATIONS
from marketplace.producers.models import Producer
from marketplace.web.kit import Pages, render

pages: Final = Pages("admin_organisation", __name__, url_prefix="/admin/organisations")

#: So many accounts of an organisation stand on its page.
_MOST_ACCOUNTS: Final = 50


@pages.show("/<uuid:organisation_id>", needs("accounts.read"))
def one(session: Session, actor: Actor, organisation_id: uuid.UUID) -> Response:
    """The organisation."""
    organisation = organisations.get(session, actor, organisation_id)
    stood = places.history(session, organisation.id)
    producer_id = session.scalar(select(Producer.id).where(Producer.organisation_id == organisation.id))
    return render(
        "admin/organisations/one.html",
        organisation=organisation,
        kinds=ORGANISATION_KINDS,
        tiers=FISCAL_TIERS,
        sectors=SECTORS,
        sizes=SIZE_CLASSES,
        statuses=STATUSES,
        bank_account=bank_accounts.masked(organisation),
        places=stood[::-1],
        names=_names(session, stood),
        filings=_filings(session, actor, organisation),
        filing_states=FILING_STATES,
        filing_tones=FILING_TONES,
        canteens=CANTEEN_KINDS,
        accounts=_accounts(session, actor, organisation),
        producer_id=producer_id if actor.may("producers.read") else None,
        may_open_dossier=producer_id is None
        and organisation.kind in PRODUCER_ORGANISATIONS
        and organisation.status == "active"
        and actor.may_on("producers.edit", area=organisation.area_code, owners=(organisation.id,)),
        may_change=organisation.status == "active"
        and actor.may_on("accounts.register", area=organisation.area_code),
        may_place=organisation.status == "active"
        and actor.may_on("accounts.place", area=organisation.area_code),
        may_open=actor.may_on("accounts.people", area=organisation.area_code),
    )


def _names(session: Session, stood: Sequence[OrganisationPlace]) -> dict[uuid.UUID, str]:
    """The names of those under whom it stood."""
    wanted = {place.parent_id for place in stood} - {None}
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _filings(session: Session, actor: Actor, organisation: Organisation) -> Sequence[ReserveFiling]:
    if organisation.kind != "budget_unit" or not actor.may("accounts.filing_read"):
        return ()
    return session.scalars(
        filings.listing(actor, organisation_id=organisation.id).order_by(ReserveFiling.id.desc())
    ).all()


def _accounts(session: Session, actor: Actor, organisation: Organisation) -> Sequence[Any]:
    if not actor.may_on("accounts.people", area=organisation.area_code):
        return ()
    return session.execute(
        directory.accounts_seen(actor, organisation_id=organisation.id).limit(_MOST_ACCOUNTS)
    ).all()
