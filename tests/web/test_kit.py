"""The kit over the test client: forms, redirects, language, headers, what a page costs."""

from __future__ import annotations

import gzip
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.accounts.models import InboxNotice, SignInSession
from marketplace.accounts.permissions import ROLES
from marketplace.accounts.service import grants, inbox, people
from marketplace.accounts.service.people import OpenedAccount
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.core.models import IdempotentAnswer
from marketplace.statistics.reports.protocol import Column, ReportTable
from marketplace.web.kit.listing import Listing
from marketplace.web.kit.render import render
from marketplace.web.kit.report_tables import shape
from marketplace.web.kit.shell import Entry
from marketplace.web.kit.words import catalogue
from search.schemas import SearchArgs
from tests.support.page_forms import HTTPS, fields, send
from tests.support.statements import counted


@pytest.fixture
def account(client: FlaskClient) -> OpenedAccount:
    with transaction() as session:
        person = people.add_person(session, system_actor(), "梅县区经办员")
        opened = people.open_account(session, system_actor(), person.id, "meixian.jb")
        grants.grant(session, system_actor(), opened.account.id, "county_officer", "441403")
    return opened


@pytest.fixture
def signed_in(client: FlaskClient, account: OpenedAccount) -> FlaskClient:
    """A client that signed in by the page."""
    answer = send(client, "/sign-in", login="meixian.jb", password=account.password)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/start")
    return client


def test_a_page_for_those_who_signed_in_leads_to_the_sign_in_page_and_back(client: FlaskClient) -> None:
    answer = client.get("/inbox?unread=1", base_url=HTTPS)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=%2Finbox%3Funread%3D1")


@pytest.mark.parametrize(
    "wanted", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/\t/x"]
)
def test_a_sign_in_never_leads_to_another_site(
    client: FlaskClient, account: OpenedAccount, wanted: str
) -> None:
    answer = send(client, "/sign-in", login="meixian.jb", password=account.password, next=wanted)
    assert answer.headers["Location"] == "/start"


@pytest.mark.parametrize("word", ["role_title", "label", "_", "frame", "parts", "request"])
def test_a_page_that_names_a_value_like_a_word_of_the_frame_is_refused(app: Flask, word: str) -> None:
    with app.test_request_context("/"):
        with pytest.raises(ValueError, match=rf"public/help.html is given {word}:"):
            render("public/help.html", **{word: "县级经办"})
        assert render("public/help.html", role_titles="县级经办").status_code == 200


