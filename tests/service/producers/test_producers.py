"""Dossiers of producers: who may open and amend them, what is encrypted, what must fit together."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import AlreadyExists, Forbidden, Invalid, NotFound, PreconditionFailed
from marketplace.core.models import AuditRecord
from marketplace.producers.models import Producer
from marketplace.producers.service import contacts, producers
from marketplace.producers.service.contacts import Contacts
from marketplace.producers.service.producers import NewProducer

RoleActor = Callable[..., Actor]
MakeOrganisation = Callable[..., uuid.UUID]
MakeProducer = Callable[..., Producer]


def test_a_dossier_takes_name_code_and_area_from_its_organisation(
    session: Session, make_organisation: MakeOrganisation
) -> None:
    organisation_id = make_organisation(session)
    with frozen_at(shanghai(2020, 6, 1)):
        producer = producers.register(
            session,
            system_actor(),
            NewProducer(
                organisation_id, "cooperative", production_area="441403101", founded_on=date(2015, 3, 1)
            ),
        )
    assert (producer.name, producer.uscc, producer.is_demo) == (
        "梅县区众信水果专业合作社",
        "93441403DEM00001" + str(producer.uscc)[16:],
        True,
    )
    session.flush()
    assert (producer.registered_area, producer.production_area) == ("441403", "441403101")
    record = session.scalars(
        select(AuditRecord).where(AuditRecord.action == "producers.producer.registered")
    ).one()
    assert (record.subject_id, record.area_code) == (str(producer.id), "441403101")


def test_an_organisation_has_one_dossier(session: Session, producer: Producer) -> None:
    with pytest.raises(AlreadyExists, match="producer_exists"), session.begin_nested():
        producers.register(session, system_actor(), NewProducer(producer.organisation_id, "cooperative"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"entity_kind": "shop"}, "entity_kind"),
        ({"entity_kind": "leading_enterprise"}, "entity_kind_uscc"),
        ({"production_area": "999999"}, "unknown_division"),
        ({"founded_on": date(2999, 1, 1)}, "founded_on"),
        ({"agent_of_id": uuid.UUID(int=7)}, "agent_of"),
        ({"organisation_id": uuid.UUID(int=7)}, "organisation"),
    ],
)
def test_a_dossier_that_does_not_hold_together_is_refused(
    session: Session, make_organisation: MakeOrganisation, changes: dict[str, Any], code: str
) -> None:
    told = {"organisation_id": make_organisation(session), "entity_kind": "cooperative"} | changes
    with pytest.raises(Invalid) as caught:
        producers.register(session, system_actor(), NewProducer(**told))
    assert caught.value.code == code
    assert session.scalars(select(Producer)).all() == []


def test_an_agent_sells_for_a_true_producer_only(
    session: Session, producer: Producer, make_organisation: MakeOrganisation
) -> None:
    agent = producers.register(
        session,
        system_actor(),
        NewProducer(make_organisation(session, "代理公司", 2), "trading_agent", agent_of_id=producer.id),
    )
    with pytest.raises(Invalid, match="agent_of"):
        producers.register(
            session,
            system_actor(),
            NewProducer(make_organisation(session, "再代理", 3), "trading_agent", agent_of_id=agent.id),
        )
    with pytest.raises(Invalid, match="agent_of"):
        producers.amend(session, system_actor(), producer.id, {"agent_of_id": producer.id}, 1)


def test_a_producer_opens_its_own_dossier_and_a_county_its_counties(
    session: Session, make_organisation: MakeOrganisation, role_actor: RoleActor
) -> None:
    own, other = make_organisation(session), make_organisation(session, "别家合作社", 2)
    mine = role_actor("producer", organisation_id=own)
    assert producers.register(session, mine, NewProducer(own, "cooperative")).organisation_id == own
    for stranger in (mine, role_actor("county_officer", "441422"), role_actor("buyer", organisation_id=own)):
        with pytest.raises(Forbidden):
            producers.register(session, stranger, NewProducer(other, "cooperative"))
    county = role_actor("county_officer", "441403")
    assert producers.register(session, county, NewProducer(other, "cooperative")).organisation_id == other


def test_who_may_not_see_a_dossier_does_not_learn_of_it(
    session: Session, producer: Producer, make_producer: MakeProducer, role_actor: RoleActor
) -> None:
    other = make_producer(session, "大埔县柚之香农场合作社", 2, "441422")
    mine = role_actor("producer", organisation_id=producer.organisation_id)
    city = role_actor("city_officer", "441400")
    with pytest.raises(NotFound):
        producers.get(session, mine, other.id)
    with pytest.raises(NotFound):
        producers.get(session, mine, uuid.UUID(int=7))
    assert list(session.scalars(producers.listing(mine))) == [producer]
    assert set(session.scalars(producers.listing(city))) == {producer, other}
    assert list(session.scalars(producers.listing(city, area="441422"))) == [other]
    assert list(session.scalars(producers.listing(city, uscc=str(producer.uscc)))) == [producer]
    assert list(session.scalars(producers.listing(role_actor("buyer")))) == []


def test_an_amendment_needs_the_version_that_was_read(session: Session, producer: Producer) -> None:
    amended = producers.amend(session, system_actor(), producer.id, {"is_832_supplier": True}, 1)
    assert (amended.is_832_supplier, amended.row_version) == (True, 2)
    with pytest.raises(PreconditionFailed):
        producers.amend(session, system_actor(), producer.id, {"is_832_supplier": False}, 1)
    session.refresh(producer)
    assert (producer.is_832_supplier, producer.row_version) == (True, 2)


def test_contacts_are_stored_encrypted_and_shown_masked(session: Session, producer: Producer) -> None:
    told = Contacts("张三丰", "李四", "13800138000")
    producers.amend(session, system_actor(), producer.id, {}, 1, told)
    stored = session.execute(
        sql("SELECT legal_representative_enc, contact_enc FROM producers.producer WHERE id = :id"),
        {"id": producer.id},
    ).one()
    for token in stored:
        assert not any(part.encode() in bytes(token) for part in ("张三丰", "李四", "13800138000"))
    assert contacts.masked(producer) == Contacts("张*", "李*", "138****8000")


def test_the_full_contact_needs_a_purpose_and_leaves_a_trace(
    session: Session, producer: Producer, role_actor: RoleActor
) -> None:
    told = Contacts("张三丰", None, "13800138000")
    producers.amend(session, system_actor(), producer.id, {}, 1, told)
    county = role_actor("county_officer", "441403")
    with pytest.raises(Invalid, match="purpose"):
        contacts.reveal(session, county, producer, "  ")
    with pytest.raises(Forbidden):
        contacts.reveal(session, role_actor("city_officer", "441400"), producer, "核查")
    assert contacts.reveal(session, county, producer, "现场核查") == told
    session.flush()
    records = session.scalars(select(AuditRecord).where(AuditRecord.action == "producers.contact.read")).all()
    assert [(r.actor_id, r.purpose) for r in records] == [(county.account_id, "现场核查")]


def test_a_contact_that_is_none_is_refused_without_repeating_it(
    session: Session, make_organisation: MakeOrganisation
) -> None:
    new = NewProducer(make_organisation(session), "cooperative", contacts=Contacts(contact_phone="12345"))
    with pytest.raises(Invalid) as caught:
        producers.register(session, system_actor(), new)
    assert caught.value.pointer == "/contact_phone"
    assert "12345" not in str(caught.value)
    assert session.scalars(select(Producer)).all() == []
