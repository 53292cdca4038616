"""Opening a dossier for a registered organisation, changing it on the version that was seen, reading its contacts in full."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts.service import organisations
from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.http import needs, require_version
from marketplace.producers.codes import ENTITY_KINDS
from marketplace.producers.schemas import ProducerChangeIn, ProducerIn, PurposeArgs
from marketplace.producers.service import contacts, producers
from marketplace.producers.service.contacts import Contacts
from marketplace.web.kit import Form, Pages, choices, done, render, show_once
from marketplace.web.kit import say as _

pages: Final = Pages("admin_producer_editing", __name__, url_prefix="/admin/producers")


class ChangeForm(ProducerChangeIn):
    """What changes of a dossier; its contacts are kept by the producer itself."""

    class Meta:
        exclude = ("contacts",)


@pages.form("/new/<uuid:organisation_id>", needs("producers.edit"), ProducerIn)
def registering(session: Session, actor: Actor, form: Form, organisation_id: uuid.UUID) -> Response:
    """What is told of it?"""
    organisation = organisations.get(session, actor, organisation_id)
    form.fill(registered_area=organisation.area_code, production_area=organisation.area_code)
    return render(
        "admin/producers/editing.html",
        form=form,
        producer=None,
        organisation=organisation,
        kinds=_kinds(),
        back=f"/admin/organisations/{organisation_id}",
    )


@registering.submit
def register(session: Session, actor: Actor, body: dict[str, Any], organisation_id: uuid.UUID) -> Response:
    """Open the dossier."""
    told = Contacts(**body.pop("contacts", {}))
    made = producers.register(
        session,
        actor,
        producers.NewProducer(**body | {"organisation_id": organisation_id}, contacts=told),
    )
    return done(f"/admin/producers/{made.id}", _("档案已建立"))


@pages.form("/<uuid:producer_id>/amendment", needs("producers.edit"), ChangeForm)
def amendment(session: Session, actor: Actor, form: Form, producer_id: uuid.UUID) -> Response:
    """What it says now."""
    producer = producers.get(session, actor, producer_id)
    form.fill(producer, version=producer.row_version)
    return render(
        "admin/producers/editing.html",
        form=form,
        producer=producer,
        organisation=None,
        kinds=_kinds(),
        back=f"/admin/producers/{producer_id}",
    )


@amendment.submit
def amend(session: Session, actor: Actor, body: dict[str, Any], producer_id: uuid.UUID) -> Response:
    """Change it."""
    producer = producers.get(session, actor, producer_id)
    require_version(producer.row_version)
    producers.amend(session, actor, producer_id, body, producer.row_version)
    return done(f"/admin/producers/{producer_id}", _("档案已变更"))


@pages.form("/<uuid:producer_id>/contacts", needs("producers.edit"), PurposeArgs, own_transactions=True)
def purpose(session: Session, actor: Actor, form: Form, producer_id: uuid.UUID) -> Response:
    """What for?"""
    producer = producers.get(session, actor, producer_id)
    return render(
        "admin/producers/purpose.html", form=form, producer=producer, contacts=contacts.masked(producer)
    )


@purpose.submit
def reveal(actor: Actor, body: dict[str, Any], producer_id: uuid.UUID) -> Response:
    """The contacts in full, once."""
    with transaction() as session:
        producer = producers.get(session, actor, producer_id)
        told = contacts.reveal(session, actor, producer, body["purpose"])
        return show_once(
            session,
            actor,
            "admin/producers/contacts.html",
            producer=producer,
            contacts=told,
            purpose=body["purpose"],
        )


def _kinds() -> list[tuple[str, str]]:
    return choices(ENTITY_KINDS)
