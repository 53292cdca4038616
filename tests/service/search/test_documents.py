"""What is kept of a product: what it can be found by, its listings of today, and nothing of a person."""

from __future__ import annotations

import dataclasses
import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text as sql

from marketplace.catalogue.service import channels, listings
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import transaction
from marketplace.producers.models import Product
from search.documents import build, digest_of, read_sources
from search.engines.postgresql import PostgresqlEngine
from search.engines.protocol import ProductDocument
from search.sync.rebuild import rebuild
from tests.support import searching
from tests.support.households import PEOPLE, helped_product, of_people
from tests.support.searching import Goods, ask, put_on_sale, sync_all

pytestmark = pytest.mark.usefixtures("database")


def document(goods: Goods) -> ProductDocument | None:
    with transaction() as session:
        return next((build(source) for source in read_sources(session, [goods.product_id])), None)


def read(goods: Goods) -> ProductDocument:
    found = document(goods)
    assert found is not None
    return found


def test_a_document_says_what_the_rows_say() -> None:
    goods = put_on_sale(
        "白沙绿茶AUSTAR",
        8_800,
        certified=True,
        category_code="030101",
        spec="250g/罐",
        net_weight_g=250,
        origin_area="469025",
        quality_marks=["organic_product"],
    )
    found = read(goods)
    assert (found.product_no, found.product_id, found.category_code) == (
        goods.product_no,
        goods.product_id,
        "030101",
    )
    assert found.areas == ("460000", "469025")
    assert (found.marks, found.schemes, found.modes, found.households) == (
        ("organic_product",),
        ("national_2020",),
        (),
        0,
    )
    assert (found.sales_fen, found.popularity, found.length) == (0, 0, 10)
    expected = {
        "h:绿茶",
        "k:绿茶",
        "n:白沙",
        "w:austar",
        "c:03",
        "c:0301",
        "c:030101",
        "o:460000",
        "o:469025",
    }
    expected |= {"m:organic_product", "s:national_2020", "q:w250", "q:=w250", "e:白沙绿茶austar", "i:bsl"}
    assert expected - set(found.tokens) == set()
    assert list(found.tokens) == sorted(set(found.tokens))
    [listing] = found.listings
    assert (listing.listing_id, listing.price_fen, listing.price_per_500g_fen) == (
        goods.listing_id,
        8_800,
        17_600,
    )
    assert (listing.goods_class, listing.aid_until, listing.in_stock) == (
        "certified_aid",
        date(2022, 9, 11),
        True,
    )


def test_a_product_that_is_withdrawn_or_listed_nowhere_has_no_document() -> None:
    withdrawn, paused, bare = put_on_sale("蜂蜜"), put_on_sale("大米"), put_on_sale("绿茶")
    with transaction() as session:
        searching.product(session, withdrawn).status = "withdrawn"
        for goods, state in ((paused, "paused"), (bare, "delisted")):
            listings.change_state(session, system_actor(), searching.listing(session, goods), state, "缺货")
    assert [document(goods) for goods in (withdrawn, paused, bare)] == [None, None, None]


def test_a_channel_counts_from_its_first_day_to_the_day_before_it_closes() -> None:
    goods = put_on_sale("蜂蜜")
    with transaction() as session:
        channel = channels.get_channel(session, goods.channel_id)
        channels.close_channel(session, system_actor(), channel, date(2020, 10, 3))
    with frozen_at(shanghai(2020, 10, 2, 23, 59, 59)):
        assert len(read(goods).listings) == 1
    with frozen_at(shanghai(2020, 10, 3)):
        assert document(goods) is None
    with frozen_at(shanghai(2019, 12, 31, 23)):
        assert document(goods) is None


def test_a_certificate_lapses_with_its_last_day_and_its_listing_knows_what_it_is_then() -> None:
    goods = put_on_sale("百香果", certified=True)
    with frozen_at(shanghai(2022, 9, 11, 23, 59, 59)):
        last = read(goods)
    with frozen_at(shanghai(2022, 9, 12)):
        after = read(goods)
    assert (last.schemes, after.schemes) == (("national_2020",), ())
    assert last.listings == after.listings
    [listing] = after.listings
    assert (listing.goods_class, listing.uncertified_class, listing.aid_until) == (
        "certified_aid",
        "area_produce",
        date(2022, 9, 11),
    )
    assert "s:national_2020" in last.tokens
    assert "s:national_2020" not in after.tokens


