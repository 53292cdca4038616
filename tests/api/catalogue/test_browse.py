"""GET /listings: filters, sorts, pages, and what is shown of a certificate that has ended."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from marketplace.catalogue.service import browse, listings, prices
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import Database, transaction
from tests.catalogue_world import NOON, World


def found(client: FlaskClient, **question: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/listings", query_string=question)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def titles(client: FlaskClient, **question: Any) -> list[str]:
    return [item["title"] for item in found(client, **question)["items"]]


@pytest.fixture
def shelf() -> dict[str, Any]:
    """Four listings: two of a hall (aid of 白沙 49.00, ordinary of 广州 30.00), two of a counter (tea 88.00, rice 30.00)."""
    with transaction() as session:
        world = World(session)
        hall, counter = (
            world.channel("hall_online", code="HALL-1"),
            world.channel("counter", code="COUNTER-1"),
        )
        goods = [
            (hall, world.certified_product(name="百香果", category_code="010304"), 4_900),
            (hall, world.product(name="矿泉水", category_code="110201", origin_area="440106"), 3_000),
            (counter, world.product(name="绿茶", category_code="030101"), 8_800),
            (counter, world.product(name="大米", category_code="040101", origin_area="441481"), 3_000),
        ]
        made = {}
        for minute, (channel, product, price) in enumerate(goods):
            with frozen_at(NOON + timedelta(minutes=minute)):
                listing = world.listing(channel, world.offer(product, price), units=minute)
            made[product.name] = listing.id
        return {"hall": hall.id, "counter": counter.id, **made}


def test_without_filters_everything_is_shown_newest_first(client: FlaskClient, shelf: dict[str, Any]) -> None:
    page = found(client)
    assert [item["title"] for item in page["items"]] == ["大米", "绿茶", "矿泉水", "百香果"]
    assert page["next_cursor"] is None


def test_an_item_says_what_a_visitor_needs(client: FlaskClient, shelf: dict[str, Any]) -> None:
    [item] = found(client, category="010304")["items"]
    ids = {name: item.pop(name) for name in ("id", "listing_no", "producer_id", "channel_id", "offer_id")}
    assert ids["id"] == str(shelf["百香果"])
    assert ids["channel_id"] == str(shelf["hall"])
    assert item == {
        "title": "百香果",
        "producer_name": "白沙演示种养专业合作社",
        "spec": "5斤/箱",
        "unit": "箱",
        "category_code": "010304",
        "origin_area": "469025",
        "price_fen": 4_900,
        "price_per_500g_fen": 980,
        "goods_class": "certified_aid",
        "goods_class_reason": None,
        "channel_kind": "hall_online",
        "in_stock": False,
        "listed_at": "2020-10-01T04:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"sort": "price"}, ["大米", "矿泉水", "百香果", "绿茶"]),
        ({"sort": "-price"}, ["绿茶", "百香果", "矿泉水", "大米"]),
        ({"sort": "name"}, ["大米", "百香果", "矿泉水", "绿茶"]),
        ({"channel": "COUNTER-1"}, ["大米", "绿茶"]),
        ({"channel_kind": "hall_online"}, ["矿泉水", "百香果"]),
        ({"channel": "NOWHERE"}, []),
        ({"category": "01"}, ["百香果"]),
        ({"category": "0103"}, ["百香果"]),
        ({"category": "010304"}, ["百香果"]),
        ({"category": "010101"}, []),
        ({"category": "03", "channel": "COUNTER-1"}, ["绿茶"]),
        ({"origin": "440000"}, ["大米", "矿泉水"]),
        ({"origin": "441400"}, ["大米"]),
        ({"origin": "000000", "channel": "HALL-1"}, ["矿泉水", "百香果"]),
        ({"aid": "true"}, ["百香果"]),
        ({"aid": "false"}, ["大米", "绿茶", "矿泉水"]),
        ({"price_from_fen": 4_900}, ["绿茶", "百香果"]),
        ({"price_to_fen": 4_899}, ["大米", "矿泉水"]),
        ({"price_from_fen": 3_001, "price_to_fen": 8_799}, ["百香果"]),
        ({"category": "01", "sort": "price", "origin": "460000", "aid": "true"}, ["百香果"]),
    ],
)
def test_filters_and_sorts(
    client: FlaskClient, shelf: dict[str, Any], question: dict[str, Any], expected: list[str]
) -> None:
    assert sorted(titles(client, **question)) == sorted(expected)
    if question.get("sort") not in ("price", "-price", "name"):
        assert titles(client, **question) == expected
    if question.get("sort") == "-price":
        assert [item["price_fen"] for item in found(client, **question)["items"]] == [
            8_800,
            4_900,
            3_000,
            3_000,
        ]


def test_a_channel_is_named_by_id_or_by_code(client: FlaskClient, shelf: dict[str, Any]) -> None:
    assert titles(client, channel=str(shelf["counter"])) == titles(client, channel="COUNTER-1")


@pytest.mark.parametrize("sort", list(browse.SORTS))
def test_pages_of_one_go_through_everything_once(
    client: FlaskClient, shelf: dict[str, Any], sort: str
) -> None:
    whole = [item["id"] for item in found(client, sort=sort)["items"]]
    seen, cursor = [], None
    for _ in range(4):
        page = found(client, sort=sort, page_size=1, **({"cursor": cursor} if cursor else {}))
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == whole
    assert len(set(seen)) == 4
    assert cursor is None


def test_a_cursor_of_another_sort_or_of_nobody_is_refused(client: FlaskClient, shelf: dict[str, Any]) -> None:
    cursor = found(client, sort="price", page_size=1)["next_cursor"]
    for question in ({"sort": "name", "cursor": cursor}, {"sort": "price", "cursor": "AAAA"}):
        answer = client.get("/api/v1/listings", query_string=question)
        assert (answer.status_code, answer.get_json()["code"]) == (400, "cursor")


@pytest.mark.parametrize(
    ("question", "pointer"),
    [
        ({"page_size": 0}, "/page_size"),
        ({"page_size": 101}, "/page_size"),
        ({"sort": "random"}, "/sort"),
        ({"origin": "44"}, "/origin"),
        ({"aid": "maybe"}, "/aid"),
        ({"price_from_fen": "1.5"}, "/price_from_fen"),
        ({"channel_kind": "bazaar"}, "/channel_kind"),
        ({"nonsense": "1"}, "/nonsense"),
    ],
)
def test_a_bad_question_is_refused_by_name(
    client: FlaskClient, question: dict[str, Any], pointer: str
) -> None:
    answer = client.get("/api/v1/listings", query_string=question)
    assert answer.status_code in (400, 422)
    assert answer.mimetype == "application/problem+json"
    assert pointer in answer.text


@pytest.mark.parametrize(
    ("question", "code"),
    [({"origin": "999999"}, "unknown_division"), ({"category": "99"}, "unknown_category")],
)
def test_a_word_that_names_nothing_is_refused(
    client: FlaskClient, question: dict[str, str], code: str
) -> None:
    answer = client.get("/api/v1/listings", query_string=question)
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)


def test_a_wide_category_merges_its_parts_in_order_over_pages(client: FlaskClient) -> None:
    with transaction() as session:
        world = World(session)
        channel = world.channel(code="FRUIT-1")
        for number, category in enumerate(("010101", "010304", "010401") * 3):
            product = world.product(category_code=category)
            world.listing(channel, world.offer(product, 1_000 + 10 * (number * 7 % 9)))
    seen, cursor = [], None
    for _ in range(5):
        page = found(client, channel="FRUIT-1", category="01", sort="price", page_size=2, **cursor or {})
        seen += [item["price_fen"] for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [1_000, 1_010, 1_020, 1_030, 1_040, 1_050, 1_060, 1_070, 1_080]
    assert cursor == {"cursor": None}


def test_the_day_after_a_certificate_ends_its_goods_are_not_shown_as_aid(
    client: FlaskClient, shelf: dict[str, Any]
) -> None:
    with frozen_at(shanghai(2022, 9, 11, 23, 59, 59)):
        assert titles(client, aid="true") == ["百香果"]
    with frozen_at(shanghai(2022, 9, 12)):
        assert titles(client, aid="true") == []
        [item] = found(client, category="010304")["items"]
        assert (item["goods_class"], item["goods_class_reason"]) == ("area_produce", "certificate_expired")
        shown = client.get(f"/api/v1/listings/{shelf['百香果']}").get_json()
        assert (shown["goods_class"], shown["aid_until"]) == ("area_produce", "2022-09-11")


def test_what_is_paused_is_not_shown(client: FlaskClient, shelf: dict[str, Any]) -> None:
    with transaction() as session:
        listing = listings.get_listing(session, shelf["绿茶"])
        listings.change_state(session, system_actor(), listing, "paused", "缺货")
    assert titles(client, channel="COUNTER-1") == ["大米"]
    assert client.get(f"/api/v1/listings/{shelf['绿茶']}").get_json()["state"] == "paused"


def test_a_changed_price_moves_a_listing(client: FlaskClient, shelf: dict[str, Any]) -> None:
    with transaction() as session:
        listing = listings.get_listing(session, shelf["绿茶"])
        prices.set_price(session, system_actor(), listing, 100, None)
    assert titles(client, sort="price")[0] == "绿茶"


def test_a_page_is_one_statement(client: FlaskClient, shelf: dict[str, Any], database: Database) -> None:
    statements: list[str] = []

    def heard(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", heard)
    try:
        found(client, channel="COUNTER-1", sort="price", origin="440000", aid="false")
    finally:
        event.remove(database.engine, "before_cursor_execute", heard)
    assert len(statements) == 1


def test_a_listing_put_up_today_is_shown_today(client: FlaskClient, shelf: dict[str, Any]) -> None:
    with transaction() as session:
        world = World(session)
        world.listing(world.channel(opened_on=date(2020, 10, 1)), world.offer(world.product(name="蜂蜜")))
    assert titles(client)[-1] == "百香果"
    assert "蜂蜜" in titles(client)
