"""What a question is answered with, on PostgreSQL: constraints, order, filters, facets, pages, and rows that changed since."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from sqlalchemy import text as sql

from marketplace.catalogue.service import listings, prices
from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid
from search.engines.postgresql import PostgresqlEngine
from search.service import ask as asking
from search.service import suggest
from search.sync.rebuild import rebuild
from tests.catalogue_world import World
from tests.support import searching
from tests.support.households import helped_product
from tests.support.searching import Goods, Remote, ask, names, pages, put_on_sale, statements, sync_all

pytestmark = pytest.mark.usefixtures("database")
SYSTEM = system_actor()
MEIZHOU, GUANGXI = "441403", "450923"


def orchard() -> dict[str, Goods]:
    """Pomelos and what is near them."""
    made = {
        "梅县金柚": put_on_sale("梅县金柚", category_code="010101", origin_area=MEIZHOU, spec="5斤/箱"),
        "大埔蜜柚": put_on_sale(
            "大埔蜜柚", category_code="010101", origin_area="441422", spec="10斤/箱", net_weight_g=5_000
        ),
        "容县沙田柚": put_on_sale("容县沙田柚", category_code="010101", origin_area="450921", spec="5斤/箱"),
        "金柚啤酒": put_on_sale(
            "金柚啤酒", category_code="110101", origin_area=MEIZHOU, spec="500ml/瓶", net_weight_g=500
        ),
        "客家娘酒": put_on_sale(
            "客家娘酒", category_code="110101", origin_area=MEIZHOU, spec="500ml/瓶", net_weight_g=500
        ),
    }
    sync_all()
    return made


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


def test_filters_on_channel_price_and_stock_match_one_and_the_same_listing() -> None:
    goods = put_on_sale("绿茶", 5_000, units=0, net_weight_g=500, category_code="030101")
    with transaction() as session:
        world = World(session)
        counter = world.channel("counter")
        offer = world.offer(searching.product(session, goods), 9_000)
        second = world.listing(counter, offer, 5)
        counter_id, second_id = counter.id, second.id
    sync_all()

    def best(**listing: Any) -> list[Any]:
        return [item["listing"]["id"] for item in ask("绿茶", listing=listing).items]

    hall_id, first = goods.channel_id, goods.listing_id
    assert best() == [second_id]  # in stock comes first
    assert best(channel_id=hall_id) == [first]
    assert best(channel_id=counter_id) == [second_id]
    assert best(channel_id=hall_id, in_stock=True) == []
    assert best(channel_id=counter_id, price_per_500g_to_fen=6_000) == []
    assert best(price_per_500g_to_fen=6_000) == [first]
    assert best(price_per_500g_to_fen=6_000, in_stock=True) == []
    assert best(price_per_500g_from_fen=9_000, in_stock=True, channel_kind="counter") == [second_id]
    assert best(channel_kind="hall_online", in_stock=False) == [first]


def test_the_best_listing_is_in_stock_then_aid_then_cheap() -> None:
    goods = put_on_sale("百香果", 5_000, certified=True, units=5)
    sync_all()
    [item] = ask("百香果").items
    assert (item["listing"]["id"], item["listing"]["goods_class"]) == (goods.listing_id, "certified_aid")
    with transaction() as session:
        world = World(session)
        cheaper = world.listing(world.channel(), world.offer(searching.product(session, goods), 4_000), 5)
        dearer = world.listing(world.channel(), world.offer(searching.product(session, goods), 6_000), 5)
        cheaper_id, dearer_id = cheaper.id, dearer.id
    sync_all()
    assert ask("百香果").items[0]["listing"]["id"] == cheaper_id
    with transaction() as session:
        session.execute(
            sql(
                "UPDATE search.document_listing SET goods_class = 'ordinary', aid_until = NULL WHERE listing_id <> :id"
            ),
            {"id": dearer_id},
        )
    assert ask("百香果").items[0]["listing"]["id"] == dearer_id
    assert ask("百香果", sort="price").items[0]["listing"]["id"] == cheaper_id


def market() -> None:
    put_on_sale(
        "绿茶甲", 2_000, certified=True, category_code="030101", quality_marks=["organic"], net_weight_g=500
    )
    put_on_sale("绿茶乙", 4_000, category_code="030101", kind="counter", units=0, net_weight_g=500)
    put_on_sale("百香果", 700, category_code="010304", origin_area="440106", net_weight_g=500)
    helped_product(4)
    sync_all()


@pytest.mark.parametrize(
    ("filters", "listing", "expected"),
    [
        ({"category": "03"}, {}, "绿茶甲 绿茶乙"),
        ({"category": "0103"}, {}, "百香果"),
        ({"category": "010101"}, {}, "金柚"),
        ({"origin": "440000"}, {}, "百香果 金柚"),
        ({"origin": "441400"}, {}, "金柚"),
        ({"origin": "000000"}, {}, "百香果 绿茶甲 绿茶乙 金柚"),
        ({"mark": "organic"}, {}, "绿茶甲"),
        ({"scheme": "national_2020"}, {}, "绿茶甲"),
        ({"mode": "sales_rebate"}, {}, "金柚"),
        ({}, {"is_aid": True}, "绿茶甲"),
        ({}, {"is_aid": False}, "百香果 绿茶乙 金柚"),
        ({}, {"channel_kind": "counter"}, "绿茶乙"),
        ({}, {"in_stock": False}, "绿茶乙"),
        ({}, {"price_per_500g_from_fen": 701, "price_per_500g_to_fen": 2_000}, "绿茶甲 金柚"),
        ({"category": "03", "mark": "organic"}, {"in_stock": False}, ""),
    ],
)
def test_every_filter_keeps_what_satisfies_it(
    filters: dict[str, Any], listing: dict[str, Any], expected: str
) -> None:
    market()
    assert sorted(names(ask("", listing=listing, **filters))) == sorted(expected.split())
    assert ask("", listing=listing, **filters).total == len(expected.split())


def test_facets_count_products_and_leave_their_own_filter_out() -> None:
    market()
    found = ask("绿茶", facets=FACETS, listing={"in_stock": True}, category="0301").facets
    assert found["stock"] == (("no", 1), ("yes", 1))
    assert found["category"] == (("03", 1),)
    assert found["channel_kind"] == (("hall_online", 1),)
    assert found["goods_class"] == (("certified_aid", 1),)
    assert (found["mark"], found["scheme"], found["mode"]) == ((("organic", 1),), (("national_2020", 1),), ())
    assert found["price"] == (("2000-5000", 1),)
    everything = ask("", facets=("category", "origin", "mode", "goods_class", "price")).facets
    assert everything["category"] == (("01", 2), ("03", 2))
    assert everything["origin"] == (("440000", 2), ("460000", 2))
    assert everything["mode"] == (("sales_rebate", 1),)
    assert everything["goods_class"] == (("area_produce", 2), ("certified_aid", 1), ("ordinary", 1))
    assert everything["price"] == (("500-1000", 2), ("2000-5000", 2)) or everything["price"] == (
        ("2000-5000", 2),
        ("500-1000", 2),
    )


FACETS = ("category", "stock", "channel_kind", "goods_class", "mark", "scheme", "mode", "price")


def test_pages_hold_everything_once_though_goods_come_and_change_between_them() -> None:
    made = {
        f"绿茶{number:02d}号": put_on_sale(f"绿茶{number:02d}号", category_code="030101")
        for number in range(12)
    }
    sync_all()
    seen: list[str] = []
    for turn, page in enumerate(pages("绿茶", size=2)):
        seen += names(page)
        with transaction() as session:
            changed = made[f"绿茶{11 - turn:02d}号"]
            prices.set_price(session, SYSTEM, searching.listing(session, changed), 6_000 + turn, None)
        put_on_sale(f"新绿茶{turn}", category_code="030101")
        sync_all()
    assert len(seen) == len(set(seen))
    assert set(made) <= set(seen)


@pytest.mark.parametrize("sort", ["relevance", "sales", "price", "-price", "newest", "households"])
def test_every_sort_can_be_paged(sort: str) -> None:
    orchard()
    whole = names(ask("柚子", sort=sort))
    assert len(whole) == 4
    assert [name for page in pages("柚子", sort=sort) for name in names(page)] == whole


def test_related_goods_of_a_query_without_a_kind_are_on_later_pages_too() -> None:
    put_on_sale("博君普洱茶", category_code="030103")
    for number in range(4):
        put_on_sale(f"勐海普洱茶{number}号", category_code="030103")
    sync_all()
    whole = ask("博君")
    assert len(whole.items) == 5
    assert [item["match"] for item in whole.items] == ["exact"] + ["related"] * 4
    found = list(pages("博君", size=2))
    assert [name for page in found for name in names(page)] == names(whole)
    assert [(page.total, page.exact_total) for page in found] == [(5, 1)] * 3


def test_what_is_gone_since_is_not_shown_and_the_page_is_filled_up() -> None:
    made = [put_on_sale(f"绿茶{number:02d}号", category_code="030101") for number in range(10)]
    sync_all()
    with transaction() as session:
        for goods in made[:6]:
            listings.change_state(session, SYSTEM, searching.listing(session, goods), "delisted", "停售")
        searching.product(session, made[6]).status = "withdrawn"
    page = ask("绿茶", size=2)
    assert names(page) == ["绿茶07号", "绿茶08号"]
    assert [names(one) for one in pages("绿茶", size=2)] == [["绿茶07号", "绿茶08号"], ["绿茶09号"]]


def test_however_many_are_gone_in_a_row_the_rest_can_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "WIDER", 3)
    with transaction() as session:
        shut = World(session).channel().id
    for number in range(30):
        put_on_sale(f"绿茶{number:02d}号", channel=shut, category_code="030101")
    put_on_sale("绿茶98号", category_code="030101")
    put_on_sale("绿茶99号", category_code="030101")
    sync_all()
    with transaction() as session:
        session.execute(
            sql("UPDATE catalogue.channel SET closed_on = '2020-10-01' WHERE id = :id"), {"id": shut}
        )
    found = list(pages("绿茶", size=1))
    assert [name for page in found for name in names(page)] == ["绿茶98号", "绿茶99号"]
    assert len(found) < 8


def test_a_price_that_changed_since_is_shown_as_it_is_now_and_filtered_by() -> None:
    goods = put_on_sale("绿茶", 5_000, net_weight_g=500, category_code="030101")
    sync_all()
    with transaction() as session:
        prices.set_price(session, SYSTEM, searching.listing(session, goods), 8_000, None)
    [item] = ask("绿茶").items
    assert (item["listing"]["price_fen"], item["listing"]["price_per_500g_fen"]) == (8_000, 8_000)
    assert ask("绿茶", listing={"price_per_500g_to_fen": 6_000}).items == []
    sync_all()
    assert names(ask("绿茶", listing={"price_per_500g_from_fen": 7_000})) == ["绿茶"]


def test_a_certificate_that_was_revoked_since_shows_nowhere() -> None:
    goods = put_on_sale("百香果", certified=True)
    sync_all()
    assert names(ask("百香果", scheme="national_2020")) == ["百香果"]
    with transaction() as session:
        session.execute(
            sql(
                "UPDATE certification.certificate SET revoked_at = :at, void_from = :at WHERE product_id = :id"
            ),
            {"id": goods.product_id, "at": "2020-09-30T00:00:00+08:00"},
        )
        listing = searching.listing(session, goods)
        listing.goods_class, listing.goods_class_reason = "area_produce", "certificate_revoked"
        listing.certificate_id, listing.aid_until = None, None
    assert ask("百香果", scheme="national_2020").items == []
    assert ask("百香果", listing={"is_aid": True}).items == []
    [item] = ask("百香果").items
    assert (item["listing"]["goods_class"], item["listing"]["certificate_id"]) == ("area_produce", None)


def test_when_the_engine_is_away_postgresql_answers_and_says_so(remote: Remote) -> None:
    orchard()
    assert (ask("柚子").engine, ask("柚子").degraded) == ("elasticsearch", False)
    whole = names(ask("柚子"))
    remote.is_away = True
    found = ask("柚子", facets=("category",))
    assert (found.engine, found.degraded, names(found)) == ("postgresql", True, whole)
    assert found.facets["category"] == (("01", 3), ("11", 1))
    assert ask("金友").corrected == "金柚"


def test_an_engine_that_dies_between_two_pages_is_followed_by_the_other(remote: Remote) -> None:
    orchard()
    whole = names(ask("柚子"))
    seen, engines = [], []
    for page in pages("柚子", size=1):
        seen += names(page)
        engines.append((page.engine, page.degraded))
        remote.is_away = True
    assert seen == whole
    assert engines == [("elasticsearch", False)] + [("postgresql", True)] * 3


def test_suggestions_are_words_of_what_is_on_sale_now() -> None:
    made = orchard()
    assert suggest("jiny")[:1] == ["金柚"] or "梅县金柚" in suggest("meix")
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


def test_a_search_with_few_hits_is_three_statements_and_two_more_for_a_facet_with_a_filter_of_its_own(
    database: db.Database,
) -> None:
    orchard()
    with statements(database) as sent:
        found = ask("梅州 柚子", facets=("category", "origin", "goods_class", "mark", "price", "stock"))
    assert len(found.items) == 3
    assert len(sent) == 3, "\n".join(sent)  # the hits; with related goods, as they are few; what is shown
    with statements(database) as sent:
        ask("柚子", facets=("category", "stock"), category="01", listing={"in_stock": True})
    assert len(sent) == 7, "\n".join(sent)


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
