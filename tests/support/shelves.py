"""A full shop that is edited all the time, for tests that break what keeps the index in step."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text as sql

from marketplace.app import compose
from marketplace.catalogue.service import listings, prices
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, utcnow
from marketplace.core.db import transaction
from marketplace.producers.models import Producer
from marketplace.producers.service import products
from search.engines.postgresql import PostgresqlEngine
from search.engines.protocol import Engine
from search.engines.registry import Engines, alone, install
from search.sync import indexing
from tests.catalogue_world import World
from tests.support import searching
from tests.support.searching import Goods, editor, sync_all
from wsgi import FEATURES

PRODUCTS: Final = 60
SYSTEM: Final = system_actor()


@contextmanager
def engines_of(*more: Engine) -> Iterator[PostgresqlEngine]:
    """PostgreSQL and whatever else follows the rows within the block; the last one is asked."""
    compose(FEATURES)
    embedded = PostgresqlEngine()
    install(Engines((embedded, *more), more[-1] if more else embedded, embedded))
    try:
        yield embedded
    finally:
        install(alone(embedded))


def stock_the_shelves() -> list[Goods]:
    """Sixty green teas on sale."""
    made = []
    with transaction() as session:
        world = World(session)
        channel = world.channel()
        producer = world.producer()
        for number in range(PRODUCTS):
            product = world.product(producer, name=f"绿茶{number:02d}号", category_code="030101")
            listing = world.listing(channel, world.offer(product), 5)
            made.append(Goods(product.id, product.product_no, listing.id, channel.id))
    return made


class Edits:
    """Prices, pauses, returns and descriptions of random goods, one transaction each, until the block ends."""

    def __init__(self, goods: list[Goods]) -> None:
        self.goods = goods
        self.dice = random.Random(20201017)
        self.ended = threading.Event()
        self.made = 0
        self.failed: list[BaseException] = []
        self.thread = threading.Thread(target=self._run)

    def __enter__(self) -> Edits:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()
        assert self.failed == []

    def reach(self, more: int) -> None:
        """Wait until so many more were made."""
        wanted, end = self.made + more, time.monotonic() + 60
        while self.made < wanted:
            assert time.monotonic() < end
            assert self.failed == []
            time.sleep(0.01)

    def _run(self) -> None:
        try:
            while not self.ended.is_set():
                with transaction() as session:
                    self._edit(session, self.dice.choice(self.goods))
                self.made += 1
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.failed.append(error)

    def _edit(self, session: Any, goods: Goods) -> None:
        row = searching.listing(session, goods)
        kind = self.dice.choice(("price", "state", "description"))
        if kind == "price":
            prices.set_price(session, SYSTEM, row, self.dice.randrange(1_000, 9_000), None)
        elif kind == "state":
            listings.change_state(
                session, SYSTEM, row, "paused" if row.state == "listed" else "listed", "盘点"
            )
        else:
            product = searching.product(session, goods)
            owner = editor(session.get_one(Producer, product.producer_id))
            said = {"description": f"第{self.dice.randrange(1_000)}批"}
            products.amend(session, owner, product.id, said, product.row_version)


def when_leases_are_over() -> None:
    """Do everything that is noted, as if those who had it in hand, and the longest pause, were long gone."""
    with frozen_at(utcnow() + indexing.LEASE + timedelta(seconds=indexing.LONGEST_WAIT_SECONDS)):
        sync_all()


def on_sale() -> int:
    """How many listings are open."""
    with transaction() as session:
        return session.scalar(sql("SELECT count(*) FROM catalogue.listing WHERE state = 'listed'")) or 0
