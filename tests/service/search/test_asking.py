"""What a question is answered with, on PostgreSQL: constraints, order, corrections, suggestions, bounded work."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import text as sql

from marketplace.catalogue.service import listings
from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid
from search.engines.postgresql import PostgresqlEngine
from search.service import suggest
from search.sync.rebuild import rebuild
from tests.catalogue_world import World
from tests.support import searching
from tests.support.searching import ask, names, orchard, put_on_sale, statements, sync_all

pytestmark = pytest.mark.usefixtures("database")


SYSTEM = system_actor()


def test_a_region_that_is_named_is_a_constraint_and_said_to_be_one() -> None:
    orchard()
    found = ask("梅州 柚子")
    assert (sorted(names(found)[:2]), names(found)[2:]) == (["大埔蜜柚", "梅县金柚"], ["金柚啤酒"])
    assert (found.places, found.engine, found.degraded) == (("梅州",), "postgresql", False)
    assert {item["origin_area"][:4] for item in found.items} == {"4414"}


def test_a_place_grown_together_with_goods_puts_the_same_goods_from_elsewhere_below() -> None:
    orchard()
    found = ask("梅州柚子")
    assert [item["match"] for item in found.items] == ["exact"] * 3 + ["related"]
    assert names(found)[-1] == "容县沙田柚"
    assert (found.total, found.exact_total) == (4, 3)
    scores = [item["score"] for item in found.items]
    assert scores == sorted(scores, reverse=True)
    assert scores[2] >= 1_000 > scores[3]


@pytest.mark.parametrize("size", ["5斤", "2.5kg", "2500克"])
def test_a_size_that_is_named_is_a_constraint(size: str) -> None:
    orchard()
    assert sorted(names(ask(f"柚子 {size}"))) == ["容县沙田柚", "梅县金柚"]


def test_what_sounds_the_same_is_searched_instead_and_said(database: db.Database) -> None:
    orchard()
    found = ask("金友")
    assert found.corrected == "金柚"
    assert names(found)[0] == "梅县金柚"
    assert ask("金柚").corrected is None


def test_what_is_not_on_sale_stays_empty_and_what_would_have_hits_is_offered_apart() -> None:
    orchard()
    found = ask("北京 柚子", facets=("category",))
    assert (found.total, list(found.items), found.may_mean, found.next_after) == (0, [], ("柚子",), None)
    assert dict(found.facets) == {"category": ()}
    assert ask("榴莲").items == []
    assert ask("柚子").may_mean == ()


@pytest.mark.parametrize("text", ["***???", "%_%", "🍊", "' OR 1=1 --", "&|!<->", "りんご"])
def test_a_text_that_nothing_can_be_found_by_finds_nothing(text: str) -> None:
    orchard()
    found = ask(text)
    assert (found.total, found.items) == (0, [])
    assert ask("").total == 5


def test_every_sort_has_its_order_and_lists_only_what_answers() -> None:
    with transaction() as session:
        hall = World(session).channel().id
    dear = put_on_sale("绿茶甲", 9_000, channel=hall, category_code="030101", net_weight_g=500)
    cheap = put_on_sale("绿茶乙", 3_000, channel=hall, category_code="030101", net_weight_g=500)
    unweighed = put_on_sale(
        "绿茶丙", 1_000, channel=hall, category_code="030101", net_weight_g=None, spec="1份"
    )
    put_on_sale("红茶", 1_000, channel=hall, category_code="030102")
    sync_all()
    with transaction() as session:
        for goods, sales, households, newest in ((dear, 5, 9, 1), (cheap, 90, 4, 3), (unweighed, 20, 0, 2)):
            session.execute(
                sql(
                    "UPDATE search.document SET sales_fen = :sales, households = :households, newest_ms = :newest"
                    " WHERE product_no = :no"
                ),
                {"sales": sales, "households": households, "newest": newest, "no": goods.product_no},
            )
    orders = {sort: "".join(name[-1] for name in names(ask("绿茶", sort=sort))) for sort in SORTS}
    assert orders == SORTS


SORTS = {"sales": "乙丙甲", "price": "乙甲丙", "-price": "丙甲乙", "newest": "乙丙甲", "households": "甲乙丙"}


def test_suggestions_are_words_of_what_is_on_sale_now() -> None:
    made = orchard()
    assert "金柚" in suggest("jiny")
    assert "梅县金柚" in suggest("meix")
    assert "梅县金柚" in suggest("梅县")
    assert "梅县金柚" in suggest("mxjy")
    with transaction() as session:
        goods = made["梅县金柚"]
        listings.change_state(session, SYSTEM, searching.listing(session, goods), "delisted", "停售")
    sync_all()
    assert "梅县金柚" not in suggest("梅县") + suggest("mxjy")
    assert suggest("") == suggest("%") == suggest("'") == []


def test_suggestions_go_on_while_words_are_counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    orchard()
    engine = PostgresqlEngine()
    heard: list[list[str]] = []
    monkeypatch.setattr(engine, "write", lambda _: heard.append(suggest("容县")))
    with transaction() as session:
        session.execute(sql("UPDATE search.term SET documents = 0"))
    assert "容县沙田柚" in suggest("容县")
    rebuild(engine)
    assert heard
    assert all("容县沙田柚" in words for words in heard)


def test_a_search_with_few_hits_is_three_statements(database: db.Database) -> None:
    orchard()
    with statements(database) as sent:
        found = ask("梅州 柚子", facets=("category", "origin", "goods_class", "mark", "price", "stock"))
    assert len(found.items) == 3
    assert len(sent) == 3, "\n".join(sent)  # the hits; with related goods, as they are few; what is shown
    with statements(database) as sent:
        ask("柚子", facets=("category", "stock"), category="01", listing={"in_stock": True})
    assert len(sent) == 7, "\n".join(sent)  # two facets have a filter of their own


STORMS = {
    "letters": " ".join(
        "".join(letters) for letters in itertools.islice(itertools.permutations("aeoubmdnz"), 20)
    ),
    "syllables": "ma" * 100,
    "initials": "qzjxgkhw" * 25,
    "unknown words": "".join(chr(0x4E00 + 37 * number) for number in range(200)),
    "trade words": ("番薯金柚腐竹百香果绿茶红茶大米米粉蜂蜜荔枝" * 9)[:200],
    "places": ("梅州广州深圳北京上海湖南湖北" * 15)[:200],
    "unknown words apart": " ".join(chr(0x4E00 + 37 * number) + "龘" for number in range(66)),
    "sizes": "5斤" * 100,
    "signs": "*?" * 100,
}


@pytest.mark.parametrize("storm", STORMS)
def test_no_text_costs_more_than_a_bounded_number_of_statements(database: db.Database, storm: str) -> None:
    orchard()
    with statements(database) as sent:
        ask(STORMS[storm], facets=("category", "stock"), category="01", listing={"in_stock": True})
    assert len(sent) <= 72, storm


def test_a_query_of_the_greatest_length_is_answered_and_one_more_is_refused() -> None:
    orchard()
    assert ask("柚" * 200).total == 4
    with pytest.raises(Invalid) as refused:
        ask("柚" * 201)
    assert refused.value.code == "query_too_long"
    with pytest.raises(Invalid):
        suggest("柚" * 201)
