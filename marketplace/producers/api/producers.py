"""Dossiers of producers."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import (
    Page,
    endpoint,
    needs,
    page_of,
    page_schema,
    require_version,
    set_version,
)
from marketplace.producers import schemas
from marketplace.producers.api.blueprint import blueprint
from marketplace.producers.models import Producer
from marketplace.producers.service import contacts, producers
from marketplace.producers.service.contacts import Contacts
from marketplace.producers.service.producers import NewProducer


def _detail(producer: Producer) -> dict[str, Any]:
    set_version(producer.row_version)
    shown = {name: getattr(producer, name) for name in schemas.ProducerOut().fields}
    return shown | {"contacts": contacts.masked(producer)}


@blueprint.route("/producers")
@endpoint(needs("producers.read"))
@blueprint.arguments(schemas.ProducerListArgs, location="query")
@blueprint.response(200, page_schema(schemas.ProducerOut))
def list_producers(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Dossiers that one may see, by number."""
    statement = producers.listing(
        actor,
        area=args["area"],
        entity_kind=args["entity_kind"],
        uscc=args["uscc"],
        named=args["named"],
    )
    return page_of(
        session,
        statement,
        keys=[Producer.producer_no],
        key_of=lambda producer: [producer.producer_no],
        args=args,
    )


@blueprint.route("/producers", methods=["POST"])
@endpoint(needs("producers.edit"), idempotent=True)
@blueprint.arguments(schemas.ProducerIn)
@blueprint.response(201, schemas.ProducerDetailOut)
def register_producer(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Open the dossier of a registered organisation."""
    told = Contacts(**body.pop("contacts", {}))
    return _detail(producers.register(session, actor, NewProducer(**body, contacts=told)))


@blueprint.route("/producers/<uuid:producer_id>")
@endpoint(needs("producers.read"))
@blueprint.response(200, schemas.ProducerDetailOut)
def get_producer(session: Session, actor: Actor, producer_id: uuid.UUID) -> dict[str, Any]:
    """One dossier, its contacts masked."""
    return _detail(producers.get(session, actor, producer_id))


@blueprint.route("/producers/<uuid:producer_id>", methods=["PATCH"])
@endpoint(needs("producers.edit"))
@blueprint.arguments(schemas.ProducerChangeIn)
@blueprint.response(200, schemas.ProducerDetailOut)
def amend_producer(
    session: Session, actor: Actor, body: dict[str, Any], producer_id: uuid.UUID
) -> dict[str, Any]:
    """Change a dossier; needs If-Match."""
    producer = producers.get(session, actor, producer_id)
    require_version(producer.row_version)
    told = body.pop("contacts", None)
    new_contacts = None if told is None else Contacts(**told)
    return _detail(producers.amend(session, actor, producer_id, body, producer.row_version, new_contacts))


@blueprint.route("/producers/<uuid:producer_id>/contacts")
@endpoint(needs("producers.edit"))
@blueprint.arguments(schemas.PurposeArgs, location="query")
@blueprint.response(200, schemas.ContactsOut)
def reveal_contacts(session: Session, actor: Actor, args: dict[str, Any], producer_id: uuid.UUID) -> Contacts:
    """The contacts in full; who read them and why is kept."""
    producer = producers.get(session, actor, producer_id)
    return contacts.reveal(session, actor, producer, args["purpose"])
