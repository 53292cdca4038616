"""A worker is killed in the middle of orders, twenty times: what was acknowledged exists once, the rest is settled by its key.

This proves the crash of a process. That a committed order survives the loss of power rests on PostgreSQL's fsync.
"""

import http.client
import itertools
import json
import os
import random
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from benchmarks import checkout
from benchmarks.server import Web, gunicorn
from benchmarks.world import STOCK, World, write
from marketplace.core import db

pytestmark = pytest.mark.fault

KILLS = 20
CLIENTS = 6
SHELVES = 12
QUANTITY = 2
ORDERS_BETWEEN = 15


@dataclass
class Told:
    """What one client was told: checkout numbers by key, keys whose answer never came, and refusals, of which there are none."""

    placed: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, tuple[int, int]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


@pytest.fixture
def world(own_database: db.Database) -> World:
    with db.transaction() as session:
        return write(session, producers=SHELVES, listings_each=3, buyers=CLIENTS)


@pytest.fixture
def web(own_database: db.Database, world: World) -> Iterator[Web]:
    environment = {
        "DATABASE_URL": own_database.url,
        "SANZHUAN_SECRET_KEY": "test",
        "SANZHUAN_ENCRYPTION_KEYS": "1:" + "11" * 32,
        "SANZHUAN_INDEX_KEY": "22" * 32,
        "SANZHUAN_LOG_LEVEL": "ERROR",
    }
    with gunicorn("wsgi:create_app()", environment, ready="/readyz") as running:
        yield running


def place(web: Web, world: World, buyer: int, shelf: int, key: str) -> tuple[int, dict[str, str]]:
    """One try; (0, {}) when the connection broke before an answer came."""
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
    try:
        body = json.dumps(checkout.body(world, buyer, shelf))
        headers = checkout.headers(world, buyer, key) | {"Content-Type": "application/json"}
        connection.request("POST", checkout.PATH, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, http.client.HTTPException):
        return 0, {}
    finally:
        connection.close()


def keep_ordering(web: Web, world: World, buyer: int, told: Told, stop: threading.Event) -> None:
    for turn in itertools.count():
        if stop.is_set():
            return
        key, shelf = uuid.uuid4().hex, (buyer + turn) % SHELVES
        status, body = place(web, world, buyer, shelf, key)
        if status == 201:
            told.placed[key] = body["number"]
        elif status == 0:
            told.unknown[key] = (buyer, shelf)
        else:
            told.refused.append(f"{status} {body}")


def kill_a_worker(web: Web, told: list[Told], dice: random.Random) -> None:
    """Kill one worker amid orders: once both have been taking some since the last kill, at a moment of its own."""
    answered = sum(len(each.placed) for each in told)
    end = time.monotonic() + 60
    while sum(len(each.placed) for each in told) < answered + ORDERS_BETWEEN or len(web.workers()) < 2:
        assert time.monotonic() < end, "no orders are taken, or the worker was not replaced"
        time.sleep(0.01)
    time.sleep(dice.uniform(0, 0.2))
    os.kill(dice.choice(web.workers()), signal.SIGKILL)


def test_every_acknowledged_order_exists_once_after_twenty_kills(web: Web, world: World) -> None:
    stop = threading.Event()
    told = [Told() for _ in range(CLIENTS)]
    threads = [
        threading.Thread(target=keep_ordering, args=(web, world, buyer, told[buyer], stop))
        for buyer in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    dice = random.Random(20)
    for _ in range(KILLS):
        kill_a_worker(web, told, dice)
    stop.set()
    for thread in threads:
        thread.join()
    placed = {key: number for each in told for key, number in each.placed.items()}
    unknown = {key: who for each in told for key, who in each.unknown.items()}
    assert [refusal for each in told for refusal in each.refused] == []
    assert len(placed) >= KILLS * ORDERS_BETWEEN
    assert unknown, "no kill met an order on its way: the test proved nothing"
    # Whoever got no answer asks again with the same key, twice: both times the same order.
    for key, (buyer, shelf) in unknown.items():
        first, second = (place(web, world, buyer, shelf, key) for _ in range(2))
        assert (first[0], second) == (201, first)
        placed[key] = first[1]["number"]
    assert_books(placed)


def assert_books(placed: dict[str, str]) -> None:
    with db.transaction() as session:
        numbers = Counter(session.scalars(text("SELECT number FROM orders.checkout")).all())
        orders, lines = session.execute(
            text("SELECT (SELECT count(*) FROM orders.sales_order), (SELECT count(*) FROM orders.order_line)")
        ).one()
        reserved, moved, on_hand = session.execute(
            text(
                "SELECT sum(s.reserved), (SELECT sum(reserved_change) FROM catalogue.stock_movement), min(s.on_hand)"
                " FROM catalogue.stock_item s"
            )
        ).one()
        keys = set(session.scalars(text("SELECT key FROM core.idempotent_answer")).all())
    assert numbers == Counter(placed.values())
    assert (orders, lines) == (len(placed), 3 * len(placed))
    assert (int(reserved), int(moved), on_hand) == (
        3 * QUANTITY * len(placed),
        3 * QUANTITY * len(placed),
        STOCK,
    )
    assert keys == set(placed)
