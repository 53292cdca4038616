"""What only Elasticsearch has: an alias swapped in one step, rebuilds beside edits, refusals of single documents, TLS."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator, Sequence

import pytest
from elasticsearch import Elasticsearch
from sqlalchemy import text as sql

from marketplace.core import db
from marketplace.core.db import transaction
from marketplace.core.settings import Settings
from search.engines import builds
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.protocol import EngineUnavailable, Question, Versioned
from search.engines.registry import Engines, install
from search.fingerprint import fingerprint
from search.sync.renewal import Renewal
from tests.support import goods
from tests.support.elasticsearch import cluster
from tests.support.searching import put_on_sale

pytestmark = pytest.mark.elasticsearch
GOODS = goods.documents(7, 10)
EVERYTHING = Question(today=goods.TODAY)


def settings_for(url: str) -> Settings:
    return Settings(
        elasticsearch_url=url,
        elasticsearch_index_prefix=f"sanzhuan-test-{uuid.uuid4().hex[:8]}",
        elasticsearch_replicas=0,
        elasticsearch_timeout_ms=30_000,
    )


def indices(engine: ElasticsearchEngine) -> set[str]:
    return engine.connection.indices(f"{engine.alias}-*")


@pytest.fixture
def engine(elasticsearch_url: str, own_database: db.Database) -> Iterator[ElasticsearchEngine]:
    """An engine without any index."""
    started = ElasticsearchEngine(settings_for(elasticsearch_url))
    yield started
    for name in indices(started):
        started.connection.delete_index(name)
    started.connection.close()


def build(engine: ElasticsearchEngine) -> None:
    engine.begin_rebuild()
    engine.write([goods.versioned(one) for one in GOODS])
    engine.finish_rebuild()


def test_before_the_first_rebuild_it_says_that_it_cannot_answer(engine: ElasticsearchEngine) -> None:
    assert list(engine.write([goods.versioned(GOODS[0])])) == []
    with pytest.raises(EngineUnavailable, match="index_not_found"):
        engine.ask(EVERYTHING)
    assert indices(engine) == set()


def test_a_rebuild_goes_on_beside_edits_and_is_seen_in_one_step(engine: ElasticsearchEngine) -> None:
    build(engine)
    before = indices(engine)
    engine.begin_rebuild()
    worker = ElasticsearchEngine(engine.settings)
    worker.write([goods.versioned(GOODS[0], 9)])
    engine.write([goods.versioned(one, 2) for one in GOODS[:5]])
    assert len(engine.stored(0, 100)) == 10  # the old index answers until the new one is whole
    engine.finish_rebuild()
    assert list(engine.stored(0, 100)) == [(1, "1.9"), *((n, f"{n}.2") for n in range(2, 6))]
    after = indices(engine)
    assert (len(before), len(after), before & after, builds.written()) == (1, 1, set(), sorted(after))
    assert list(worker.write([goods.versioned(GOODS[6], 10)])) == []
    assert indices(engine) == after
    worker.connection.close()


def test_an_index_written_in_many_segments_answers_from_one(engine: ElasticsearchEngine) -> None:
    engine.begin_rebuild()
    assert engine.building is not None
    for one in GOODS:
        engine.write([goods.versioned(one)])
        engine.connection.refresh(engine.building)
    assert segments(engine) > 1
    engine.finish_rebuild()
    assert (segments(engine), engine.ask(EVERYTHING).total) == (1, 10)


def test_where_merging_fails_the_new_index_answers_all_the_same(
    engine: ElasticsearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(index: str) -> None:
        raise EngineUnavailable(f"elasticsearch: timeout {index}")

    monkeypatch.setattr(engine.connection, "merge", away)
    build(engine)
    assert engine.ask(EVERYTHING).total == 10


def segments(engine: ElasticsearchEngine) -> int:
    """Of the only index, which has one shard."""
    (name,) = indices(engine)
    found = Elasticsearch(engine.settings.elasticsearch_url).indices.segments(index=name)
    (copies,) = found["indices"][name]["shards"].values()
    return sum(len(copy["segments"]) for copy in copies)


def test_what_a_crash_left_is_removed_by_the_next_rebuild(engine: ElasticsearchEngine) -> None:
    build(engine)
    live = indices(engine)
    engine.begin_rebuild()
    left = indices(engine) - live
    assert (len(left), sorted(live | left)) == (1, builds.written())
    after_crash = ElasticsearchEngine(engine.settings)
    after_crash.begin_rebuild()
    assert left & indices(engine) == set()
    with pytest.raises(RuntimeError, match="another rebuild"):
        engine.finish_rebuild()
    assert len(engine.ask(EVERYTHING).hits) == 10
    after_crash.finish_rebuild()
    assert engine.ask(EVERYTHING).total == 0
    assert builds.written() == sorted(indices(engine))
    after_crash.connection.close()


def test_a_crash_after_the_swap_keeps_the_index_that_answers(engine: ElasticsearchEngine) -> None:
    build(engine)
    (old,) = indices(engine)
    engine.begin_rebuild()
    assert engine.building is not None
    new = engine.building
    engine.write([goods.versioned(GOODS[0], 2)])
    engine.connection.refresh(new)
    engine.connection.point(engine.alias, new, [old])  # and here the process dies
    again = ElasticsearchEngine(engine.settings)
    again.begin_rebuild()
    assert old not in indices(engine)
    assert new in builds.written()
    assert [hit.product_no for hit in again.ask(EVERYTHING).hits] == [1]
    again.connection.close()


def test_an_index_of_another_release_is_built_anew_beside_the_one_that_answers(
    engine: ElasticsearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_sale("绿茶")
    install(Engines((engine,), engine, engine))
    assert (engine.built_with(), Renewal().run()) == (None, 1)
    first = indices(engine)
    with transaction() as session:
        session.execute(sql("UPDATE search.index_build SET analysis = 'other'"))
    answered: list[tuple[int, int]] = []
    write = engine.write

    def asked_meanwhile(documents: Sequence[Versioned]) -> Sequence[int]:
        answered.append((engine.ask(EVERYTHING).total, len(indices(engine))))
        return write(documents)

    with monkeypatch.context() as patched:
        patched.setattr(engine, "write", asked_meanwhile)
        assert (Renewal().run(), Renewal().run()) == (1, 0)
    assert answered == [(1, 2)]
    assert (engine.built_with(), engine.ask(EVERYTHING).total) == (fingerprint(), 1)
    assert (len(indices(engine)), first & indices(engine)) == (1, set())
    for name in indices(engine):
        engine.connection.delete_index(name)  # a new, empty cluster
    assert (engine.built_with(), Renewal().run(), len(engine.stored(0, 9))) == (None, 1, 1)


def test_a_write_never_makes_an_index_that_is_gone(engine: ElasticsearchEngine) -> None:
    build(engine)
    (name,) = indices(engine)
    engine.connection.delete_index(name)
    with pytest.raises(EngineUnavailable, match="rebuild makes a new one"):
        engine.write([goods.versioned(GOODS[0], 3)])
    assert indices(engine) == set()
    build(engine)
    assert engine.ask(EVERYTHING).total == 10


def test_a_document_that_is_refused_is_named_and_the_others_are_written(engine: ElasticsearchEngine) -> None:
    build(engine)
    endless = dataclasses.replace(GOODS[1], tokens=("w:" + "柚" * 20_000,))  # longer than any term may be
    written = [goods.versioned(GOODS[0], 2), goods.versioned(endless, 2), goods.versioned(GOODS[2], 2)]
    assert list(engine.write(written)) == [2]
    assert list(engine.stored(0, 3)) == [(1, "1.2"), (2, "2.1"), (3, "3.2")]


def test_a_server_that_is_away_is_said_to_be_away(engine: ElasticsearchEngine) -> None:
    nobody = ElasticsearchEngine(dataclasses.replace(engine.settings, elasticsearch_url="http://127.0.0.1:9"))
    with pytest.raises(EngineUnavailable, match="ConnectionError"):
        nobody.ask(EVERYTHING)
    builds.register("sanzhuan-test-x", "")
    with pytest.raises(EngineUnavailable, match="ConnectionError"):
        nobody.write([goods.versioned(GOODS[0])])
    nobody.connection.close()
    builds.keep_only(set())


def test_tls_and_an_account_with_the_least_rights_are_enough_for_everything(
    own_database: db.Database,
) -> None:
    with cluster(password="geheim-12345") as secured:
        trusted = dataclasses.replace(
            settings_for(secured.url),
            elasticsearch_username="sanzhuan",
            elasticsearch_password="geheim-12345",
            elasticsearch_ca_file=str(secured.ca_file),
        )
        engine = ElasticsearchEngine(trusted)
        build(engine)
        build(engine)
        assert (engine.ask(EVERYTHING).total, len(indices(engine))) == (10, 1)
        refusals = {
            "AuthenticationException": dataclasses.replace(trusted, elasticsearch_password="falsch"),
            "security_exception": dataclasses.replace(
                trusted, elasticsearch_username="", elasticsearch_password=""
            ),
            "TlsError": dataclasses.replace(trusted, elasticsearch_ca_file=""),
        }
        for reason, settings in refusals.items():
            refused = ElasticsearchEngine(settings)
            with pytest.raises(EngineUnavailable) as said:
                refused.ask(EVERYTHING)
            assert reason in f"{said.value} {type(said.value.__cause__).__name__}"
            refused.connection.close()
        other = ElasticsearchEngine(dataclasses.replace(trusted, elasticsearch_index_prefix="others"))
        with pytest.raises(EngineUnavailable, match="403"):
            other.begin_rebuild()
        other.connection.close()
        engine.connection.close()
