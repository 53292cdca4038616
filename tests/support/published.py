"""Books behind the API: September closed with one linked sale and one unlinked, October open; people who may see them or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.app import compose
from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.service import Coverage
from marketplace.core import db
from marketplace.core.clock import frozen_at, shanghai
from tests.support.books import Books
from tests.support.county import World, make_world

NOW = shanghai(2020, 10, 6, 10)
AsRole = Callable[..., dict[str, str]]


@dataclass
class Office:
    """A client, the world behind it, headers by role."""

    client: FlaskClient
    world: World
    as_role: AsRole
    agreement: str
    keys: int = 0

    def get(self, path: str, who: dict[str, str] | None = None) -> TestResponse:
        """GET under /api/v1."""
        return self.client.get(f"/api/v1{path}", headers=who or {})

    def post(self, path: str, who: dict[str, str], body: Any = None, key: str | None = None) -> TestResponse:
        """POST under /api/v1 with a fresh Idempotency-Key unless one is given."""
        self.keys += 1
        headers = who | {"Idempotency-Key": key or f"office-{self.keys}"}
        return self.client.post(f"/api/v1{path}", headers=headers, json=body)


@contextmanager
def open_office(client: FlaskClient, as_role: AsRole) -> Iterator[Office]:
    """September: 98.00 yuan of 梅县 linked to 7 households, 50.00 of a line before the agreement; bought from 广州."""
    compose()
    with frozen_at(shanghai(2020, 9, 15, 10)), db.transaction() as session:
        world = make_world(session)
        agreement = world.agreement()
        roster = [(number, 1) for number in world.households(7)]
        coverage = [Coverage(world.product.id, 10_000, "raw_material", "收购台账")]
        world.approved(agreement, world.version(roster, products=coverage))
        books = Books(session, world)
        books.sell(books.line())
        books.sell(books.line(5_000, 1, sold_at=shanghai(2020, 8, 31)))
        number = agreement.number
    with frozen_at(NOW):
        with db.transaction() as session:
            close_period(session, None, "2020-09")
            books.session = session
            books.sell(books.line(7_700, 1, sold_at=NOW, counted_at=NOW))
        yield Office(client, world, as_role, number)


def refused(answer: TestResponse) -> tuple[int, str]:
    """Status and code of a problem."""
    assert answer.mimetype == "application/problem+json"
    return answer.status_code, answer.get_json()["code"]
