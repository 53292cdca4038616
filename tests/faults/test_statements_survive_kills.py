"""A statement's import and its matching are killed at many points: whole steps stand, and running again adds the rest once."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from marketplace.accounts.models import Organisation
from marketplace.app import compose
from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Payment, Receipt
from marketplace.payments.service.checks import (
    open_amount_differences,
    receipt_differences,
    waiting_differences,
)
from marketplace.payments.service.matching import match_next
from tests.orders_world import NOON, open_shop
from tests.support.banking import AFTERNOON, BankRow, import_rows, register

pytestmark = pytest.mark.fault

KILLS = 10
ORDERS = 60
LINES = 2_000


def alone(url: str, work: Callable[[], None]) -> multiprocessing.process.BaseProcess:
    """Do the work in a process of its own, which leaves without the parent's clean-up, as a killed one does."""

    def body() -> None:
        db.connect(db.Database(url, pool_size=1))
        with frozen_at(AFTERNOON):
            work()
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=body)
    process.start()
    return process


def kill_within(process: multiprocessing.process.BaseProcess, seconds: float) -> None:
    time.sleep(seconds)
    if process.is_alive():
        os.kill(int(process.pid or 0), signal.SIGKILL)
    process.join()


def count(table: type) -> int:
    with db.transaction() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_killed_imports_and_matchings_lose_nothing_and_double_nothing(own_database: db.Database) -> None:
    compose()
    with frozen_at(NOON), db.transaction() as session:
        shop = open_shop(session, units=10_000)
        owner_id = register(session, shop.seller_actor.organisation_id).id
        numbers = [shop.place([1]).number for _ in range(ORDERS)]
    dice = random.Random(20201001)

    def rows(batch: int) -> list[BankRow]:
        """So many strangers, and a payment of each order in ten parts over all batches."""
        paid = [BankRow(490, memo=number, serial=f"P{batch}-{at}") for at, number in enumerate(numbers)]
        return paid + [
            BankRow(1_000 + at, payer_name="陌生单位", serial=f"S{batch}-{at}")
            for at in range(LINES - ORDERS)
        ]

    def bring(batch: int) -> None:
        with db.transaction() as session:
            import_rows(session, session.get_one(Organisation, owner_id), *rows(batch))

    def match() -> None:
        while True:
            with db.transaction() as session:
                if not match_next(session, 100):
                    return

    for batch in range(KILLS):
        began = time.monotonic()
        if batch == 0:
            alone(own_database.url, lambda: bring(0)).join()
            whole = time.monotonic() - began
        else:
            kill_within(alone(own_database.url, lambda batch=batch: bring(batch)), whole * dice.random())
            assert count(Receipt) in {batch * LINES, (batch + 1) * LINES}
            alone(own_database.url, lambda batch=batch: bring(batch)).join()
        assert count(Receipt) == (batch + 1) * LINES
        kill_within(alone(own_database.url, match), whole * dice.random())
        with db.transaction() as session:
            assert open_amount_differences(session) == []
            assert receipt_differences(session) == []
            assert waiting_differences(session) == {}
        alone(own_database.url, match).join()
        with db.transaction() as session:
            assert set(session.scalars(select(SalesOrder.paid_fen))) == {490 * (batch + 1)}
        assert count(Payment) == ORDERS * (batch + 1)
    with db.transaction() as session:
        assert set(session.scalars(select(SalesOrder.payment_state))) == {"paid"}
        assert set(session.scalars(select(Receipt.state))) == {"settled", "parked"}