def test_in_production_a_page_with_such_a_value_is_still_shown(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PRODUCTION", True)
    with app.test_request_context("/"):
        assert render("public/help.html", request_id="1").status_code == 200


def test_a_line_of_the_menu_is_marked_on_the_pages_below_it_and_on_those_that_belong_to_it() -> None:
    goods = Entry("商品", "/producer/goods", also=("/producer/offers",))
    here = ["/producer/goods", "/producer/goods/7/edit", "/producer/offers", "/producer/offers/7/stock"]
    assert [goods.holds(path, "/producer") for path in here] == [True] * 4
    elsewhere = ["/producer", "/producer/goods-returned", "/producer/offersheet", "/producer/orders"]
    assert [goods.holds(path, "/producer") for path in elsewhere] == [False] * 4


def test_the_line_of_the_start_of_a_section_is_marked_on_that_page_alone() -> None:
    start = Entry("首页", "/", also=("/start-of-all",))
    assert start.holds("/", "/")
    assert not start.holds("/orders", "/")
    assert start.holds("/start-of-all", "/")


def test_words_in_a_table_of_a_report_are_in_the_language_of_the_page_and_names_of_places_stay(
    app: Flask,
) -> None:
    columns = (
        Column("area", "地区", "text"),
        Column("sales", "销售额", "fen"),
        Column("lines", "订单数", "count"),
    )
    table = ReportTable(columns, [["深圳市", "未报", 12345]], None, [], position=1, last_entry=1)
    for language, words in (("en", "not reported"), ("zh", "未报")):
        with app.test_request_context("/", headers={"Accept-Language": language}):
            assert shape(table).rows == [["深圳市", words, "12,345"]]


def test_a_form_without_its_token_changes_nothing(signed_in: FlaskClient, account: OpenedAccount) -> None:
    answer = signed_in.post("/sign-out", data={}, base_url=HTTPS)
    assert answer.status_code == 303  # back to where the button was, with the refusal said there
    with transaction() as session:
        assert session.scalar(select(func.count()).where(SignInSession.ended_at.is_not(None))) == 0


def test_a_sign_in_from_another_site_is_refused(client: FlaskClient, account: OpenedAccount) -> None:
    shown = client.get("/sign-in", base_url=HTTPS).get_data(as_text=True)
    answer = client.post(
        "/sign-in",
        data=fields(shown) | {"login": "meixian.jb", "password": account.password},
        headers={"Origin": "https://evil.example"},
        base_url=HTTPS,
    )
    assert (answer.status_code, "__Host-session" in str(answer.headers)) == (403, False)


def test_a_token_of_a_form_is_written_differently_each_time_and_always_good(signed_in: FlaskClient) -> None:
    tokens = {
        fields(signed_in.get("/password", base_url=HTTPS).get_data(as_text=True))["csrf_token"]
        for _ in range(3)
    }
    assert len(tokens) == 3
    for token in tokens:
        answer = signed_in.post("/roles", data={"csrf_token": token, "role": "none"}, base_url=HTTPS)
        assert (answer.status_code, "您没有这个角色" in answer.get_data(as_text=True)) == (422, True)


def test_a_form_sent_twice_is_done_once_and_answered_alike(
    signed_in: FlaskClient, account: OpenedAccount
) -> None:
    sent = fields(signed_in.get("/roles", base_url=HTTPS).get_data(as_text=True)) | {
        "role": "county_officer.441403."
    }
    answers = [signed_in.post("/roles", data=sent, base_url=HTTPS) for _ in range(2)]
    assert [(one.status_code, one.headers["Location"]) for one in answers] == [(303, "/start")] * 2
    with transaction() as session:
        kept = session.scalars(
            select(IdempotentAnswer.route).where(IdempotentAnswer.account_id == account.account.id)
        )
        assert kept.all() == ["POST /roles"]


def test_the_same_form_with_other_content_asks_once_more(signed_in: FlaskClient) -> None:
    sent = fields(signed_in.get("/roles", base_url=HTTPS).get_data(as_text=True)) | {
        "role": "county_officer.441403."
    }
    signed_in.post("/roles", data=sent, base_url=HTTPS)
    again = signed_in.post("/roles", data=sent | {"role": "buyer.000000."}, base_url=HTTPS)
    html = again.get_data(as_text=True)
    assert (again.status_code, "这张表单已经提交过一次" in html) == (422, True)
    assert fields(html)["idempotency_key"] != sent["idempotency_key"]


def test_passwords_are_never_written_back(signed_in: FlaskClient) -> None:
    answer = send(
        signed_in, "/password", password="secret-one", new_password="secret-two", again="secret-three"
    )
    html = answer.get_data(as_text=True)
    assert (answer.status_code, "两次输入的新密码不一致" in html, "secret-" in html) == (422, True, False)


def test_a_new_password_ends_the_session_and_is_said_on_the_sign_in_page(
    signed_in: FlaskClient, account: OpenedAccount
) -> None:
    new = "Chenpi-Jinyou-2020-xx"
    answer = send(signed_in, "/password", password=account.password, new_password=new, again=new)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    page = signed_in.get("/sign-in", base_url=HTTPS).get_data(as_text=True)
    assert "密码已修改" in page
    assert "密码已修改" not in signed_in.get("/sign-in", base_url=HTTPS).get_data(as_text=True)
    assert send(signed_in, "/sign-in", login="meixian.jb", password=new).status_code == 303


@pytest.mark.parametrize(("subject", "leads_to"), [("order", "/admin/orders/1"), ("invoice", "/inbox")])
def test_a_notice_is_read_by_a_button_that_leads_to_what_it_tells_of_and_the_badge_goes(
    signed_in: FlaskClient, account: OpenedAccount, subject: str, leads_to: str
) -> None:
    with transaction() as session:
        notice = inbox.notify(session, "payment_due", subject, "1", account_id=account.account.id, mail=False)
        notice_id = notice.id
    page = signed_in.get("/inbox", base_url=HTTPS).get_data(as_text=True)
    assert "付款即将到期" in page
    assert "未读</span>1<" in page
    answer = signed_in.post(f"/inbox/{notice_id}/reading", data=fields(page), base_url=HTTPS)
    assert (answer.status_code, answer.headers["Location"]) == (303, leads_to)
    with transaction() as session:
        assert session.get_one(InboxNotice, notice_id).read_at is not None


def test_htmx_gets_the_changed_block_and_its_history_the_whole_page(signed_in: FlaskClient) -> None:
    part = signed_in.get("/inbox", headers={"HX-Request": "true"}, base_url=HTTPS)
    assert part.get_data(as_text=True).strip().startswith('<div id="results"')
    whole = signed_in.get(
        "/inbox", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}, base_url=HTTPS
    )
    assert "<!doctype html>" in whole.get_data(as_text=True)
    assert "HX-Request" in part.headers["Vary"]


