"""Cabinets on pages: planned, filled, counted; tasks given and done; goods recalled and the recall lifted."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.core import db, files
from marketplace.core.clock import frozen_at
from marketplace.intake.cabinets.models import CabinetTask, GoodsRecall
from marketplace.intake.cabinets.service import making, plans, recalls
from marketplace.intake.models import Device
from tests.catalogue_world import NOON, World
from tests.support.pages import personal
from tests.support.reporting_device import Cabinet, open_cabinet
from tests.support.statements import counted
from tests.support.stocked_cabinet import balance, bring, keep_stock, shrinkage
from tests.support.visitors import HTTPS, Visitor, form_of, main_of, text_of

Visit = Callable[..., Visitor]
TASKS = "/admin/intake/tasks"
LATER = NOON + timedelta(minutes=20)


@pytest.fixture
def cabinet(database: object, tmp_path: Path) -> Iterator[Cabinet]:
    """A counter of an operator; each step has a session of its own."""
    files.install(tmp_path)
    with frozen_at(NOON):
        with db.transaction() as session:
            operator = World(session).organisation("channel_operator")
            opened = open_cabinet(session, operator_id=operator.id)
        yield opened


@pytest.fixture
def operator(cabinet: Cabinet, visitor: Visit) -> Visitor:
    return visitor("channel_operator", organisation_id=cabinet.channel.operator_id, is_of_it=True)


def of(cabinet: Cabinet, work: Callable[[Cabinet], Any]) -> Any:
    """Do something at the cabinet in a transaction of its own."""
    with db.transaction() as session:
        cabinet.session = session
        return work(cabinet)


def make_tasks(cabinet: Cabinet) -> str:
    """What the worker does; the number of the open task."""

    def work(cabinet: Cabinet) -> str:
        making.make_tasks(cabinet.session, cabinet.channel)
        return cabinet.session.scalars(
            select(CabinetTask.number).where(CabinetTask.state.in_(["open", "assigned"]))
        ).one()

    return of(cabinet, work)


def test_a_cabinet_is_planned_filled_and_counted_on_pages(cabinet: Cabinet, operator: Visitor) -> None:
    channel = f"/admin/intake/channels/{cabinet.channel.code}"
    device = f"{channel}/devices/{cabinet.device}"
    assert f"{device}/planogram" in operator.read(channel)
    assert "还没有按货道记账的设备" in operator.read(f"{channel}/cabinets")
    assert operator.get(f"{device}/count").status_code == 404
    rows = {"slots.0.slot": "A1", "slots.0.goods_name": "山茶油", "slots.0.capacity": "10"}
    wrong = operator.send(f"{device}/planogram", **rows, **{"slots.0.par_level": "11"})
    assert wrong.status_code == 422
    assert "补货线不能高于容量" in main_of(wrong)
    second = {
        "slots.2.slot": "A2",
        "slots.2.goods_name": "米",
        "slots.2.capacity": "5",
        "slots.2.par_level": "0",
    }
    planned = operator.send(f"{device}/planogram", **rows, **second, **{"slots.0.par_level": "3"})
    assert "陈列图第 1 版已登记" in operator.follow(planned)
    with frozen_at(LATER):
        typed = {"lines.0.units": "11", "lines.0.lot_no": "L1", "lines.0.expires_on": "2020-12-31"}
        full = operator.send(f"{device}/restocking", **typed)
        assert "补货数量超过货道容量" in main_of(full)
        filled = operator.follow(operator.send(f"{device}/restocking", **typed | {"lines.0.units": "8"}))
        assert "已登记 1 个货道的补货" in filled
        assert "A1 · L1 · 保质期至 2020-12-31: 8" in text_of(filled)
        nothing = operator.send(f"{device}/count")
        assert nothing.status_code == 422
        after = text_of(operator.follow(operator.send(f"{device}/count", **{"counted.0.units": "7"})))
        assert "已盘点 1 种商品" in after
        assert "A1 山茶油 10 3 7" in after
        moved = text_of(operator.read(f"{device}/movements"))
        assert "盘点差额 -1" in moved
        assert "实点与账面之差" in moved
        assert "补货入柜 +8 A1 L1 2020-12-31" in moved


def test_a_plan_begins_with_what_is_planned_and_goods_are_chosen_by_what_they_are(
    cabinet: Cabinet, operator: Visitor
) -> None:
    of(cabinet, keep_stock)
    page = f"/admin/intake/channels/{cabinet.channel.code}/devices/{cabinet.device}/planogram"
    product = f"product_id:{cabinet.product.id}"
    shown = operator.read(page)
    assert f'<option value="{product}" selected>' in shown
    assert 'value="A1"' in shown
    row = {"slots.0.slot": "A9", "slots.0.capacity": "4", "slots.0.par_level": "1"}
    with frozen_at(LATER):
        both = operator.send(page, **row, **{"slots.0.goods": product, "slots.0.goods_name": "米"})
        assert "每个货道应填上架商品、产品、商品名称之一" in main_of(both)
        strange = operator.send(page, **row, **{"slots.0.goods": f"listing_id:{cabinet.product.id}"})
        assert "不是该销售点的上架商品" in main_of(strange)
        assert "第 2 版" in operator.follow(operator.send(page, **row, **{"slots.0.goods": product}))
    with frozen_at(LATER), db.transaction() as session:
        device = session.scalars(select(Device.id)).one()
        planned = plans.slots_at(session, device, LATER)
    assert {code: slot.product_id for code, slot in planned.items()} == {"A9": cabinet.product.id}


def test_a_task_is_given_to_a_colleague_and_done_with_what_was_brought(
    cabinet: Cabinet, operator: Visitor, visitor: Visit
) -> None:
    of(cabinet, keep_stock)
    of(cabinet, lambda one: bring(one, 2))
    number = make_tasks(cabinet)
    listed = text_of(operator.read(f"{TASKS}?state=open"))
    assert f"{number} {cabinet.channel.code} {cabinet.device} A1" in listed
    assert "待办的专柜任务 1" in text_of(operator.read("/admin/intake"))
    page = f"{TASKS}/{number}"
    stranger = operator.send(page, to=f"{page}/assignment", account_id=str(cabinet.product.id))
    assert "不是运营单位的账号" in main_of(stranger)
    me = _account_of(operator, page)
    assert "任务已派" in operator.follow(operator.send(page, to=f"{page}/assignment", account_id=me))
    done = {"lines.0.units": "8", "lines.0.lot_no": "L9", "counted.0.units": "9"}
    answer = operator.send(page, to=f"{page}/completion", **done, note="已补满")
    after = text_of(operator.follow(answer))
    assert "任务已办结,库存已记账" in after
    assert "完成数量 8" in after
    assert "派工" not in after
    assert of(cabinet, balance) == 9_000
    assert of(cabinet, shrinkage) == [(-1_000, "count")]
    official = visitor("county_officer", cabinet.channel.area_code)
    seen = official.read(page)
    assert "已办" in seen
    assert "/completion" not in seen
    assert visitor("county_officer", "650000").get(page).status_code == 404


def _account_of(operator: Visitor, page: str) -> str:
    html = operator.read(page)
    chosen = html[html.index("account_id") :]
    return chosen.split('<option value="')[2].split('"')[0]


def test_goods_are_recalled_taken_out_with_a_photo_and_may_come_back_when_it_is_lifted(
    cabinet: Cabinet, operator: Visitor, visitor: Visit
) -> None:
    of(cabinet, keep_stock)
    of(cabinet, lambda one: bring(one, 9, lot_no="L1"))
    official = visitor("county_officer", cabinet.channel.area_code)
    new = "/admin/intake/recalls/new"
    recalled = official.send(new, product_id=str(cabinet.product.id), lot_no="L1", reason="抽检不合格")
    assert recalled.status_code == 403  # without an area it would be everywhere
    elsewhere = official.send(
        new, product_id=str(cabinet.product.id), lot_no="L1", reason="抽检不合格", area="650000"
    )
    assert elsewhere.status_code == 403
    typed = {"product_id": str(cabinet.product.id), "lot_no": "L1", "reason": "抽检不合格"}
    listed = official.follow(official.send(new, **typed, area=cabinet.channel.area_code))
    assert "召回中" in listed
    number = make_tasks(cabinet)
    page = f"{TASKS}/{number}"
    without = operator.send(page, to=f"{page}/completion", units="9")
    assert "下架须附照片" in main_of(without)
    photo = {"file_id": (io.BytesIO(JPEG), "下架.jpg")}
    form = form_of(operator.read(page), f"{page}/completion")
    sent = operator.client.post(f"{page}/completion", data=form | {"units": "9"} | photo, base_url=HTTPS)
    assert "下架照片" in operator.follow(sent)
    assert of(cabinet, balance) == 0
    with db.transaction() as session:
        recall = session.scalars(select(GoodsRecall.number)).one()
    lifting = f"/admin/intake/recalls/{recall}/lifting"
    assert lifting not in operator.read("/admin/intake/recalls")
    assert "已解除" in official.follow(official.send("/admin/intake/recalls", to=lifting))
    of(cabinet, lambda one: bring(one, 1, lot_no="L1"))


def test_an_operator_recalls_in_its_own_cabinets_only(cabinet: Cabinet, operator: Visitor) -> None:
    of(cabinet, keep_stock)
    of(cabinet, lambda one: bring(one, 1))
    form = operator.read("/admin/intake/recalls/new")
    assert 'name="area"' not in form
    typed = {"product_id": str(cabinet.product.id), "reason": "包装破损"}
    listed = operator.follow(operator.send("/admin/intake/recalls/new", **typed))
    assert "本单位各柜" in listed
    with db.transaction() as session:
        assert len(recalls.recalls_of(session, cabinet.channel)) == 1


def test_pages_of_cabinets_ask_the_database_little_and_show_no_household(
    cabinet: Cabinet, operator: Visitor
) -> None:
    of(cabinet, keep_stock)
    make_tasks(cabinet)
    for path in (TASKS, "/admin/intake/recalls"):
        operator.read(path)
        with counted() as asked:
            html = operator.read(path)
        assert len(asked) <= 5, (path, asked)
        assert personal(html) == []
    assert (
        operator.get(f"/admin/intake/channels/{cabinet.channel.code}/devices/X/movements").status_code == 404
    )
    with db.transaction() as session:
        assert session.scalars(select(Device.code)).all() == [cabinet.device]


#: The least that is a JPEG.
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")


def test_a_plan_of_more_slots_than_the_form_has_comes_as_a_file_and_goes_out_as_one(
    cabinet: Cabinet, operator: Visitor
) -> None:
    page = f"/admin/intake/channels/{cabinet.channel.code}/devices/{cabinet.device}/planogram"
    heading = "货道,上架商品,未登记商品,容量,补货线"

    def file(*lines: str) -> tuple[BytesIO, str]:
        return BytesIO("\n".join([heading, *lines]).encode()), "陈列图.csv"

    wrong = file("A1,,米,4,9", "A2,没有的货,,4,1", "A2,,米,0,1", "A3,,,4,1")
    refused = operator.send(f"{page}/file", file=wrong)
    assert refused.status_code == 422
    told = text_of(main_of(refused))
    assert "3 不是该销售点的上架商品,或同名的不止一种" in told
    assert "4 " in told
    above = text_of(main_of(operator.send(f"{page}/file", file=file("A1,,米,4,1", "A2,,油,4,9"))))
    assert "3 补货线不能高于容量" in above
    neither = text_of(main_of(operator.send(f"{page}/file", file=file("A1,,米,4,1", "A2,,,4,1"))))
    assert "3 每个货道应填上架商品、产品、商品名称之一" in neither
    many = [f"S{number:03d},,商品{number},6,2" for number in range(120)]
    taken = operator.send(f"{page}/file", file=file(*many), reason="换柜")
    assert "陈列图第 1 版已登记" in operator.follow(taken)
    assert "这台设备的货道太多" in operator.read(page)
    out = operator.get(f"{page}?format=csv").get_data()
    assert out.decode("utf-8-sig").splitlines()[:2] == [heading, "S000,,商品0,6,2"]
    with frozen_at(LATER):
        again = operator.send(f"{page}/file", file=(BytesIO(out), "陈列图.csv"))
        assert "陈列图第 2 版已登记" in operator.follow(again)
    with frozen_at(LATER), db.transaction() as session:
        device = session.scalars(select(Device.id)).one()
        assert len(plans.slots_at(session, device, LATER)) == 120


def test_listed_goods_go_out_by_their_name_and_come_back_as_themselves(
    cabinet: Cabinet, operator: Visitor
) -> None:
    of(cabinet, keep_stock)
    page = f"/admin/intake/channels/{cabinet.channel.code}/devices/{cabinet.device}/planogram"
    out = operator.get(f"{page}?format=xlsx").get_data()
    with frozen_at(LATER):
        again = operator.send(f"{page}/file", file=(BytesIO(out), "陈列图.xlsx"))
        assert "陈列图第 2 版已登记" in operator.follow(again)
    with frozen_at(LATER), db.transaction() as session:
        device = session.scalars(select(Device.id)).one()
        planned = plans.slots_at(session, device, LATER)
    assert {slot.product_id for slot in planned.values()} == {cabinet.product.id}
