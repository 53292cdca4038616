"""The same Idempotency-Key from twenty threads at once: one order, and every answer says so or asks to come again."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.service import access_keys, grants, identity, people
from marketplace.catalogue.models import StockItem
from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.orders.models import Checkout, SalesOrder
from tests.orders_desk import Desk
from tests.orders_world import Heard, open_shop

THREADS = 20


def _token(session: Session, organisation_id: uuid.UUID) -> str:
    system = system_actor()
    person = people.add_person(session, system, "演示采购经办")
    account = people.open_account(
        session, system, person.id, "buyer", organisation_id=organisation_id
    ).account
    grants.grant(session, system, account.id, "buyer", organisation_id=organisation_id)
    actor = identity.actor_of_account(session, "buyer")
    assert actor is not None
    return access_keys.make(session, actor, "test").secret


def test_twenty_requests_with_one_key_place_one_order(app: Flask, own_database: db.Database) -> None:
    with db.transaction() as session:
        shop = open_shop(session)
        buyer = {"Authorization": f"Bearer {_token(session, shop.buyer.id)}"}
    body = Desk(app.test_client(), shop, Heard(), dict, buyer, {}, {}).checkout()
    start = threading.Barrier(THREADS)

    def one(_: int) -> tuple[int, str]:
        client = app.test_client()
        start.wait()
        answer = client.post("/api/v1/checkouts", json=body, headers=buyer | {"Idempotency-Key": "same"})
        found = answer.get_json()
        return answer.status_code, found["number"] if answer.status_code == 201 else found["code"]

    with ThreadPoolExecutor(THREADS) as pool:
        answers = Counter(pool.map(one, range(THREADS)))
    assert {status for status, _ in answers} <= {201, 409}
    assert {said for status, said in answers if status == 409} <= {"idempotency_key_in_flight"}
    with db.transaction() as session:
        number = session.scalars(select(Checkout.number)).one()
        assert session.scalar(select(func.count()).select_from(SalesOrder)) == 1
        assert session.scalars(select(StockItem.reserved)).one() == 2
    assert {said for status, said in answers if status == 201} == {number}
    replay = app.test_client().post(
        "/api/v1/checkouts", json=body, headers=buyer | {"Idempotency-Key": "same"}
    )
    assert (replay.status_code, replay.get_json()["number"]) == (201, number)