def test_a_list_passes_over_what_its_address_should_not_hold(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/inbox?unread=perhaps&utm_source=mail&page_size=9999", base_url=HTTPS)
    assert answer.status_code == 200


def test_lists_read_with_one_schema_and_keep_what_they_complain_of_to_themselves(app: Flask) -> None:
    with app.test_request_context("/search?price_from_fen=dear&q=tea"):
        refused = Listing(SearchArgs)
    with app.test_request_context("/search?price_from_fen=5"):
        taken = Listing(SearchArgs)
    assert list(refused.errors) == ["price_from_fen"]
    assert taken.errors == {}
    assert (refused.args["q"], taken.args["q"], taken.args["price_from_fen"]) == ("tea", "", 500)
    assert refused.schema is taken.schema


def test_pages_speak_english_by_choice_and_remember_it(client: FlaskClient) -> None:
    assert '<html lang="zh-CN">' in client.get("/sign-in", base_url=HTTPS).get_data(as_text=True)
    chosen = client.get("/sign-in?lang=en", base_url=HTTPS)
    assert '<html lang="en">' in chosen.get_data(as_text=True)
    assert "Login name" in client.get("/sign-in", base_url=HTTPS).get_data(as_text=True)
    assert (
        client.get("/sign-in", headers={"Accept-Language": "zh"}, base_url=HTTPS).headers["Content-Language"]
        == "en"
    )


def test_every_role_is_called_something_in_english() -> None:
    assert [role.title_zh for role in ROLES if role.title_zh not in catalogue()] == []


def test_an_error_page_says_what_to_do_and_the_number_of_the_request(client: FlaskClient) -> None:
    answer = client.get("/nowhere", base_url=HTTPS)
    html = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "地址可能写错" in html
    assert answer.headers["X-Request-ID"] in html


def test_pages_allow_no_script_or_style_of_their_own_or_from_elsewhere(client: FlaskClient) -> None:
    answer = client.get("/styleguide", base_url=HTTPS)
    html = answer.get_data(as_text=True)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", html) == []
    assert set(re.findall(r'<script (?!src="/static/|type="application/json")', html)) == set()
    assert re.findall(r'(?:src|href)="(?:https?:)?//', html) == []


def test_pages_of_who_is_signed_in_are_kept_by_nobody(signed_in: FlaskClient) -> None:
    assert signed_in.get("/inbox", base_url=HTTPS).headers["Cache-Control"] == "no-store"


def test_static_files_are_named_by_content_kept_long_and_sent_small(client: FlaskClient) -> None:
    html = client.get("/styleguide", base_url=HTTPS).get_data(as_text=True)
    weight = len(gzip.compress(html.encode()))
    for address in sorted(set(re.findall(r'(?:src|href)="(/static/[^"]+)"', html))):
        answer = client.get(address, headers={"Accept-Encoding": "gzip"}, base_url=HTTPS)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        weight += 0 if "echarts" in address else len(answer.get_data())
    assert weight < 60_000


def test_a_page_of_who_is_signed_in_asks_the_database_three_things(signed_in: FlaskClient) -> None:
    signed_in.get("/inbox", base_url=HTTPS)
    with counted() as statements:
        signed_in.get("/inbox", base_url=HTTPS)
    assert len(statements) == 3, statements  # who it is, the header, the list


def test_the_style_page_is_not_there_in_production(app: Flask) -> None:
    assert "styleguide_pages.styleguide" in app.view_functions


def test_pages_of_the_account_stand_in_the_section_of_the_role(signed_in: FlaskClient) -> None:
    page = signed_in.get("/inbox", base_url=HTTPS).get_data(as_text=True)
    assert '<span class="section-name">管理工作台</span>' in page
    assert '<span class="section-name">采购与公示</span>' in signed_in.get(
        "/certified", base_url=HTTPS
    ).get_data(as_text=True)


def test_a_chosen_role_narrows_what_is_shown_and_never_widens_it(
    client: FlaskClient, account: OpenedAccount
) -> None:
    with transaction() as session:
        grants.grant(session, system_actor(), account.account.id, "statistician", "440000")
    assert send(client, "/sign-in", login="meixian.jb", password=account.password).status_code == 303
    assert send(client, "/roles", role="statistician.440000.").headers["Location"] == "/start"
    page = client.get("/inbox", base_url=HTTPS).get_data(as_text=True)
    assert "统计 · 广东省" in page
    client.set_cookie("__Host-role", "province_officer.440000.", domain="localhost", secure=True)
    assert "县级帮扶部门经办 · 梅县区" in client.get("/inbox", base_url=HTTPS).get_data(as_text=True)
