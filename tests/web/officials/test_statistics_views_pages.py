"""Saved views of the explorer, and the screen that only a key opens."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at
from marketplace.statistics.saved_views.models import SavedView
from marketplace.statistics.wall_keys import service
from tests.support.pages import personal
from tests.support.published import NOW, Office
from tests.support.reporting import organisation
from tests.support.visitors import HTTPS, Visitor, main_of, text_of

Visit = Callable[..., Visitor]
PROVINCE, CITY = "440000", "441400"
QUERY = "by=origin&from=2020-09&level=county&measures=sales&origin=441400&to=2020-09"
VIEWS = "/admin/statistics/views"


def saved(one: Visitor, name: str = "各县销售", query: str = QUERY, **typed: str) -> str:
    """Save the question and return its own address."""
    answer = one.send(f"{VIEWS}/new?query=", name=name, query=query, **typed)
    assert answer.status_code == 303, main_of(answer)
    assert answer.headers["Location"].startswith("/admin/statistics?")
    found = re.search(rf'href="({VIEWS}/[0-9a-f-]{{36}})">{name}<', one.read(VIEWS))
    assert found is not None
    return found[1]


@pytest.fixture
def officials(books: Office, visitor: Visit) -> tuple[Visitor, Visitor, Visitor]:
    """Two of one office, and one of another."""
    with db.transaction() as session:
        one, other = (organisation(session, f"统计处{n}(演示)", PROVINCE).id for n in (1, 2))
    return tuple(_of(visitor("statistician", PROVINCE), office) for office in (one, one, other))  # type: ignore[return-value]


def _of(one: Visitor, office: object) -> Visitor:
    """The same visitor, whose account belongs to an office."""
    from sqlalchemy import update

    from marketplace.accounts.models import Account, SignInSession

    with db.transaction() as session:
        account = (
            session.query(SignInSession)
            .order_by(SignInSession.created_at.desc(), SignInSession.id.desc())
            .first()
        )
        assert account is not None
        session.execute(
            update(Account).where(Account.id == account.account_id).values(organisation_id=office)
        )
    return one


def test_a_view_is_saved_opened_by_its_address_and_deleted(
    officials: tuple[Visitor, Visitor, Visitor],
) -> None:
    one, _, _ = officials
    at = saved(one)
    opened = one.get(at)
    assert (opened.status_code, opened.headers["Location"]) == (302, f"/admin/statistics?{QUERY}")
    assert "梅县区 ¥148.00" in text_of(one.read(opened.headers["Location"]))
    assert "视图已删除" in one.follow(one.send(VIEWS, to=f"{at}/removal"))
    assert one.get(at).status_code == 404


def test_a_view_is_shared_with_the_office_and_with_no_other(
    officials: tuple[Visitor, Visitor, Visitor],
) -> None:
    one, colleague, stranger = officials
    at = saved(one)
    assert colleague.get(at).status_code == 404
    assert "已与本单位共享" in one.follow(one.send(VIEWS, to=f"{at}/sharing"))
    assert colleague.get(at).status_code == 302
    listed = colleague.read(VIEWS)
    assert "本单位同事共享" in listed
    assert f"{at}/removal" not in listed
    assert stranger.get(at).status_code == 404
    assert "已取消共享" in one.follow(one.send(VIEWS, to=f"{at}/sharing"))
    assert colleague.get(at).status_code == 404


@pytest.mark.parametrize("query", ["measures=sales&happiness=1", "from=yesterday", "cursor=x", "level=moon"])
def test_what_the_explorer_does_not_know_is_not_saved(
    officials: tuple[Visitor, Visitor, Visitor], query: str
) -> None:
    refused = officials[0].send(f"{VIEWS}/new?query=", name="x", query=query)
    assert refused.status_code == 422
    assert "不能保存这样的参数" in main_of(refused)
    with db.transaction() as session:
        assert session.query(SavedView).count() == 0


def test_one_name_is_one_view(officials: tuple[Visitor, Visitor, Visitor]) -> None:
    one = officials[0]
    saved(one)
    again = one.send(f"{VIEWS}/new?query=", name="各县销售", query=QUERY)
    assert (again.status_code, "已有同名的视图" in main_of(again)) == (409, True)


def test_one_drills_from_a_county_to_its_producers_to_their_orders(books: Office, visitor: Visit) -> None:
    official = visitor("province_officer", PROVINCE)
    counties = official.read(f"/admin/statistics?{QUERY}")
    assert "by=producer&amp;from=2020-09&amp;level=county&amp;measures=sales&amp;origin=441403" in counties
    producers = official.read(
        "/admin/statistics?by=producer&from=2020-09&level=county&measures=sales&origin=441403&to=2020-09"
    )
    assert re.search(r"/admin/statistics/entries\?[^\"]*producer=[0-9a-f-]{36}", producers)
    assert 'role="tooltip"' in producers


def screen_of(app: Flask, secret: str) -> Visitor:
    screen = Visitor(app)
    answer = screen.send("/wall/key", key=secret)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/wall"), main_of(answer)
    return screen


def test_a_key_opens_the_wall_of_its_area_and_nothing_else(app: Flask, books: Office) -> None:
    with db.transaction() as session:
        _, secret = service.make(session, system_actor(), "一楼大厅", CITY, 30)
    assert Visitor(app).get("/wall").headers["Location"] == "/wall/key"
    screen = screen_of(app, secret)
    html = screen.read("/wall?period=2020-09&area=110000")
    assert "梅州市" in html
    assert "梅县区" in html
    assert personal(html) == []
    assert 'hx-trigger="every 60s"' in html
    part = screen.get("/wall?period=2020-09", **{"HX-Request": "true"}).get_data(as_text=True)
    assert part.lstrip().startswith('<div id="wall"')
    cookie = screen.client.get_cookie("__Secure-wall", path="/wall")
    assert cookie is not None
    assert (cookie.http_only, cookie.secure, cookie.same_site) == (True, True, "Strict")
    for path in ("/admin/wall", "/admin/statistics", "/start", "/admin"):
        assert screen.get(path).headers["Location"].startswith("/sign-in"), path
    token = {"Authorization": f"Bearer {secret}"}
    assert screen.client.get("/api/v1/statistics", base_url=HTTPS, headers=token).status_code == 401


def test_a_key_that_was_revoked_or_is_over_opens_nothing(app: Flask, books: Office) -> None:
    with db.transaction() as session:
        key, secret = service.make(session, system_actor(), "一楼大厅", CITY, 30)
        key_id = key.id
        _, short = service.make(session, system_actor(), "二楼", CITY, 1)
    screen, other = screen_of(app, secret), screen_of(app, short)
    with db.transaction() as session:
        service.revoke(session, system_actor(), key_id)
    assert screen.get("/wall").headers["Location"] == "/wall/key"
    with frozen_at(NOW + timedelta(days=2)):
        assert other.get("/wall").headers["Location"] == "/wall/key"
    wrong = Visitor(app).send("/wall/key", key="sz_nothing")
    assert (wrong.status_code, "密钥不对,或已失效" in main_of(wrong)) == (422, True)
    assert "sz_nothing" not in main_of(wrong)


def test_an_operator_makes_lists_and_revokes_keys_at_the_machine(app: Flask, books: Office) -> None:
    runner = app.test_cli_runner()
    made = runner.invoke(args=["statistics", "wall-keys", "make", "一楼大厅", "--area", CITY])
    assert made.exit_code == 0, made.output
    assert made.output.startswith("sz_")
    listed = runner.invoke(args=["statistics", "wall-keys", "list"]).output
    assert (CITY in listed, "seen never" in listed, made.output.split()[0] in listed) == (True, True, False)
    key_id = listed.split()[0]
    assert runner.invoke(args=["statistics", "wall-keys", "revoke", key_id]).output == "revoked\n"
    assert "revoked" in runner.invoke(args=["statistics", "wall-keys", "list"]).output
    nowhere = runner.invoke(args=["statistics", "wall-keys", "make", "x", "--area", "999999"])
    assert nowhere.exit_code == 1
