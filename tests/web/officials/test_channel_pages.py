"""A point of sale on the pages of who runs it: its keys, shown once and retired; what became of a month's reports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at
from marketplace.intake.models import ChannelKey
from marketplace.intake.service.board import board_of
from marketplace.intake.service.keys import secret_of
from marketplace.web.kit.shown import yuan
from tests.catalogue_world import NOON, World
from tests.support.reporting_shop import Shop, open_operated_hall
from tests.support.visitors import Visitor, main_of, text_of

Visit = Callable[..., Visitor]


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with frozen_at(NOON):
        yield


@pytest.fixture
def shop(visitor: Visit, own_database: db.Database) -> Shop:
    """A hall that reports, with version 1 of its key; its own session is over."""
    return open_operated_hall()


def test_a_new_key_is_shown_once_and_the_one_before_is_retired(
    shop: Shop, operator: Visitor, visitor: Visit
) -> None:
    code = shop.channel.code
    page = f"/admin/intake/channels/{code}"
    assert page in operator.read(f"/admin/channels/{shop.channel.id}")
    shown = operator.send(f"{page}/keys/new")
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    [secret] = re.findall(r"[0-9a-f]{64}", text_of(main_of(shown)))
    with db.transaction() as session:
        kept = secret_of(session, shop.channel.id, 2)
    assert kept == bytes.fromhex(secret)
    after = operator.read(page)
    assert secret not in after
    assert text_of(after).count("在用") == 2
    retirement = f"{page}/keys/1/retirement"
    assert "唯一有效" not in operator.read(retirement)
    assert "第 1 版密钥已停用" in text_of(
        main_of(operator.get(operator.send(retirement).headers["Location"]))
    )
    assert "这是唯一有效的密钥" in operator.read(f"{page}/keys/2/retirement")
    again = operator.send(retirement)
    assert "该密钥已停用" in main_of(again)
    assert operator.get(f"{page}/keys/9/retirement").status_code == 404
    with db.transaction() as session:
        found = session.execute(
            select(ChannelKey.version, ChannelKey.retired_at.is_(None))
            .where(ChannelKey.channel_id == shop.channel.id)
            .order_by(ChannelKey.version)
        ).all()
    assert [tuple(row) for row in found] == [(1, False), (2, True)]


def test_keys_are_nobodys_who_may_not_report_for_the_point(shop: Shop, visitor: Visit) -> None:
    page = f"/admin/intake/channels/{shop.channel.code}"
    official = visitor("county_officer", "440106")
    assert official.get(f"{page}/keys/new").status_code == 403
    assert page not in official.read(f"/admin/channels/{shop.channel.id}")
    elsewhere = visitor("channel_operator", organisation_id=_another())
    assert elsewhere.get(f"{page}/keys/new").status_code == 403
    assert elsewhere.get(f"{page}/keys/1/retirement").status_code == 403
    with db.transaction() as session:
        assert session.scalars(select(ChannelKey.version)).all() == [1]


def _another() -> object:
    with db.transaction() as session:
        return World(session).organisation("channel_operator").id


def test_a_month_of_a_point_of_sale_adds_up_to_the_ledger_with_the_memo_beside_it(
    shop: Shop, operator: Visitor, visitor: Visit
) -> None:
    with db.transaction() as session:
        shop.session = session
        good, kept = shop.row(交易日期="2020-09-30"), shop.row(交易日期="2020-09-30", 小票号="P2", 数量="x")
        shop.report(good, kept, total_fen=2 * 4_900)
        told = board_of(session, system_actor(), shop.channel.code, "2020-09")
    page = f"/admin/intake/boards?channel={shop.channel.code}&period=2020-09"
    shown = text_of(operator.read(page))
    assert told.sum_fen > 0
    begun = text_of(operator.read(f"/admin/intake/boards?channel={shop.channel.code}"))
    assert "没有选月份,这里是" in begun
    assert f"计入合计 {yuan(told.sum_fen)} 账本发生额 {yuan(told.sum_fen)} 按发生期 相差 ¥0.00 一致" in shown
    assert f"已计入 1 {yuan(told.sum_fen)} —" in shown
    assert "重复上报(备注,不计入合计) 0 — ¥0.00" in shown
    file = operator.get(f"{page}&format=csv")
    assert "已计入,是,1," in file.get_data(as_text=True)
    assert "选一个销售点和月份" in operator.read("/admin/intake/boards")
    october = text_of(operator.read(page.replace("2020-09", "2020-10")))
    assert "隔离待处理 1 —" in october
    official = visitor("county_officer", shop.channel.area_code)
    assert told.channel in official.read(page)
    assert visitor("county_officer", "650000").get(page).status_code == 403
    assert operator.get("/admin/intake/boards?channel=NONE").status_code == 404
