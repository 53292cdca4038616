"""Producers to work with, and actors who may or may not."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts.permissions import role
from marketplace.accounts.service import organisations
from marketplace.accounts.service.organisations import NewOrganisation
from marketplace.core.actor import Actor, Held, system_actor
from marketplace.core.identifiers import build_uscc
from marketplace.core.privacy import TextKeys, Vault, install, new_keys
from marketplace.producers.models import Producer
from marketplace.producers.service import producers
from marketplace.producers.service.producers import NewProducer

MEIXIAN = "441403"


@pytest.fixture(autouse=True)
def _keys() -> None:
    install(Vault(TextKeys(new_keys())))


def actor_with(code: str, area: str = "000000", organisation_id: uuid.UUID | None = None) -> Actor:
    """Somebody with one role."""
    found = role(code)
    owner = organisation_id if found.kind == "owner" else None
    return Actor(
        uuid.uuid4(), uuid.uuid4(), organisation_id, (Held(found.code, found.permissions, area, owner),)
    )


def add_organisation(
    session: Session, name: str = "梅县区众信水果专业合作社", serial: int = 1, area: str = MEIXIAN
) -> uuid.UUID:
    uscc = build_uscc(f"93{area}DEM0{serial:04d}")
    new = NewOrganisation(kind="producer", name=name, area_code=area, uscc=uscc, is_demo=True)
    return organisations.register(session, system_actor(), new).id


def add_producer(
    session: Session, name: str = "梅县区众信水果专业合作社", serial: int = 1, area: str = MEIXIAN
) -> Producer:
    organisation_id = add_organisation(session, name, serial, area)
    return producers.register(session, system_actor(), NewProducer(organisation_id, "cooperative"))


@pytest.fixture(name="role_actor")
def role_actor_fixture() -> Callable[..., Actor]:
    return actor_with


@pytest.fixture(name="make_organisation")
def make_organisation_fixture() -> Callable[..., uuid.UUID]:
    return add_organisation


@pytest.fixture(name="make_producer")
def make_producer_fixture() -> Callable[..., Producer]:
    return add_producer


@pytest.fixture
def producer(session: Session) -> Producer:
    return add_producer(session)
