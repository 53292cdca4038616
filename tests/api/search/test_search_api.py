"""GET /search and /search/suggestions: shapes, pages, languages, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from search.engines.protocol import FACETS, SORTS
from tests.support.searching import put_on_sale, sync_all


@pytest.fixture(autouse=True)
def orchard() -> None:
    """Two pomelos of 梅州, one of 广西, and a tea."""
    put_on_sale("梅县金柚", 4_900, category_code="010101", origin_area="441403")
    put_on_sale("大埔蜜柚", 3_900, category_code="010101", origin_area="441422", units=0)
    put_on_sale("容县沙田柚", 5_900, category_code="010101", origin_area="450921")
    put_on_sale("英德红茶", 9_900, category_code="030102", origin_area="441881", net_weight_g=250)
    sync_all()


def found(client: FlaskClient, **question: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/search", query_string=question)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def names(client: FlaskClient, **question: Any) -> list[str]:
    return [item["name"] for item in found(client, **question)["items"]]


def refused(client: FlaskClient, query: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/search?{query}")
    assert (answer.status_code, answer.mimetype) in {
        (400, "application/problem+json"),
        (422, "application/problem+json"),
    }, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def test_an_answer_says_what_a_visitor_needs(client: FlaskClient) -> None:
    body = found(client, q="梅州 金柚", facets="origin,stock")
    item, related = body["items"]
    assert (related["name"], related["match"]) == ("大埔蜜柚", "related")
    assert (item["name"], item["origin_name"], item["match"]) == ("梅县金柚", "广东省梅州市梅县区", "exact")
    assert (item["listing"]["price_fen"], item["listing"]["in_stock"]) == (4_900, True)
    assert item["highlights"]["name"] == [[2, 4]]
    assert (body["total"], body["exact_total"], body["places"], body["corrected"]) == (2, 1, ["梅州"], None)
    assert (body["engine"], body["degraded"], body["next_cursor"]) == ("postgresql", False, None)
    assert body["facets"] == {
        "origin": [{"value": "440000", "title": "广东省", "count": 2}],
        "stock": [
            {"value": "no", "title": "缺货", "count": 1},
            {"value": "yes", "title": "有货", "count": 1},
        ],
    }


def test_titles_of_facets_are_english_for_who_asks_for_english(client: FlaskClient) -> None:
    answer = client.get("/api/v1/search?q=金柚&facets=category,stock", headers={"Accept-Language": "en"})
    facets = answer.get_json()["facets"]
    assert [value["title"] for value in facets["category"]] == ["Fruit"]
    assert {value["title"] for value in facets["stock"]} == {"In stock", "Out of stock"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"q": "柚子", "origin": "441403"}, ["梅县金柚"]),
        ({"q": "柚子", "in_stock": "false"}, ["大埔蜜柚"]),
        ({"q": "柚子", "price_from_fen": 1_000}, ["容县沙田柚"]),
        ({"category": "03"}, ["英德红茶"]),
        ({"sort": "price", "category": "01"}, ["大埔蜜柚", "梅县金柚", "容县沙田柚"]),
        ({"q": "ydhc"}, ["英德红茶"]),
        ({"q": "金友"}, ["梅县金柚"]),
        ({"q": "榴莲"}, []),
    ],
)
def test_text_and_filters_find_what_they_say(
    client: FlaskClient, question: dict[str, Any], expected: list[str]
) -> None:
    hits = [item["name"] for item in found(client, **question)["items"] if item["match"] == "exact"]
    assert hits == expected


def test_pages_follow_each_other_without_a_hit_twice(client: FlaskClient) -> None:
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = found(client, q="柚子", page_size=1, **({"cursor": cursor} if cursor else {}))
        seen += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == ["大埔蜜柚", "容县沙田柚", "梅县金柚"]


@pytest.mark.parametrize(
    ("query", "pointer", "says"),
    [
        ("facets=origin,nope", "/facets", "stock"),
        ("sort=best", "/sort", "households"),
        ("mark=gold", "/mark", "zhenpin"),
        ("page_size=0", "/page_size", ""),
        ("page_size=101", "/page_size", ""),
        ("aid=maybe", "/aid", ""),
        ("price_from_fen=1.5", "/price_from_fen", ""),
        ("producer=nobody", "/producer", ""),
        ("colour=red", "/colour", "channel_kind"),
        ("category=999999", "/category", ""),
        ("origin=999999", "area", ""),
    ],
)
def test_what_is_not_known_is_refused_with_what_is(
    client: FlaskClient, query: str, pointer: str, says: str
) -> None:
    problem = refused(client, query)
    told = problem.get("errors") or [problem]
    assert any(pointer in str(error.get("pointer", "")) for error in told), problem
    assert says in str(problem)


def test_a_query_of_ten_thousand_characters_is_refused_with_its_code(client: FlaskClient) -> None:
    assert refused(client, f"q={'a' * 10_000}")["code"] == "query_too_long"


@pytest.mark.parametrize("cursor", ["x", "AAAA", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA", "柚"])
def test_a_cursor_that_is_not_ours_is_refused(client: FlaskClient, cursor: str) -> None:
    assert refused(client, f"q=柚子&cursor={cursor}")["code"] == "cursor"


def test_a_cursor_belongs_to_its_sort(client: FlaskClient) -> None:
    cursor = found(client, q="柚子", page_size=1)["next_cursor"]
    assert refused(client, f"q=柚子&sort=price&cursor={cursor}")["code"] == "cursor"


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("***???***", 0),
        ("' | & ! <-> ( ) :* \\", 0),
        ("\u202e金柚", 1),
        ("a" * 200, 0),
        ("5斤" * 60, 4),
        ("\U00020000", 0),
        ("-1 OR 1=1 --", 0),
    ],
)
def test_any_text_is_answered_honestly(client: FlaskClient, text: str, exact: int) -> None:
    assert found(client, q=text)["exact_total"] == exact


@pytest.mark.parametrize("raw", ["%00%01%1F", "%ED%A0%80%00"])
def test_bytes_that_are_no_text_are_refused(client: FlaskClient, raw: str) -> None:
    assert refused(client, f"q={raw}")["code"] == "text"


def test_a_lone_surrogate_is_answered(client: FlaskClient) -> None:
    answer = client.get("/api/v1/search?q=%ED%A0%80%E9%87%91%E6%9F%9A")
    assert (answer.status_code, answer.get_json()["degraded"]) == (200, False)


def test_words_are_suggested_by_characters_pinyin_and_initials(client: FlaskClient) -> None:
    for typed in ("梅县", "meixianj", "mxjy"):
        items = client.get("/api/v1/search/suggestions", query_string={"q": typed}).get_json()["items"]
        assert "梅县金柚" in items
    assert client.get("/api/v1/search/suggestions?q=%25").get_json() == {"items": []}
    assert client.get("/api/v1/search/suggestions").status_code == 422


def test_the_codes_that_can_be_asked_for_are_in_the_description(client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").get_json()["paths"]["/api/v1/search"]["get"]
    by_name = {parameter["name"]: parameter["schema"] for parameter in described["parameters"]}
    assert by_name["sort"]["enum"] == list(SORTS)
    assert set(FACETS) >= set(by_name["facets"].get("example", "").split(",")) - {""}
