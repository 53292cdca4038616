"""The only Elasticsearch node ends while people edit and search: PostgreSQL answers, and the backlog drains when it is back."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from marketplace.core import db
from marketplace.core.settings import Settings
from scripts.services import processes
from scripts.services.elasticsearch import Cluster
from search.engines.elasticsearch import ElasticsearchEngine
from search.sync import indexing
from search.sync.rebuild import rebuild_all
from tests.support.elasticsearch import cluster
from tests.support.searching import noted, sync_all
from tests.support.shelves import Edits, engines_of, on_sale, stock_the_shelves, when_leases_are_over

pytestmark = [pytest.mark.fault, pytest.mark.elasticsearch, pytest.mark.timeout(600)]
IN_STEP = [
    {"engine": engine, "current": True, "missing": 0, "stale": 0, "extra": 0}
    for engine in ("postgresql", "elasticsearch")
]
HERE, DEGRADED = ("elasticsearch", False), ("postgresql", True)


@pytest.fixture(scope="module")
def nodes() -> Iterator[Cluster]:
    with cluster() as started:
        yield started


@pytest.fixture
def remote(nodes: Cluster, own_database: db.Database) -> Iterator[ElasticsearchEngine]:
    """An engine of one's own in the server, which is asked first."""
    nodes.start()
    made = ElasticsearchEngine(
        Settings(
            elasticsearch_url=nodes.url,
            elasticsearch_index_prefix=f"sanzhuan-fault-{uuid.uuid4().hex[:8]}",
            elasticsearch_replicas=0,
            elasticsearch_timeout_ms=30_000,  # the machine may be busy
            elasticsearch_pause_seconds=1,
        )
    )
    with engines_of(made):
        yield made
    made.connection.close()


class Visitors:
    """Two who search all the time; what each was told, until the block ends."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.ended = threading.Event()
        self.told: list[tuple[int, str, bool, bool]] = []
        self.failed: list[BaseException] = []
        self.threads = [threading.Thread(target=self._search) for _ in range(2)]

    def __enter__(self) -> Visitors:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join()
        assert self.failed == []

    def reach(self, more: int) -> None:
        wanted, end = len(self.told) + more, time.monotonic() + 120
        while len(self.told) < wanted:
            assert time.monotonic() < end, self.told[-10:]
            assert self.failed == []
            time.sleep(0.01)

    def _search(self) -> None:
        try:
            while not self.ended.is_set():
                status, page = search(self.app)
                self.told.append((status, page["engine"], page["degraded"], page["total"] > 0))
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.failed.append(error)


def search(app: Flask) -> tuple[int, dict[str, Any]]:
    answer = app.test_client().get("/api/v1/search", query_string={"q": "绿茶", "page_size": "100"})
    page: dict[str, Any] = answer.get_json()
    return answer.status_code, page


def until_nothing_listens(port: int) -> None:
    """The process that was ended leads others, which may outlive it for a moment."""
    end = time.monotonic() + 30
    while not processes.is_free(port):
        assert time.monotonic() < end
        time.sleep(0.01)


def until_it_is_asked_again(app: Flask) -> None:
    """The breaker is open: a search that comes after its pause closes it."""
    end = time.monotonic() + 60
    while search(app)[1]["degraded"]:
        assert time.monotonic() < end
        time.sleep(0.1)


def drift(app: Flask) -> tuple[int, list[Any]]:
    """Exit code and lines of `flask search verify --json`."""
    done = app.test_cli_runner().invoke(args=["search", "verify", "--json"])
    return done.exit_code, [json.loads(line) for line in done.output.splitlines()]


def assert_found(app: Flask, by: tuple[str, bool]) -> None:
    """A search has exactly what is on sale, and says who answered."""
    status, page = search(app)
    assert (status, page["engine"], page["degraded"], page["total"]) == (200, *by, on_sale())
    assert len(page["items"]) == page["total"] > 0


@pytest.mark.parametrize("end", ["killed", "stopped"])
def test_a_server_that_ends_costs_no_search_and_its_backlog_drains(
    app: Flask, nodes: Cluster, remote: ElasticsearchEngine, end: str
) -> None:
    goods = stock_the_shelves()
    rebuild_all(lambda _: None)
    sync_all()
    assert drift(app) == (0, IN_STEP)
    assert_found(app, HERE)
    [node] = nodes.nodes
    with Edits(goods) as edits:
        with Visitors(app) as before:
            before.reach(4)
            (nodes.kill if end == "killed" else nodes.stop_node)(node)
            until_nothing_listens(node.http_port)
            before.reach(4)
        with Visitors(app) as visitors:
            edits.reach(30)
            visitors.reach(10)
            indexing.sync()  # one round: with edits going on there is always something noted
            edits.reach(10)
    assert {told[0] for told in before.told} == {200}
    assert {told[1:3] for told in before.told} == {HERE, DEGRADED}
    assert {told[3] for told in before.told} == {True}
    assert set(visitors.told) == {(200, *DEGRADED, True)}
    sync_all()
    assert (noted("postgresql"), len(noted("elasticsearch")) >= 40) == ([], True)
    assert_found(app, DEGRADED)
    nodes.start_node(node)
    when_leases_are_over()
    assert noted() == noted("elasticsearch") == []
    assert drift(app) == (0, IN_STEP)
    until_it_is_asked_again(app)
    assert_found(app, HERE)
