"""GET /search and /search/suggestions: shapes, refusals that list what is known, hostile text, both languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.core.clock import frozen_at
from marketplace.core.db import Database, transaction
from marketplace.producers.models import Producer
from search.engines.postgresql import PostgresqlEngine
from search.engines.protocol import FACETS, SORTS
from search.engines.registry import Engines, alone, install
from tests.catalogue_world import NOON
from tests.support import searching
from tests.support.searching import Goods, Remote, orchard, put_on_sale, statements, sync_all

ROUTE = "/api/v1/search"


@pytest.fixture(autouse=True)
def at_noon(client: FlaskClient) -> Iterator[None]:
    install(alone(PostgresqlEngine()))
    with frozen_at(NOON):
        yield
    install(alone(PostgresqlEngine()))


@pytest.fixture
def goods(at_noon: None) -> dict[str, Goods]:
    return orchard()


def found(client: FlaskClient, **question: Any) -> dict[str, Any]:
    answer = client.get(ROUTE, query_string=question)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def names(body: dict[str, Any]) -> list[str]:
    return [item["name"] for item in body["items"]]


def test_an_answer_says_everything_of_a_hit(client: FlaskClient, goods: dict[str, Goods]) -> None:
    body = found(client, q="梅州 柚子 5斤")
    assert {name: body[name] for name in body if name not in ("items", "took_ms")} == {
        "total": 1,
        "exact_total": 1,
        "next_cursor": None,
        "facets": {},
        "engine": "postgresql",
        "degraded": False,
        "corrected": None,
        "places": ["梅州"],
        "may_mean": [],
    }
    assert isinstance(body["took_ms"], float)
    [item] = body["items"]
    listing = item.pop("listing")
    made = goods["梅县金柚"]
    assert (item.pop("score") > 1_000, item.pop("product_id"), listing["id"]) == (
        True,
        str(made.product_id),
        str(made.listing_id),
    )
    assert {name: value for name, value in item.items() if name != "producer_id"} == {
        "product_no": made.product_no,
        "name": "梅县金柚",
        "producer_name": "白沙演示种养专业合作社",
        "category_code": "010101",
        "origin_area": "441403",
        "origin_name": "广东省梅州市梅县区",
        "quality_marks": [],
        "match": "exact",
        "highlights": {"name": [[3, 4]], "title": [[3, 4]]},
    }
    assert {
        name: listing[name] for name in ("title", "spec", "price_fen", "price_per_500g_fen", "in_stock")
    } == {
        "title": "梅县金柚",
        "spec": "5斤/箱",
        "price_fen": 4_900,
        "price_per_500g_fen": 980,
        "in_stock": True,
    }


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("金柚", "梅县金柚"),
        ("jinyou", "梅县金柚"),
        ("mxjy", "梅县金柚"),
        ("大埔蜜柚", "大埔蜜柚"),
        ("柚子 10斤", "大埔蜜柚"),
        ("客家孃酒", "客家娘酒"),
        ("沙田柚", "容县沙田柚"),
        ("ＪＩＮＹＯＵ", "梅县金柚"),
        ("容縣沙田柚", "容县沙田柚"),
        ("8424西瓜", "8424西瓜"),
        ("西瓜 8424", "8424西瓜"),
    ],
)
def test_goods_are_found_as_people_type_them(
    client: FlaskClient, goods: dict[str, Goods], q: str, first: str
) -> None:
    put_on_sale("8424西瓜", category_code="010401")
    put_on_sale("麒麟西瓜", category_code="010401")
    sync_all()
    assert names(found(client, q=q))[0] == first


@pytest.mark.parametrize(
    ("question", "pointer", "known"),
    [
        ({"facets": "colour"}, "/facets", FACETS),
        ({"facets": "category,colour"}, "/facets", FACETS),
        ({"sort": "random"}, "/sort", SORTS),
        ({"channel_kind": "bazaar"}, "/channel_kind", ("counter", "hall_online", "platform_832")),
        ({"scheme": "none"}, "/scheme", ("national_2020",)),
        ({"mark": "none"}, "/mark", ("organic_product",)),
        ({"mode": "none"}, "/mode", ("sales_rebate",)),
        ({"page_size": "0"}, "/page_size", ()),
        ({"page_size": "101"}, "/page_size", ()),
        ({"page_size": "x"}, "/page_size", ()),
        ({"aid": "maybe"}, "/aid", ()),
        ({"in_stock": "2"}, "/in_stock", ()),
        ({"price_from_fen": "-1"}, "/price_from_fen", ()),
        ({"producer": "1"}, "/producer", ()),
        ({"origin": "44"}, "/origin", ()),
    ],
)
def test_what_is_not_understood_is_refused_with_what_is_known(
    client: FlaskClient, question: dict[str, str], pointer: str, known: tuple[str, ...]
) -> None:
    for language, sentence in (("zh", "可用"), ("en", "known")):
        answer = client.get(ROUTE, query_string=question, headers={"Accept-Language": language})
        assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
        assert pointer in answer.text
        assert [one for one in known if one not in answer.text] == []
        assert (sentence in answer.text) == bool(known)


def test_an_unknown_filter_is_refused_with_those_there_are(client: FlaskClient) -> None:
    for language, sentence in (("zh", "没有这个条件;可用:"), ("en", "No such filter; known: ")):
        answer = client.get(ROUTE, query_string={"colour": "red"}, headers={"Accept-Language": language})
        assert (answer.status_code, answer.get_json()["status"]) == (400, 400)
        assert f"{sentence}q, channel, channel_kind, category, origin, aid, " in answer.text
        assert "/colour" in answer.text


@pytest.mark.parametrize(
    ("question", "status", "code"),
    [
        ({"origin": "999999"}, 422, "unknown_division"),
        ({"category": "99"}, 422, "unknown_category"),
        ({"q": "柚" * 10_000}, 422, "query_too_long"),
        ({"q": "柚" * 201}, 422, "query_too_long"),
        ({"q": "柚\x00子"}, 400, "text"),
        ({"cursor": "AAAA"}, 400, "cursor"),
        ({"cursor": "柚"}, 400, "cursor"),
        ({"cursor": "A" * 3_000}, 400, "cursor"),
        ({"cursor": "%00"}, 400, "cursor"),
    ],
)
def test_a_refusal_has_its_code(
    client: FlaskClient, question: dict[str, str], status: int, code: str
) -> None:
    answer = client.get(ROUTE, query_string=question)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


HOSTILE = [
    "***???" * 30,
    "%_%_%",
    "柚子' OR '1'='1",
    "柚子\\",
    "\\'",
    "柚子 & !金柚 | (a <-> b):*",
    "'柚子':*A",
    "<script>alert(1)</script>柚子",
    "\u202e柚子\u200b",
    "柚\x07子\x1b[31m",
    '{"match_all":{}}',
    "柚子 AND (price:[0 TO *])",
    "1" * 200,
    "5斤" * 100,
    "ma" * 100,
    "𠀀𠀁𪚥" * 60,
    "\U0001f34a" * 200,
]


@pytest.mark.parametrize("q", HOSTILE)
def test_hostile_text_is_answered_in_bounded_work(
    client: FlaskClient, goods: dict[str, Goods], database: Database, q: str
) -> None:
    with statements(database) as sent:
        body = found(client, q=q, facets="category,stock", in_stock="true")
        words = client.get(f"{ROUTE}/suggestions", query_string={"q": q})
    assert words.status_code == 200
    assert len(sent) <= 80
    assert set(names(body)) <= set(goods)


@pytest.mark.parametrize("raw", ["%ED%A0%80", "%FF%FE", "%C3%28", "%ED%A0%BD%ED%B8%80%E6%9F%9A%E5%AD%90"])
def test_bytes_that_are_no_utf_8_are_no_error(client: FlaskClient, goods: dict[str, Goods], raw: str) -> None:
    answer = client.get(f"{ROUTE}?q={raw}")
    assert (answer.status_code, answer.get_json()["total"]) == (200, 0)
    words = client.get(f"{ROUTE}/suggestions?q={raw}")
    assert (words.status_code, words.get_json()) == (200, {"items": []})


def test_a_quote_or_an_operator_says_no_more_than_a_blank(
    client: FlaskClient, goods: dict[str, Goods]
) -> None:
    whole = names(found(client, q="柚子"))
    assert len(whole) == 4
    for q in ("'柚子'", "柚子|", "!柚子", "柚子:*", "\\柚子\\", "(柚子)", '"柚子"'):
        assert names(found(client, q=q)) == whole


def test_pages_go_through_everything_once_and_a_cursor_is_for_its_own_sort(
    client: FlaskClient, goods: dict[str, Goods]
) -> None:
    whole = names(found(client, q="柚子"))
    seen, cursor, last = [], None, None
    for _ in range(4):
        body = found(client, q="柚子", page_size=1, **({"cursor": cursor} if cursor else {}))
        seen += names(body)
        last, cursor = cursor, body["next_cursor"]
    assert (seen, cursor) == (whole, None)
    answer = client.get(ROUTE, query_string={"q": "柚子", "cursor": last, "sort": "sales"})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "cursor")
    assert last is not None
    forged = client.get(
        ROUTE, query_string={"q": "柚子", "cursor": last[:-2] + ("AA" if last[-2:] != "AA" else "BB")}
    )
    assert (forged.status_code, forged.get_json()["code"]) == (400, "cursor")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"aid": "true"}, []),
        ({"category": "11", "sort": "newest"}, ["客家娘酒", "金柚啤酒"]),
        ({"q": "柚子", "in_stock": "false"}, []),
        ({"channel": "NOWHERE"}, []),
        ({"q": "柚子", "price_from_fen": "981"}, []),
        ({"q": "柚子", "price_to_fen": "489"}, []),
        ({"q": "柚子", "price_from_fen": "490", "price_to_fen": "490"}, ["大埔蜜柚"]),
    ],
)
def test_filters_are_read_from_the_address(
    client: FlaskClient, goods: dict[str, Goods], question: dict[str, str], expected: list[str]
) -> None:
    assert sorted(names(found(client, **question))) == sorted(expected)


def test_a_channel_is_named_by_code_or_id(client: FlaskClient, goods: dict[str, Goods]) -> None:
    one = goods["梅县金柚"]
    [item] = found(client, channel=str(one.channel_id))["items"]
    assert item["name"] == "梅县金柚"
    assert names(found(client, channel=item["listing"]["channel_code"])) == ["梅县金柚"]


def test_facets_have_titles_in_both_languages(client: FlaskClient) -> None:
    put_on_sale(
        "绿茶",
        2_000,
        certified=True,
        category_code="030101",
        quality_marks=["organic_product"],
        net_weight_g=500,
    )
    put_on_sale("沉香", 60_000, category_code="030101", units=0, net_weight_g=500)
    sync_all()

    def titles(language: str) -> dict[str, list[str]]:
        answer = client.get(
            ROUTE, query_string={"facets": ",".join(FACETS)}, headers={"Accept-Language": language}
        )
        assert answer.headers["Content-Language"] == ("en" if language == "en" else "zh-CN")
        facets = answer.get_json()["facets"]
        assert set(facets) == set(FACETS)
        return {name: sorted(value["title"] for value in values) for name, values in facets.items()}

    chinese, english = titles("zh-CN"), titles("en")
    assert (chinese["stock"], english["stock"]) == (["有货", "缺货"], ["In stock", "Out of stock"])
    assert (chinese["price"], english["price"]) == (
        ["100元以上/500克", "20–50元/500克"],
        ["20–50 yuan/500 g", "From 100 yuan/500 g"],
    )
    assert (chinese["mark"], english["mark"]) == (["有机产品"], ["Organic product"])
    assert (chinese["scheme"], english["scheme"]) == (["全国扶贫产品"], ["National aid product"])
    assert (chinese["goods_class"], english["goods_class"]) == (
        ["产自帮扶地区", "认定产品"],
        ["Certified aid products", "Produce of helped areas"],
    )
    assert (chinese["category"], english["category"]) == (["茶叶"], ["Tea"])
    assert chinese["origin"] == english["origin"] == ["海南省"]


def test_a_producer_whose_name_was_not_published_has_none_in_hits_and_facets(client: FlaskClient) -> None:
    goods = put_on_sale("绿茶", category_code="030101")
    with transaction() as session:
        owner = session.get_one(Producer, searching.product(session, goods).producer_id)
        owner.published = {"name_unpublished": True}
    sync_all()
    body = found(client, q="绿茶", facets="producer")
    assert [item["producer_name"] for item in body["items"]] == ["未公布"]
    assert [value["title"] for value in body["facets"]["producer"]] == ["未公布"]
    assert "白沙演示" not in str(body)
    assert found(client, q="白沙演示")["total"] == 0


def test_an_engine_that_is_away_is_said_and_answered_for(
    client: FlaskClient, goods: dict[str, Goods]
) -> None:
    embedded, remote = PostgresqlEngine(), Remote(is_away=True)
    install(Engines((embedded, remote), remote, embedded))
    body = found(client, q="柚子")
    assert (body["engine"], body["degraded"], body["total"]) == ("postgresql", True, 4)


def test_suggestions_come_in_order_and_no_more_than_asked(
    client: FlaskClient, goods: dict[str, Goods]
) -> None:
    def suggested(**question: Any) -> list[str]:
        answer = client.get(f"{ROUTE}/suggestions", query_string=question)
        assert answer.status_code == 200, answer.text
        items: list[str] = answer.get_json()["items"]
        return items

    assert suggested(q="金")[0] == "金柚"
    assert suggested(q="jinyou")[0] == "金柚"
    assert "梅县金柚" in suggested(q="mxj")
    assert len(suggested(q="金", size=1)) == 1
    assert suggested(q="榴莲") == suggested(q="") == []
    for question, status in (({}, 422), ({"q": "金", "size": 21}, 422), ({"q": "金" * 201}, 422)):
        assert client.get(f"{ROUTE}/suggestions", query_string=question).status_code == status


def test_nobody_needs_to_sign_in_and_nothing_is_kept(client: FlaskClient, goods: dict[str, Goods]) -> None:
    answer = client.get(ROUTE, query_string={"q": "柚子"})
    assert "Set-Cookie" not in answer.headers
    assert client.post(ROUTE, json={"q": "柚子"}).status_code == 405