@pytest.mark.parametrize(("roster", "published"), [(1, 0), (2, 0), (3, 3), (5, 5)])
def test_fewer_than_three_households_are_said_to_be_none(roster: int, published: int) -> None:
    goods = helped_product(roster)
    found = read(goods)
    assert (found.households, found.modes) == (published, ("sales_rebate",))
    assert "b:sales_rebate" in found.tokens


def test_the_same_rows_give_the_same_bytes_and_every_other_row_gives_others() -> None:
    goods = put_on_sale("沙田柚", certified=True, quality_marks=["organic_product", "green_food"])
    first = digest_of(read(goods))
    assert digest_of(read(goods)) == first
    assert re.fullmatch("[0-9a-f]{64}", first)
    same = dataclasses.replace(read(goods), marks=tuple(read(goods).marks))
    assert digest_of(same) == first
    with transaction() as session:
        searching.listing(session, goods).price_fen += 1
    assert digest_of(read(goods)) != first


@pytest.mark.parametrize(
    "told",
    [
        "联系13800138000",
        "电话０２０－８７６５４３２１",
        "138 0013 8000",
        "138-0013-8000",
        "微信一三八零零一三八零零零",
        "身份证44140319600101123X",
        "(0753)2345678",
    ],
)
def test_a_number_of_a_person_typed_into_free_text_is_neither_found_nor_shown(told: str) -> None:
    goods = put_on_sale(f"沙田柚 {told}", spec=f"5斤装 {told}", description=f"甜 {told} 包邮", brand=told)
    clean = put_on_sale("沙田柚", spec="5斤装")
    sync_all()
    digits = re.compile(r"[0-9]{7}|[〇零一二三四五六七八九]{2}")
    said = {token for token in searching.tokens(goods.product_no) if token[:2] not in ("o:", "p#")}
    assert {token for token in said if digits.search(token)} == set()
    assert {"n:沙田", "q:w2500", "h:沙田柚"} <= said
    assert "h:沙田柚" in searching.tokens(clean.product_no)
    for query in ("13800138000", "87654321", "一三八零零一三八零零零", "44140319600101123x"):
        assert ask(query).total == 0
    shown = {item["product_no"]: item for item in ask("沙田柚").items}
    text = str([shown[goods.product_no][name] for name in ("name", "listing")]).replace(
        str(goods.listing_id), ""
    )
    assert "沙田柚" in shown[goods.product_no]["name"]
    assert "*******" in shown[goods.product_no]["name"]
    assert not any(part in text for part in ("8000", "8765", "４３２１", "零零零", "123X", "2345678"))
    assert shown[clean.product_no]["name"] == "沙田柚"
    assert shown[goods.product_no]["highlights"]["name"] == [[0, 3]]


@pytest.mark.parametrize("size", ["500000克/箱", "2020年新米 5kg*12", "12枚", "2.5-3kg"])
def test_sizes_and_years_are_no_numbers_of_persons(size: str) -> None:
    goods = put_on_sale(f"大米 {size}", spec=size)
    sync_all()
    assert [item["name"] for item in ask("大米").items] == [f"大米 {size}"]
    assert any(token.startswith("q:") for token in searching.tokens(goods.product_no))


def test_no_document_token_term_or_note_holds_anything_of_a_person() -> None:
    goods = helped_product(4, people=PEOPLE)
    put_on_sale("绿茶")
    with transaction() as session:
        assert session.query(Product).count() == 2
    kept = all_rows()  # the notes are still there
    sync_all()
    rebuild(PostgresqlEngine())
    kept += all_rows()
    assert str(goods.product_id) in kept
    assert len(kept) > 2_000
    assert {word for word in of_people(PEOPLE) if word in kept} == set()


def all_rows() -> str:
    """Every value of every table of search, as text."""
    with transaction() as session:
        tables = session.scalars(
            sql("SELECT tablename FROM pg_tables WHERE schemaname = 'search' ORDER BY tablename")
        ).all()
        assert {"change", "document", "document_listing", "term"} <= set(tables)
        rows: list[Any] = []
        for table in tables:
            rows += session.scalars(sql(f"SELECT CAST(t AS text) FROM search.{table} t"))
    return "\n".join(rows)
