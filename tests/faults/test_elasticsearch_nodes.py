"""Three real Elasticsearch nodes, one of them killed under reads and writes: nothing acknowledged is lost, no search fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from marketplace.core import db
from marketplace.core.settings import Settings
from scripts.services.elasticsearch import Cluster, Node
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.protocol import EngineUnavailable, Question
from tests.support import goods
from tests.support.elasticsearch import cluster

pytestmark = [pytest.mark.fault, pytest.mark.elasticsearch, pytest.mark.timeout(900)]
GOODS = goods.documents(3, 60)
EVERYTHING = Question(today=goods.TODAY)


@pytest.fixture(scope="module")
def nodes() -> Iterator[Cluster]:
    with cluster(nodes=3) as started:
        yield started


@pytest.fixture
def engine(nodes: Cluster, own_database: db.Database) -> Iterator[ElasticsearchEngine]:
    """An index of three shards with a replica each, whole before anything is broken."""
    nodes.start()
    made = ElasticsearchEngine(
        Settings(
            elasticsearch_url=nodes.url,
            elasticsearch_index_prefix="sanzhuan-fault",
            elasticsearch_shards=3,
            elasticsearch_replicas=1,
            elasticsearch_timeout_ms=30_000,  # the bound of trying again
        )
    )
    made.begin_rebuild()
    made.write([goods.versioned(one) for one in GOODS])
    made.finish_rebuild()
    green(nodes)
    yield made
    made.connection.close()


def green(nodes: Cluster) -> None:
    end = time.monotonic() + 120
    alive = next(node for node in nodes.nodes if node.pid)
    while nodes.get(alive, "/_cluster/health")["status"] != "green":
        assert time.monotonic() < end
        time.sleep(0.2)


class Load:
    """One writer that keeps what was acknowledged, two readers; until the block ends."""

    def __init__(self, engine: ElasticsearchEngine) -> None:
        self.engine = engine
        self.ended = threading.Event()
        self.acknowledged: dict[int, int] = {}
        self.writes = 0
        self.put_off = 0
        self.searches = 0
        self.wrong: list[str] = []
        self.threads = [threading.Thread(target=one) for one in (self._write, self._read, self._read)]

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def _write(self) -> None:
        version = 1
        while not self.ended.is_set():
            version += 1
            one = GOODS[version % len(GOODS)]
            try:
                assert list(self.engine.write([goods.versioned(one, version)])) == []
            except EngineUnavailable:
                self.put_off += 1  # the caller keeps the change and comes again
            else:
                self.acknowledged[one.product_no] = version
                self.writes += 1

    def _read(self) -> None:
        while not self.ended.is_set():
            try:
                total = self.engine.ask(EVERYTHING).total
            except EngineUnavailable as error:
                self.wrong.append(str(error))
            else:
                self.searches += 1
                if total != len(GOODS):
                    self.wrong.append(f"{total} products")


def break_under_load(engine: ElasticsearchEngine, nodes: Cluster, victim: Node) -> Load:
    """Kill a node with writes acknowledged before and after it, and searches answered before and after it."""
    with Load(engine) as load:
        reach(load, 20)
        nodes.kill(victim)
        reach(load, 40)
    return load


def reach(load: Load, more: int) -> None:
    writes, searches = load.writes + more, load.searches + more
    end = time.monotonic() + 120
    while load.searches < searches or load.writes < writes:
        assert time.monotonic() < end, (load.searches, load.writes, load.put_off, load.wrong)
        time.sleep(0.05)


def assert_nothing_lost(engine: ElasticsearchEngine, load: Load) -> None:
    kept = {number: int(digest.split(".")[1]) for number, digest in engine.stored(0, 1_000)}
    assert sorted(kept) == [one.product_no for one in GOODS]
    assert {number: version for number, version in load.acknowledged.items() if kept[number] < version} == {}
    assert load.wrong == []


@pytest.mark.parametrize("role", ["data node", "master"])
def test_a_killed_node_costs_neither_a_change_nor_a_search(
    nodes: Cluster, engine: ElasticsearchEngine, role: str
) -> None:
    master = nodes.master()
    victim = master if role == "master" else next(node for node in nodes.nodes if node is not master)
    load = break_under_load(engine, nodes, victim)
    assert_nothing_lost(engine, load)
    nodes.start_node(victim)
    green(nodes)
    assert_nothing_lost(engine, load)
