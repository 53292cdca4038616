"""A close is killed at twenty moments: the month is open and nothing of it is there; closed again it says the same bytes."""

import hashlib
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from sqlalchemy import text

from marketplace.app import compose
from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.service import Coverage
from marketplace.core import db, embedded
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.migrate import APP_ROLE
from tests.support.books import Books, ledger_breaks
from tests.support.county import World, make_world

pytestmark = pytest.mark.fault

KILLS = 20
AGREEMENTS = 12
HOUSEHOLDS_EACH = 400
LINES = 40
CLOSING = shanghai(2020, 10, 5, 9)
_BOOKS = "sanzhuan_close_books"
_TEMPLATE = "sanzhuan_template"


@dataclass(frozen=True)
class Seen:
    """What another connection sees of a close: rows of each kind, and a digest of all that it says."""

    periods: int
    statements: int
    households: int
    digest: str


NOTHING = (0, 0, 0)


@pytest.fixture
def written(server: embedded.EmbeddedServer) -> Iterator[embedded.EmbeddedServer]:
    """The server with a database of September's books, to be cloned."""
    compose()
    server.create_database(_BOOKS, template=_TEMPLATE)
    database = db.connect(db.Database(server.url(APP_ROLE, _BOOKS)))
    with frozen_at(shanghai(2020, 9, 15)), db.transaction() as session:
        world = make_world(session)
        for _ in range(AGREEMENTS):
            _agree(world)
        books = Books(session, world)
        for number in range(LINES):
            books.sell(books.line(9_800 + number))
    database.dispose()
    yield server
    server.drop_database(_BOOKS)


def _agree(world: World) -> None:
    roster = [(number, 1 + number % 13) for number in world.households(HOUSEHOLDS_EACH)]
    coverage = [Coverage(world.product.id, 800, "raw_material", "收购台账")]
    world.approved(world.agreement(), world.version(roster, products=coverage))


def close_alone(url: str) -> None:
    """The body of a process of its own; it leaves without the parent's clean-up, as a killed one does."""
    db.connect(db.Database(url, pool_size=1))
    with frozen_at(CLOSING), db.transaction() as session:
        close_period(session, None, "2020-09")
    os._exit(0)


def start(url: str) -> multiprocessing.process.BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=close_alone, args=(url,))
    process.start()
    return process


def wait_for_lock(server: embedded.EmbeddedServer, name: str) -> None:
    """Until some connection of the database holds an exclusive advisory lock."""
    end = time.monotonic() + 30
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        while not connection.execute(
            "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE d.datname = %s AND l.locktype = 'advisory' AND l.mode = 'ExclusiveLock' AND l.granted",
            (name,),
        ).fetchone():
            assert time.monotonic() < end, "the close took no lock"
            time.sleep(0.002)


def wait_until_left(server: embedded.EmbeddedServer, name: str) -> None:
    """Until the killed process's backend is gone, with whatever commit was on its way."""
    end = time.monotonic() + 30
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        while connection.execute("SELECT 1 FROM pg_stat_activity WHERE datname = %s", (name,)).fetchone():
            assert time.monotonic() < end, "the killed close still holds its connection"
            time.sleep(0.01)


def seen() -> Seen:
    with db.transaction() as session:
        periods = session.execute(
            text(
                "SELECT period, entries, sale_fen, benefit_fen, last_position, chain_head, digest"
                " FROM attribution.period ORDER BY period"
            )
        ).all()
        statements = session.execute(
            text("SELECT * FROM attribution.agreement_statement ORDER BY 1, 2, 3")
        ).all()
        households = session.execute(
            text("SELECT * FROM attribution.household_statement ORDER BY 1, 2, 3, 4")
        ).all()
    said = [
        [bytes(v) if isinstance(v, memoryview) else v for v in row]
        for row in (*periods, *statements, *households)
    ]
    return Seen(
        len(periods), len(statements), len(households), hashlib.sha256(repr(said).encode()).hexdigest()
    )


def test_a_killed_close_leaves_the_month_open_and_the_next_one_writes_the_same_bytes(
    written: embedded.EmbeddedServer,
) -> None:
    outcomes: list[Seen] = []
    dice = random.Random(20200930)
    whole, broken_off = 0.0, 0
    for number in range(KILLS + 1):
        name = f"sanzhuan_close_{number}"
        written.create_database(name, template=_BOOKS)
        url = written.url(APP_ROLE, name)
        process = start(url)
        if number:
            wait_for_lock(written, name)
            time.sleep(whole * dice.random())
            os.kill(int(process.pid or 0), signal.SIGKILL)
        else:
            wait_for_lock(written, name)
            began = time.monotonic()
        process.join()
        if not number:
            whole = time.monotonic() - began
        wait_until_left(written, name)
        database = db.connect(db.Database(url))
        left = seen()
        if (left.periods, left.statements, left.households) == NOTHING:
            broken_off += 1
            with frozen_at(CLOSING), db.transaction() as session:
                close_period(session, None, "2020-09")
        outcomes.append(seen())
        with db.transaction() as session:
            assert ledger_breaks(session) == []
        database.dispose()
        written.drop_database(name)
    assert (outcomes[0].periods, outcomes[0].statements, outcomes[0].households) == (1, 12, 4_800)
    assert outcomes == [outcomes[0]] * (KILLS + 1)
    assert broken_off >= 1
