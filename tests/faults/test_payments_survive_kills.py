"""The worker is killed between the gateway's answer and its commit, twenty times; and twenty messages arrive at once."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from marketplace.app import compose
from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.payments import gateways
from marketplace.payments.models import GatewayEvent, OnlinePayment, Payment, Refund
from marketplace.payments.service import gateway_events, online_worker
from marketplace.payments.service.gateway_sweep import reconcile
from tests.orders_world import NOON, Heard, open_shop
from tests.support.fake_stripe import FakeStripe
from tests.support.online_shop import Till, open_account, settings_for, stripe_at_hand

pytestmark = pytest.mark.fault
KILLS = 20


@pytest.fixture
def at_hand(own_database: db.Database) -> Iterator[tuple[Till, str]]:
    heard = Heard()
    heard.compose()
    fake = FakeStripe()
    with frozen_at(NOON), stripe_at_hand(fake) as url:
        with db.transaction() as session:
            shop = open_shop(session, units=10_000)
        assert shop.seller_actor.organisation_id is not None
        open_account(shop.seller_actor.organisation_id)
        yield Till(shop, fake), url
    compose()


def work_apart(database_url: str, stripe_url: str, now: datetime) -> int:
    """A worker of its own does what is due at `now`, then ends; its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        db.connect(db.Database(database_url, pool_size=2))
        gateways.install(settings_for(stripe_url))
        with frozen_at(now):
            online_worker.keep_up()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a child of a test must never return into pytest
        os._exit(1)


class Killer:
    """Kills the worker at the moment at which the gateway's answer to the next POST is on its way."""

    def __init__(self) -> None:
        self.pid, self.armed, self.killed = 0, threading.Event(), 0
        self.ready = threading.Event()

    def __call__(self, method: str, _path: str) -> None:
        if method == "POST" and self.armed.is_set():
            self.ready.wait(10)
            self.armed.clear()
            self.killed += 1
            os.kill(self.pid, signal.SIGKILL)

    def kill_at_next_answer(self, start: object) -> int:
        self.ready.clear()
        self.armed.set()
        self.pid = start()  # type: ignore[operator]
        self.ready.set()
        return os.waitpid(self.pid, 0)[1]


def test_twenty_workers_killed_between_answer_and_commit_charge_and_refund_once(
    at_hand: tuple[Till, str], own_database: db.Database
) -> None:
    till, url = at_hand
    killer = Killer()
    till.fake.after_answer = killer
    now = NOON
    for turn in range(KILLS // 2):
        number = till.order((1 + turn % 3,))
        with frozen_at(now):
            payment_id = till.begin(number)
        status = killer.kill_at_next_answer(lambda at=now: work_apart(own_database.url, url, at))
        assert os.WTERMSIG(status) == signal.SIGKILL
        assert till.payment(payment_id).state == "unknown"
        now += timedelta(minutes=5)
        assert os.waitpid(work_apart(own_database.url, url, now), 0)[1] == 0
        assert till.payment(payment_id).state == "open"
        with frozen_at(now):
            till.there.pay(till.payment(payment_id).intent_id or "")
            till.hear()
            till.cancel(number)
        status = killer.kill_at_next_answer(lambda at=now: work_apart(own_database.url, url, at))
        assert os.WTERMSIG(status) == signal.SIGKILL
        assert till.refunds(number)[0].state == "sent"
        now += timedelta(minutes=5)
        assert os.waitpid(work_apart(own_database.url, url, now), 0)[1] == 0
        assert till.refunds(number)[0].state == "confirmed"
    assert killer.killed == KILLS
    assert (len(till.there.intents), len(till.there.refunds), till.fake.net()) == (KILLS // 2, KILLS // 2, 0)
    with frozen_at(now):
        assert reconcile() == []
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(OnlinePayment)) == KILLS // 2
        assert set(session.scalars(select(Refund.state))) == {"confirmed"}


def test_the_same_message_twenty_times_at_once_has_one_effect(at_hand: tuple[Till, str]) -> None:
    till, _ = at_hand
    number = till.order()
    payment_id = till.begin(number)
    till.work()
    till.there.pay(till.payment(payment_id).intent_id or "")
    raw, header = till.fake.signed(till.fake.take_outbox()[-1])
    together, outcomes = threading.Barrier(20), []

    def tell() -> None:
        with frozen_at(NOON):
            together.wait()
            outcomes.append(gateway_events.receive(raw, header))

    threads = [threading.Thread(target=tell) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["applied"] + ["known"] * 19
    assert till.sales_order(number).paid_fen == 9800
    with db.transaction() as session:
        counts = [
            session.scalar(select(func.count()).select_from(model)) for model in (GatewayEvent, Payment)
        ]
    assert counts == [1, 1]


def test_two_workers_at_once_ask_for_nothing_twice(at_hand: tuple[Till, str]) -> None:
    till, _ = at_hand
    for _ in range(20):
        till.begin(till.order((1,)))

    def work() -> None:
        with frozen_at(NOON):
            online_worker.keep_up()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(till.there.intents), till.fake.calls) == (20, 20)
