"""An Elasticsearch that takes connections and never answers: few searches wait for it, all of them are answered."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.core.settings import Settings
from search.engines.breaker import Breaker
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.postgresql import PostgresqlEngine
from search.engines.registry import Engines, install
from tests.catalogue_world import NOON
from tests.support.searching import ask, put_on_sale, sync_all

FAILURES = 3
PAUSE_SECONDS = 10
FROM_POSTGRESQL = ("postgresql", True, 1)


class Hanging:
    """A server on loopback that reads every request and keeps silent; `requests` are their first lines."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.requests: list[str] = []
        self.held: list[socket.socket] = []
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def asked(self, times: int) -> list[str]:
        """What came, once as much came as told: the last reader may be behind."""
        end = time.monotonic() + 30
        while len(self.requests) < times and time.monotonic() < end:
            time.sleep(0.01)
        return self.requests

    def stop(self) -> None:
        """End it; its clients have closed their connections."""
        self.listening.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        for opened in (self.listening, *self.held):
            opened.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            self.held.append(connection)
            reader = threading.Thread(target=self._read, args=(connection,))
            self.threads.append(reader)
            reader.start()

    def _read(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            for line in lines:
                if line.endswith(b"HTTP/1.1\r\n"):
                    self.requests.append(line.split(b" HTTP")[0].decode())


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    server = Hanging()
    yield server
    server.stop()


class Hands:
    """The hands of a clock."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock(hanging: Hanging, own_database: db.Database) -> Iterator[Hands]:
    """The breaker's clock; one green tea is on sale, and the server that hangs is asked first."""
    put_on_sale("绿茶")
    sync_all()
    remote = ElasticsearchEngine(Settings(elasticsearch_url=hanging.url, elasticsearch_timeout_ms=200))
    assert (remote.breaker.failures, remote.breaker.pause_seconds) == (FAILURES, PAUSE_SECONDS)
    hands = Hands()
    remote.breaker = Breaker("elasticsearch", failures=FAILURES, pause_seconds=PAUSE_SECONDS, clock=hands)
    embedded = PostgresqlEngine()
    install(Engines((embedded,), remote, embedded))
    yield hands
    remote.connection.close()


def asked(_: object = None) -> tuple[str, bool, int]:
    with frozen_at(NOON):
        found = ask("绿茶")
    return found.engine, found.degraded, found.total


def test_a_server_that_hangs_is_asked_three_times_and_then_left_alone(hanging: Hanging, clock: Hands) -> None:
    assert {asked() for _ in range(10)} == {FROM_POSTGRESQL}
    assert hanging.asked(FAILURES) == ["POST /sanzhuan-products/_msearch"] * FAILURES


def test_after_the_pause_one_of_many_threads_tries(hanging: Hanging, clock: Hands) -> None:
    for _ in range(FAILURES):
        asked()
    clock.seconds += PAUSE_SECONDS - 1
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(asked, range(16))) == {FROM_POSTGRESQL}
        assert len(hanging.asked(FAILURES)) == FAILURES
        clock.seconds += 1
        assert set(threads.map(asked, range(16))) == {FROM_POSTGRESQL}
        assert len(hanging.asked(FAILURES + 1)) == FAILURES + 1
        clock.seconds += PAUSE_SECONDS
        assert set(threads.map(asked, range(16))) == {FROM_POSTGRESQL}
        assert len(hanging.asked(FAILURES + 2)) == FAILURES + 2
