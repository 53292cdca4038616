"""Chinese for everybody, English for those whose Accept-Language prefers it; codes are the same.

Statistics read in a snapshot, which the shared database of tests cannot open: those tests have a database of their own.
"""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.core.db import Database

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.3"}
Roles = Callable[..., dict[str, str]]


def told(response: Any) -> tuple[int, str, str, str]:
    body = response.get_json()
    return response.status_code, body["code"], body["title"], body["detail"]


def test_a_refusal_is_chinese_by_default_and_says_so(client: FlaskClient) -> None:
    answer = client.get("/api/v1/statistics")
    assert told(answer) == (401, "not_authenticated", "请先登录", "请先登录")
    assert answer.headers["Content-Language"] == "zh-CN"
    assert "Accept-Language" in answer.vary


def test_the_same_refusal_is_english_for_who_asks(client: FlaskClient) -> None:
    answer = client.get("/api/v1/statistics", headers=ENGLISH)
    assert told(answer) == (401, "not_authenticated", "Please sign in", "Please sign in")
    assert answer.headers["Content-Language"] == "en"
    assert "Accept-Language" in answer.vary


def test_a_detail_is_filled_from_the_refusal(
    client: FlaskClient, as_role: Roles, own_database: Database
) -> None:
    headers = as_role("statistician")
    path = "/api/v1/reports/R9?period=2020-09"
    assert told(client.get(path, headers=headers)) == (404, "unknown_report", "未找到", "没有这份报表")
    status, code, title, detail = told(client.get(path, headers=headers | ENGLISH))
    assert (status, code, title) == (404, "unknown_report", "Not found")
    assert detail.startswith("There is no such report; known: R1, R2")


@pytest.mark.parametrize(
    ("language", "messages"),
    [
        ("zh-CN", {"/login": "缺少必填项", "/password": "应为文本", "/colour": "未知字段"}),
        (
            "en",
            {
                "/login": "Missing data for required field.",
                "/password": "Must be text.",
                "/colour": "Unknown field.",
            },
        ),
    ],
)
def test_fields_are_told_in_the_language_of_the_request(
    client: FlaskClient, language: str, messages: dict[str, str]
) -> None:
    answer = client.post(
        "/api/v1/sessions", json={"password": 7, "colour": "red"}, headers={"Accept-Language": language}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
    assert {error["pointer"]: error["message"] for error in answer.get_json()["errors"]} == messages


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_unknown_parameter_is_known_by_its_name_not_by_a_sentence(
    client: FlaskClient, as_role: Roles, language: str
) -> None:
    headers = as_role("statistician") | {"Accept-Language": language}
    answer = client.get("/api/v1/targets?year=2020&colour=red", headers=headers)
    body = answer.get_json()
    assert (answer.status_code, body["code"]) == (400, "unknown_parameter")
    assert body["known_parameters"] == ["year"]
    assert [error["pointer"] for error in body["errors"]] == ["/colour"]
    wrong_value = client.get("/api/v1/targets?year=soon", headers=headers)
    assert (wrong_value.status_code, wrong_value.get_json()["code"]) == (422, "invalid")


def test_the_page_of_a_refusal_is_in_the_language_of_the_request(client: FlaskClient) -> None:
    chinese = client.get("/nothing")
    assert '<html lang="zh-CN">' in chinese.text
    assert "404</p>\n<h1>未找到</h1>" in chinese.text
    english = client.get("/nothing", headers=ENGLISH)
    assert '<html lang="en">' in english.text
    assert "404</p>\n<h1>Not found</h1>" in english.text
    assert "Request id" in english.text
    assert english.headers["Content-Language"] == "en"


def test_the_framework_s_own_refusals_are_translated_too(client: FlaskClient) -> None:
    path = "/api/v1/reports"
    assert told(client.delete(path)) == (405, "method_not_allowed", "不支持的方法", "不支持的方法")
    assert told(client.delete(path, headers=ENGLISH)) == (
        405,
        "method_not_allowed",
        "Method not allowed",
        "Method not allowed",
    )


def test_titles_of_statistics_follow_the_request(
    client: FlaskClient, as_role: Roles, own_database: Database
) -> None:
    headers = as_role("statistician")
    path = "/api/v1/statistics?measures=sales,aid_share&by=channel_kind"
    chinese, english = client.get(path, headers=headers), client.get(path, headers=headers | ENGLISH)
    assert [one["title"] for one in chinese.get_json()["measures"]] == ["销售额", "扶贫产品占比"]
    assert [one["title"] for one in english.get_json()["measures"]] == [
        "Sales",
        "Share of certified aid products",
    ]
    assert english.get_json()["definitions"] == {"sales": "Sales of all goods that count, less refunds"}
    assert (chinese.headers["Content-Language"], english.headers["Content-Language"]) == ("zh-CN", "en")


def test_a_report_is_english_in_json_and_csv_and_chinese_in_the_official_table(
    client: FlaskClient, as_role: Roles, own_database: Database
) -> None:
    headers = as_role("statistician") | ENGLISH
    path = "/api/v1/reports/R3?period=2020-09"
    report = client.get(path, headers=headers).get_json()
    assert report["title"] == "Channels: set up and in operation"
    assert report["columns"][0] == {"code": "area", "title": "Area", "kind": "text", "under": None}
    planned = {"code": "planned_counter", "title": "Counters planned", "kind": "count", "under": "Counter"}
    assert report["columns"][1] == planned
    assert report["total"][0] == "Total"
    csv = client.get(f"{path}&format=csv", headers=headers)
    assert csv.data.decode("utf-8-sig").splitlines()[0].startswith("Area,Counters planned,Counters placed,")
    assert csv.headers["Content-Language"] == "en"
    xlsx = client.get(f"{path}&format=xlsx", headers=headers)
    assert "Content-Language" not in xlsx.headers
    assert xlsx.data == client.get(f"{path}&format=xlsx", headers=headers | {"Accept-Language": "zh"}).data


def test_a_command_speaks_english_to_its_operator(app: Flask, own_database: Database) -> None:
    told = app.test_cli_runner().invoke(args=["ledger", "reconcile"])
    lines = told.output.splitlines()
    assert (told.exit_code, lines[0], lines[-1]) == (
        0,
        "Counted order lines, less refunds: 0.00",
        "the books foot",
    )
    assert told.output.isascii()


def test_an_answer_without_words_does_not_vary(client: FlaskClient) -> None:
    answer = client.get("/healthz", headers=ENGLISH)
    assert "Content-Language" not in answer.headers
    assert "Accept-Language" not in answer.vary
