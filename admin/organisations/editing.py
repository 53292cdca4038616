"""Registering an organisation, changing it on the version that was seen, closing it, its place in the tree."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.own_area import own_area
from marketplace.accounts.codes import FISCAL_TIERS, ORGANISATION_KINDS, SECTORS, SIZE_CLASSES
from marketplace.accounts.models import Organisation
from marketplace.accounts.schemas import ClosingReasonIn, OrganisationIn, OrganisationPatch, TreePlaceIn
from marketplace.accounts.service import organisations, places
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import needs, require_version
from marketplace.web.kit import Form, Pages, choices, done, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_organisation_editing", __name__, url_prefix="/admin/organisations")

#: So many units stand in the choice of a parent.
MOST: Final = 500


@pages.form("/new", needs("accounts.register"), OrganisationIn)
def registering(session: Session, actor: Actor, form: Form) -> Response:
    """What is told of it?"""
    return render(
        "admin/organisations/editing.html",
        form=form.fill(area_code=own_area(actor)),
        organisation=None,
        **_choices(),
    )


@registering.submit
def register(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Register it."""
    made = organisations.register(session, actor, organisations.NewOrganisation(**body))
    return done(f"/admin/organisations/{made.id}", _("单位已登记"))


@pages.form("/<uuid:organisation_id>/amendment", needs("accounts.register"), OrganisationPatch)
def amendment(session: Session, actor: Actor, form: Form, organisation_id: uuid.UUID) -> Response:
    """What it says now."""
    organisation = organisations.get(session, actor, organisation_id)
    form.fill(organisation, version=organisation.row_version)
    return render("admin/organisations/editing.html", form=form, organisation=organisation, **_choices())


@amendment.submit
def amend(session: Session, actor: Actor, body: dict[str, Any], organisation_id: uuid.UUID) -> Response:
    """Change it."""
    present = organisations.get(session, actor, organisation_id)
    require_version(present.row_version)
    organisations.amend(session, actor, organisation_id, body, present.row_version)
    return done(f"/admin/organisations/{organisation_id}", _("单位信息已变更"))


@pages.form("/<uuid:organisation_id>/closure", needs("accounts.register"), ClosingReasonIn)
def closing(session: Session, actor: Actor, form: Form, organisation_id: uuid.UUID) -> Response:
    """Why?"""
    organisation = organisations.get(session, actor, organisation_id)
    return render("admin/organisations/closing.html", form=form, organisation=organisation)


@closing.submit
def close(session: Session, actor: Actor, body: dict[str, Any], organisation_id: uuid.UUID) -> Response:
    """Close it; history keeps it."""
    organisations.close(session, actor, organisation_id, body["reason"])
    return done(f"/admin/organisations/{organisation_id}", _("单位已注销"))


@pages.form("/<uuid:organisation_id>/place", needs("accounts.place"), TreePlaceIn)
def placing(session: Session, actor: Actor, form: Form, organisation_id: uuid.UUID) -> Response:
    """Under whom, from which day on, and why?"""
    organisation = organisations.get(session, actor, organisation_id)
    found = session.scalars(
        organisations.listing(actor, area=own_area(actor))
        .where(
            Organisation.kind.in_(sorted(places.IN_TREE)),
            Organisation.status == "active",
            Organisation.id != organisation.id,
        )
        .order_by(Organisation.name)
        .limit(MOST)
    ).all()
    return render(
        "admin/organisations/placing.html",
        form=form.fill(from_day=today()),
        organisation=organisation,
        parents=[(one.id, f"{one.name} ({one.organisation_no})") for one in found],
    )


@placing.submit
def place(session: Session, actor: Actor, body: dict[str, Any], organisation_id: uuid.UUID) -> Response:
    """Put it there, with all below it."""
    places.place(session, actor, organisation_id, body["parent_id"], body["from_day"], body["reason"])
    return done(f"/admin/organisations/{organisation_id}", _("隶属关系已调整"))


def _choices() -> dict[str, Any]:
    told = {"kinds": ORGANISATION_KINDS, "tiers": FISCAL_TIERS, "sectors": SECTORS, "sizes": SIZE_CLASSES}
    return {name: choices(titles) for name, titles in told.items()}
