"""Pages while the index changes, rows that changed since they were indexed, and engines that go away."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from marketplace.catalogue.service import listings, prices
from marketplace.certification.models import Certificate
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import transaction
from search.service import ask as asking
from tests.catalogue_world import World
from tests.support import searching
from tests.support.certification import revoke
from tests.support.searching import Remote, ask, names, orchard, pages, put_on_sale, sync_all

pytestmark = pytest.mark.usefixtures("database")


SYSTEM = system_actor()


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
        certificate = session.scalars(
            select(Certificate).where(Certificate.product_id == goods.product_id)
        ).one()
        revoke(session, certificate.id, cause="quality_incident")
    assert ask("百香果", scheme="national_2020").items == []
    assert ask("百香果", listing={"is_aid": True}).items == []
    assert ask("百香果").items == []  # a hall sells certified goods only


def test_a_certificate_that_ended_since_is_not_found_by_its_scheme() -> None:
    put_on_sale("百香果", certified=True)
    sync_all()
    with frozen_at(shanghai(2022, 9, 12)):
        assert ask("百香果", scheme="national_2020").items == []
        assert ask("百香果", listing={"is_aid": True}).items == []
        found = ask("百香果", facets=("goods_class",))
    [item] = found.items
    shown = item["listing"]
    assert found.facets["goods_class"] == (("area_produce", 1),)
    assert (shown["goods_class"], shown["goods_class_reason"], shown["certificate_id"]) == (
        "area_produce",
        "certificate_expired",
        None,
    )


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
