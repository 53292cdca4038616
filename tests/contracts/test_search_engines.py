"""Both engines answer every question with the same hits in the same order, and keep the highest version of a document."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import pytest

from marketplace.core import db
from marketplace.core.settings import Settings
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.postgresql import PostgresqlEngine
from search.engines.protocol import AnyOf, Engine, FacetAsk, ListingFilter, Question, Token, Versioned
from tests.support import goods

QUESTIONS = range(100)
GOODS = goods.documents(7, 60)


@pytest.fixture(params=["postgresql", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def engine(request: pytest.FixtureRequest, own_database: db.Database) -> Iterator[Engine]:
    """An empty engine; Elasticsearch with three shards, so that what is added up over shards is seen."""
    if request.param == "postgresql":
        yield PostgresqlEngine()
        return
    settings = Settings(
        elasticsearch_url=request.getfixturevalue("elasticsearch_url"),
        elasticsearch_index_prefix=f"sanzhuan-test-{uuid.uuid4().hex[:8]}",
        elasticsearch_shards=3,
        elasticsearch_replicas=0,
        elasticsearch_timeout_ms=30_000,  # the machine may be busy
    )
    started = ElasticsearchEngine(settings)
    started.begin_rebuild()
    started.finish_rebuild()
    yield started
    for name in started.connection.indices(f"{started.alias}-*"):
        started.connection.delete_index(name)
    started.connection.close()


def settle(engine: Engine) -> None:
    """Let searches see what was written."""
    if isinstance(engine, ElasticsearchEngine):
        engine.connection.refresh(engine.alias)


def pages(engine: Engine, asked: Question) -> list[tuple[int, uuid.UUID, int]]:
    """All hits, page by page; a page is not too small, so that the test ends."""
    asked = dataclasses.replace(asked, size=max(asked.size, 10))
    found: list[tuple[int, uuid.UUID, int]] = []
    after = asked.after
    while True:
        answer = engine.ask(dataclasses.replace(asked, after=after, facets=()))
        found += [(hit.product_no, hit.listing_id, hit.score) for hit in answer.hits]
        if len(answer.hits) < asked.size:
            return found
        after = answer.hits[-1].key


def test_questions_of_every_kind_are_answered_as_reckoned_by_hand(engine: Engine) -> None:
    assert list(engine.write([goods.versioned(one) for one in GOODS])) == []
    settle(engine)
    seen = set()
    for seed in QUESTIONS:
        asked = goods.question(seed)
        expected = goods.expected(GOODS, asked)
        answer = engine.ask(asked)
        assert answer.total == expected["total"], seed
        assert answer.strict_total == expected["strict_total"], seed
        assert {name: tuple(values) for name, values in answer.facets.items()} == expected["facets"], seed
        assert [(hit.product_no, hit.listing_id, hit.score) for hit in answer.hits] == expected["hits"][
            : asked.size
        ]
        assert pages(engine, asked) == expected["hits"], seed
        seen.add((asked.sort, expected["total"] > expected["strict_total"], expected["total"] > asked.size))
    assert len(seen) >= 10  # related hits and several pages were among them


def test_a_listing_is_counted_by_its_class_without_certificate_from_the_day_after_its_last(
    engine: Engine,
) -> None:
    for number, name in enumerate(("area_produce", "ordinary", "area_produce")):
        listing = dataclasses.replace(
            GOODS[number].listings[0],
            goods_class="certified_aid",
            uncertified_class=name,
            aid_until=goods.TODAY,
            channel_kind="hall",
        )
        engine.write([goods.versioned(dataclasses.replace(GOODS[number], listings=(listing,)))])
    settle(engine)

    def classes(today: date, asked: ListingFilter) -> Sequence[tuple[str, int]]:
        question = Question(today=today, facets=(FacetAsk("goods_class"),), listing=asked)
        return tuple(engine.ask(question).facets["goods_class"])

    for asked in (ListingFilter(), ListingFilter(channel_kind="hall")):
        assert classes(goods.TODAY, asked) == (("certified_aid", 3),)
        assert classes(goods.TODAY + timedelta(days=1), asked) == (("area_produce", 2), ("ordinary", 1))


def test_a_lower_version_changes_nothing_and_a_removed_product_stays_away(engine: Engine) -> None:
    new, old = goods.documents(1, 1)[0], goods.documents(2, 1)[0]
    assert new != old
    engine.write([goods.versioned(new, 5)])
    engine.write([goods.versioned(old, 4)])
    assert list(engine.stored(0, 10)) == [(1, "1.5")]
    engine.write([Versioned(1, 6, "", None)])
    engine.write([goods.versioned(old, 5)])
    assert list(engine.stored(0, 10)) == []
    everything = Question(today=goods.TODAY)
    settle(engine)
    assert engine.ask(everything).total == 0
    engine.write([goods.versioned(new, 7)])
    settle(engine)
    assert [hit.product_id for hit in engine.ask(everything).hits] == [new.product_id]


def test_a_product_that_was_removed_before_it_was_ever_put_stays_away(engine: Engine) -> None:
    late, other = goods.documents(1, 2)
    engine.write([Versioned(late.product_no, 6, "", None), goods.versioned(other, 6)])
    engine.write([goods.versioned(late, 5)])
    settle(engine)
    assert list(engine.stored(0, 10)) == [(other.product_no, f"{other.product_no}.6")]
    found = engine.ask(Question(today=goods.TODAY, facets=(FacetAsk("category", 2),)))
    assert [hit.product_no for hit in found.hits] == [other.product_no]
    assert found.facets["category"] == ((other.category_code[:2], 1),)
    engine.write([goods.versioned(late, 7)])
    settle(engine)
    assert engine.ask(Question(today=goods.TODAY)).total == 2


def test_a_document_that_is_refused_is_named_and_the_others_are_written(engine: Engine) -> None:
    endless = dataclasses.replace(GOODS[1], tokens=("w:" + "柚" * 20_000,))
    written = [goods.versioned(GOODS[0], 2), goods.versioned(endless, 2), goods.versioned(GOODS[2], 2)]
    assert list(engine.write(written)) == [2]
    assert list(engine.stored(0, 3)) == [(1, "1.2"), (3, "3.2")]


def test_what_is_kept_is_read_in_order_and_in_parts(engine: Engine) -> None:
    engine.write([goods.versioned(one, 3) for one in reversed(GOODS[:25])])
    assert list(engine.stored(0, 10)) == [(n, f"{n}.3") for n in range(1, 11)]
    assert list(engine.stored(20, 10)) == [(n, f"{n}.3") for n in range(21, 26)]


def test_what_never_holds_and_what_was_never_written_is_an_honest_nothing(engine: Engine) -> None:
    engine.write([goods.versioned(GOODS[0])])
    settle(engine)
    for strict in (AnyOf(()), Token("w:没有"), Token("w:" + "柚" * 200), Token("*"), Token("w:\u202e'")):
        answer = engine.ask(Question(strict=strict, today=goods.TODAY, points=((strict, 3),)))
        assert (answer.hits, answer.total, answer.strict_total) == ((), 0, 0)
