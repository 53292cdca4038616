"""A shop at noon of 2020-10-01 and its buyers with their sessions on pages."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from marketplace.accounts.service import grants, people
from marketplace.app import compose
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at
from marketplace.core.db import transaction
from tests.orders_world import NOON, Heard, Shop, open_shop
from tests.support.visitors import Visitor, main_of, visitor

__all__ = ["visitor"]
_numbers = itertools.count(1)
Opened = Callable[..., Visitor]


@pytest.fixture
def shop(database: object) -> Iterator[Shop]:
    """Three listings of one producer, committed into the test's savepoint."""
    with frozen_at(NOON):
        Heard().compose()
        with transaction() as session:
            opened = open_shop(session, (4_900, 5_900, 6_900))
        yield opened
    compose()


@pytest.fixture
def person(app: Flask, shop: Shop) -> Opened:
    """Somebody of the buying unit (or another organisation) who has signed in; the unit opened the account."""

    def opened(role: str, organisation_id: uuid.UUID | None = None) -> Visitor:
        login = f"buys{next(_numbers)}"
        owner = organisation_id or shop.buyer.id
        with transaction() as session:
            who = people.add_person(session, system_actor(), f"经办{login}")
            account = people.open_account(
                session, system_actor(), who.id, login, organisation_id=owner, opened_by_unit=True
            )
            grants.grant(session, system_actor(), account.account.id, role, "000000", owner)
        one = Visitor(app)
        answer = one.send("/sign-in", login=login, password=account.password)
        assert answer.status_code == 303, main_of(answer)
        return one

    return opened


@pytest.fixture
def buyer(person: Opened) -> Visitor:
    return person("buyer")
