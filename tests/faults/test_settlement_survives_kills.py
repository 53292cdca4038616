"""The worker is killed in the middle of proposing runs, twenty times: each producer is settled once, and nothing is lost."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import text

from marketplace.app import compose
from marketplace.core import db, embedded
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.migrate import APP_ROLE
from marketplace.payments.service.settlement import settle_due
from marketplace.payments.service.verify import verify
from tests.faults.test_close_survives_kills import wait_until_left
from tests.orders_world import NOON, Heard, open_shop
from tests.support.settling import Till, hear_money

pytestmark = pytest.mark.fault

KILLS = 20
PRODUCERS = 25
SETTLING = shanghai(2020, 10, 11, 3)
_SOLD = "sanzhuan_settlement_sold"
_TEMPLATE = "sanzhuan_template"


@pytest.fixture
def sold(server: embedded.EmbeddedServer) -> Iterator[embedded.EmbeddedServer]:
    """The server with a database of counted orders, to be cloned."""
    hear_money(Heard())
    server.create_database(_SOLD, template=_TEMPLATE)
    database = db.connect(db.Database(server.url(APP_ROLE, _SOLD)))
    with frozen_at(NOON), db.transaction() as session:
        first = Till(open_shop(session))
        first.supervise(area_code="460000")
        for number in range(PRODUCERS):
            Till(open_shop(session)).shop.complete([1 + number % 4])
    database.dispose()
    yield server
    server.drop_database(_SOLD)
    compose()


def settle_alone(url: str) -> None:
    """The body of a process of its own; it leaves without the parent's clean-up, as a killed one does."""
    db.connect(db.Database(url, pool_size=1))
    with frozen_at(SETTLING):
        settle_due()
    os._exit(0)


def seen() -> list[tuple[str, date, int, int]]:
    """Every run as another connection sees it: producer, day, amount, how many items it took."""
    with db.transaction() as session:
        rows = session.execute(
            text(
                "SELECT r.producer_organisation_id::text, r.through_on, r.amount_fen, count(i.id)"
                " FROM payments.settlement_run r LEFT JOIN payments.settlement_item i ON i.run_id = r.id"
                " GROUP BY r.id ORDER BY 1"
            )
        ).all()
    return [tuple(row) for row in rows]


def test_a_killed_worker_leaves_whole_runs_and_the_next_one_makes_the_rest(
    sold: embedded.EmbeddedServer,
) -> None:
    outcomes: list[list[tuple[str, date, int, int]]] = []
    left_after_kills: list[int] = []
    dice = random.Random(20201010)
    whole = 0.0
    for number in range(KILLS + 1):
        name = f"sanzhuan_settlement_{number}"
        sold.create_database(name, template=_SOLD)
        url = sold.url(APP_ROLE, name)
        began = time.monotonic()
        process = multiprocessing.get_context("fork").Process(target=settle_alone, args=(url,))
        process.start()
        if number:
            time.sleep(whole * dice.random())
            os.kill(int(process.pid or 0), signal.SIGKILL)
        process.join()
        if not number:
            whole = time.monotonic() - began
        wait_until_left(sold, name)
        database = db.connect(db.Database(url))
        left = seen()
        assert all(amount > 0 and items == 1 for _, _, amount, items in left)
        left_after_kills.append(len(left))
        with frozen_at(SETTLING):
            assert settle_due() == PRODUCERS - len(left)
            assert settle_due() == 0
        outcomes.append(seen())
        with db.transaction() as session:
            assert [one for one in verify(session) if one.broken is not None] == []
        database.dispose()
        sold.drop_database(name)
    assert len(outcomes[0]) == PRODUCERS
    assert {through_on for _, through_on, _, _ in outcomes[0]} == {date(2020, 10, 10)}
    assert outcomes == [outcomes[0]] * (KILLS + 1)
    assert any(0 < count < PRODUCERS for count in left_after_kills)
