"""The dossier of a 带贫主体, beside its organisation in accounts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import audit, divisions, facts
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound, PreconditionFailed
from marketplace.core.ids import uuid7
from marketplace.core.scope import visible, within_area
from marketplace.producers.codes import ENTITY_KINDS, PRODUCER_ORGANISATIONS
from marketplace.producers.facts import ProducerChanged
from marketplace.producers.models import Producer, ProducerPast
from marketplace.producers.rules import check_entity_kind, check_founded
from marketplace.producers.service import contacts
from marketplace.producers.service.contacts import Contacts

AMENDABLE: Final = (
    "entity_kind",
    "registered_area",
    "production_area",
    "founded_on",
    "is_832_supplier",
    "agent_of_id",
)
# What reports of past months print: the old values are kept when one of them changes.
_REPORTED: Final = ("name", "production_area", "agent_of_id")
_TAKEN: Final = {"uq_producer_organisation_id": AlreadyExists("producer_exists", "该单位已有带贫主体档案")}


@dataclass(frozen=True)
class NewProducer:
    """A dossier as told: areas of 6, 9 or 12 digits; ``published`` figures as published, by field.

    ``registered_area`` defaults to the organisation's, ``production_area`` to the registered one. ``agent_of_id`` names the
    producer for whom a trading firm sells (代理 is not 生产).
    """

    organisation_id: uuid.UUID
    entity_kind: str
    registered_area: str | None = None
    production_area: str | None = None
    founded_on: date | None = None
    is_832_supplier: bool = False
    agent_of_id: uuid.UUID | None = None
    contacts: Contacts = field(default_factory=Contacts)
    published: dict[str, Any] = field(default_factory=dict)


def register(session: Session, actor: Actor, new: NewProducer) -> Producer:
    """Open the dossier of an organisation; name, credit code and 演示 mark are the organisation's.

    Raises Invalid (organisation, kind, areas, agent), AlreadyExists ``producer_exists``, Forbidden.
    """
    organisation = session.get(Organisation, new.organisation_id)
    if organisation is None or organisation.kind not in PRODUCER_ORGANISATIONS:
        raise Invalid("organisation", "没有可作为带贫主体的该单位", pointer="/organisation_id")
    registered = new.registered_area or organisation.area_code
    values = _checked(
        session,
        {
            "entity_kind": new.entity_kind,
            "registered_area": registered,
            "production_area": new.production_area or registered,
            "founded_on": new.founded_on,
            "is_832_supplier": new.is_832_supplier,
            "agent_of_id": new.agent_of_id,
        },
        organisation.uscc,
    )
    actor.require("producers.edit", area=values["production_area"], owners=(organisation.id,))
    if organisation.status != "active":
        raise Conflict("organisation_closed", "单位已注销")
    producer_id = uuid7()
    producer = Producer(
        id=producer_id,
        organisation_id=organisation.id,
        name=organisation.name,
        uscc=organisation.uscc,
        published=new.published,
        is_demo=organisation.is_demo,
        row_version=1,
        created_at=utcnow(),
        **values,
        **contacts.seal(producer_id, new.contacts),
    )
    with refusing(_TAKEN):
        session.add(producer)
        session.flush()
    audit.record(
        session,
        actor,
        "producers.producer.registered",
        "producer",
        producer.id,
        area_code=producer.production_area,
        detail={"entity_kind": producer.entity_kind},
    )
    return producer


def amend(
    session: Session,
    actor: Actor,
    producer_id: uuid.UUID,
    changes: dict[str, Any],
    row_version: int,
    new_contacts: Contacts | None = None,
) -> Producer:
    """Change fields of AMENDABLE, and the restricted contacts as a whole, on the version the caller read.

    Name and credit code are brought up to date with the organisation's. Raises PreconditionFailed when somebody else was
    faster, Invalid, Forbidden, NotFound.
    """
    producer = get(session, actor, producer_id)
    owners = (producer.organisation_id,)
    actor.require("producers.edit", area=producer.production_area, owners=owners)
    organisation = session.get_one(Organisation, producer.organisation_id)
    wanted = {name: changes.get(name, getattr(producer, name)) for name in AMENDABLE}
    values = _checked(session, wanted, organisation.uscc, producer.id)
    actor.require("producers.edit", area=values["production_area"], owners=owners)
    changed = sorted(name for name in AMENDABLE if values[name] != getattr(producer, name))
    renamed = (producer.name, producer.uscc) != (organisation.name, organisation.uscc)
    sealed = contacts.seal(producer.id, new_contacts) if new_contacts is not None else {}
    after = values | {"name": organisation.name}
    if any(after[name] != getattr(producer, name) for name in _REPORTED):
        session.add(
            ProducerPast(
                producer_id=producer.id,
                until_at=utcnow(),
                **{name: getattr(producer, name) for name in _REPORTED},
            )
        )
        session.flush()
    rows = session.execute(
        update(Producer)
        .where(Producer.id == producer_id, Producer.row_version == row_version)
        .values(
            **values,
            **sealed,
            name=organisation.name,
            uscc=organisation.uscc,
            row_version=row_version + 1,
        )
        .returning(Producer.id)
    ).all()
    if not rows:
        raise PreconditionFailed
    session.refresh(producer)
    audit.record(
        session,
        actor,
        "producers.producer.amended",
        "producer",
        producer_id,
        area_code=producer.production_area,
        detail={"fields": changed + sorted(sealed)},
    )
    if changed or renamed:
        facts.publish(session, ProducerChanged(producer_id))
    return producer


def get(session: Session, actor: Actor, producer_id: uuid.UUID) -> Producer:
    """The dossier, if the actor may see it; NotFound otherwise."""
    producer = session.get(Producer, producer_id)
    if producer is None:
        raise NotFound
    actor.require_visible("producers.read", area=producer.production_area, owners=(producer.organisation_id,))
    return producer


def listing(
    actor: Actor,
    *,
    area: str | None = None,
    entity_kind: str | None = None,
    uscc: str | None = None,
    named: str | None = None,
) -> Select[Any]:
    """The dossiers that the actor may see, filtered; the caller sorts by ``producer_no`` and pages.

    ``named``: what the name contains.
    """
    statement = select(Producer).where(
        visible(actor, "producers.read", area=Producer.production_area, owners=(Producer.organisation_id,))
    )
    if area is not None:
        statement = statement.where(within_area(Producer.production_area, divisions.get(area).code))
    if entity_kind is not None:
        if entity_kind not in ENTITY_KINDS:
            raise Invalid("entity_kind", "没有这种带贫主体类型", pointer="/entity_kind")
        statement = statement.where(Producer.entity_kind == entity_kind)
    if uscc is not None:
        statement = statement.where(Producer.uscc == uscc)
    if named:
        statement = statement.where(Producer.name.contains(named, autoescape=True))
    return statement


def _checked(
    session: Session, values: dict[str, Any], uscc: str | None, producer_id: uuid.UUID | None = None
) -> dict[str, Any]:
    check_entity_kind(values["entity_kind"], uscc)
    check_founded(values["founded_on"], today())
    checked = dict(values)
    for name in ("registered_area", "production_area"):
        try:
            checked[name] = divisions.get(values[name]).code
        except Invalid as error:
            raise Invalid(error.code, error.detail, pointer=f"/{name}") from error
    if values["agent_of_id"] is not None:
        _check_agent(session, values["agent_of_id"], producer_id)
    return checked


def _check_agent(session: Session, principal_id: uuid.UUID, producer_id: uuid.UUID | None) -> None:
    """An agent sells for one who produces: neither for itself nor for another agent."""
    principal = session.get(Producer, principal_id)
    if principal is None:
        raise Invalid("agent_of", "没有该生产主体", pointer="/agent_of_id")
    if principal.id == producer_id or principal.agent_of_id is not None:
        raise Invalid("agent_of", "代理商只能代理真正的生产主体", pointer="/agent_of_id")
