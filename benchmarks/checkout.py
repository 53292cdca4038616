"""Checkout of three lines of one producer by HTTP, against the same statements without the application around them."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from flask.testing import FlaskClient

from benchmarks.clients import Outcome, best, drive, post
from benchmarks.database import Postgres, postgres
from benchmarks.hello import measure
from benchmarks.replay import DifferentStatements, Script, Statement, recording, replay, script_of
from benchmarks.report import Result
from benchmarks.server import gunicorn
from benchmarks.world import World, write
from marketplace.core import db

PATH: Final = "/api/v1/checkouts"
CLIENTS: Final = 8
PRODUCERS: Final = 300
RECORDED: Final = 64
TRIES: Final = 5
GOAL: Final = 0.25
HELLO_GOAL: Final = 0.043


def run(seconds: float) -> Result:
    """Orders/s ÷ the same statements by bare psycopg on as many connections; and ÷ hello-JSON of the same run."""
    with postgres() as server:
        with db.transaction() as session:
            world = write(session, producers=PRODUCERS, listings_each=3, buyers=CLIENTS)
        server.analyse()
        scripts = record(server, world)
        hello = measure(CLIENTS, seconds)
        with gunicorn("wsgi:create_app()", server.environment, ready="/readyz") as web:
            _checkouts(web.port, world, 1.0)
            orders = best(lambda some: _checkouts(web.port, world, some), seconds)
        floor = replay(server.connect, scripts, connections=CLIENTS, seconds=seconds)
    return Result(
        bench="checkout",
        value=orders.rate,
        unit="orders/s",
        floor=floor.rate,
        ratio=orders.rate / floor.rate,
        goal=GOAL,
        rows=[
            ("statements of one checkout", str(floor.statements)),
            ("latency p50, p99", f"{orders.latency_ms(0.5):.1f} ms, {orders.latency_ms(0.99):.1f} ms"),
            ("hello-JSON, same run", f"{hello.rate:,.0f} requests/s"),
            ("orders ÷ hello-JSON", f"{orders.rate / hello.rate:.4f}  (asked for: {HELLO_GOAL})"),
        ],
    )


def body(world: World, buyer: int, shelf: int) -> dict[str, Any]:
    """A checkout by the buyer of everything on the shelf, three lines at most."""
    return {
        "buyer_id": str(world.buyers[buyer][0]),
        "payment_method": "prepaid",
        "deliver_to": {
            "name": "基准收货人",
            "telephone": "13800000000",
            "address": "基准路1号",
            "area": "440106",
        },
        "lines": [
            {"listing_id": str(listing_id), "quantity": 2, "unit_price_fen": price_fen}
            for listing_id, price_fen in world.shelves[shelf].listings[:3]
        ],
    }


def headers(world: World, buyer: int, key: str) -> dict[str, str]:
    """Who asks, and the key of this request."""
    return {"Authorization": f"Bearer {world.buyers[buyer][1]}", "Idempotency-Key": key}


def _checkouts(port: int, world: World, seconds: float) -> Outcome:
    bodies = [
        [json.dumps(body(world, buyer, shelf)).encode() for shelf in range(len(world.shelves))]
        for buyer in range(CLIENTS)
    ]
    turns: list[Iterator[int]] = [itertools.count(buyer * 37) for buyer in range(CLIENTS)]

    def next_request(client: int) -> bytes:
        shelf = next(turns[client]) % len(world.shelves)
        return post(PATH, bodies[client][shelf], headers(world, client, uuid.uuid4().hex))

    return drive(port, next_request, clients=CLIENTS, seconds=seconds, expect=201)


def record(server: Postgres, world: World) -> list[Script]:
    """What the application sends for checkouts of several producers, each made twice."""
    from wsgi import create_app

    client = create_app(server.settings).test_client()
    _place(client, world, 0)  # the first request of a process also fills caches
    return [_script(client, world, shelf) for shelf in range(RECORDED)]


def _script(client: FlaskClient, world: World, shelf: int) -> Script:
    """The script of a shelf; recorded anew when a request also noted the day of its token or read again what had grown old."""
    for _ in range(TRIES):
        with suppress(DifferentStatements):
            return script_of(_place(client, world, shelf), _place(client, world, shelf))
    raise DifferentStatements


def _place(client: FlaskClient, world: World, shelf: int) -> list[Statement]:
    buyer = shelf % CLIENTS
    with recording(db.current().engine) as sent:
        answer = client.post(
            PATH, json=body(world, buyer, shelf), headers=headers(world, buyer, uuid.uuid4().hex)
        )
    if answer.status_code != 201:
        raise RuntimeError(
            f"a checkout was answered {answer.status_code}: {answer.get_data(as_text=True)[:800]}"
        )
    return sent
