"""Reported sales on pages: a file tried and handed in, a row put right, a sale told twice, a purchase declared and verified."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.core import db, files
from marketplace.core.clock import frozen_at
from marketplace.intake.models import Batch, Pledge, Purchase, RowOutcome
from marketplace.intake.service.process import process_batch
from tests.catalogue_world import NOON, World
from tests.support.filled_in import filled_in
from tests.support.pages import personal
from tests.support.reporters import cases, open_reporter
from tests.support.reporting_device import next_uscc, open_cabinet
from tests.support.reporting_shop import Shop, open_operated_hall, open_shop
from tests.support.statements import counted
from tests.support.visitors import HTTPS, Visitor, form_of, main_of, text_of

Visit = Callable[..., Visitor]
INTAKE = "/admin/intake"


@pytest.fixture(autouse=True)
def at_noon(tmp_path: Path) -> Iterator[None]:
    files.install(tmp_path)
    with frozen_at(NOON):
        yield


@pytest.fixture
def shop(database: object) -> Shop:
    """A hall whose operator reports receipts; its own session is over."""
    return open_operated_hall()


def sent(one: Visitor, shop: Shop, content: bytes, **more: str) -> Any:
    """The file, by the form of the upload page."""
    at = f"{INTAKE}/uploads/new"
    typed = form_of(one.read(at)) | {"channel": shop.channel.code, "adapter": "pos_hall"} | more
    typed |= {"file": (io.BytesIO(content), "日报.xlsx")}
    return one.client.post(at, data=typed, base_url=HTTPS)


def read_batches() -> None:
    """What the worker does."""
    with db.transaction() as session:
        for batch_id in session.scalars(select(Batch.id)).all():
            process_batch(session, {"batch_id": str(batch_id)})


def test_a_file_is_tried_then_handed_in_and_never_twice(shop: Shop, operator: Visitor) -> None:
    content = filled_in("pos_hall", shop.row(交易日期="2020-09-30"), {"小票号": "P2"})
    tried = sent(operator, shop, content, **{"try": "1"})
    assert tried.status_code == 200
    words = text_of(main_of(tried))
    assert "已入账 1" in words
    assert "待处理(有误) 1" in words
    assert "必填项为空" in words
    with db.transaction() as session:
        assert session.scalars(select(Batch.id)).all() == []
    done = sent(operator, shop, content)
    page = done.headers["Location"]
    assert "正在处理" in operator.follow(done)
    read_batches()
    shown = text_of(operator.read(page))
    assert "行数 2 入账 1 重复 0 更正 0 待处理 1" in shown
    again = sent(operator, shop, content)
    assert again.headers["Location"] == page
    assert "没有重复入账" in operator.follow(again)


def test_an_upload_without_a_file_is_refused_at_its_field(shop: Shop, operator: Visitor) -> None:
    refused = operator.send(f"{INTAKE}/uploads/new", channel=shop.channel.code, adapter="pos_hall")
    assert (refused.status_code, "请选择文件" in main_of(refused)) == (422, True)
    macros = sent(operator, shop, filled_in("pos_hall", shop.row(), formula="B3"))
    assert macros.status_code == 422


def kept_apart(shop: Shop, operator: Visitor, **wrong: str) -> str:
    """The page of a row that was kept apart."""
    sent(operator, shop, filled_in("pos_hall", shop.row(交易日期="2020-09-30", **wrong)))
    read_batches()
    found = re.search(rf'href="({INTAKE}/quarantine/[0-9a-f-]{{36}})"', operator.read(f"{INTAKE}/quarantine"))
    assert found is not None
    return found[1]


def test_a_row_kept_apart_shows_why_and_is_put_right(shop: Shop, operator: Visitor) -> None:
    page = kept_apart(shop, operator, 供应商统一社会信用代码="91440000X")
    shown = operator.read(page)
    assert "统一社会信用代码有误" in shown
    assert 'value="91440000X"' in shown
    column = "changes.供应商统一社会信用代码"
    still = operator.send(page, to=page, **{column: "nonsense", "opinion": "按营业执照"})
    assert "仍不能入账" in operator.follow(still)
    at = still.headers["Location"]
    done = operator.send(at, to=at, **{column: shop.supplier_uscc, "opinion": "按营业执照"})
    assert "已更正入账" in operator.follow(done)
    with db.transaction() as session:
        how = session.scalars(select(RowOutcome.settled_how).order_by(RowOutcome.attempt)).all()
        assert how == ["mended", "mended"]
        assert session.scalars(select(Batch.accepted)).all() == [1]


def test_a_row_is_tried_again_or_dropped_with_the_reason(shop: Shop, operator: Visitor) -> None:
    page = kept_apart(shop, operator, 供应商统一社会信用代码="91440000X")
    again = operator.send(page, to=f"{page}/retry")
    assert "仍不能入账" in operator.follow(again)
    at = again.headers["Location"]
    silent = operator.send(at, to=f"{at}/dropping", opinion="")
    assert (silent.status_code, 'id="d-opinion-error"' in main_of(silent)) == (422, True)
    dropped = operator.send(at, to=f"{at}/dropping", opinion="不是本馆销售")
    assert "没有待处理的行" in operator.follow(dropped)
    assert "不是本馆销售" in operator.read(at)


def test_an_operator_sees_own_channels_alone(shop: Shop, operator: Visitor, visitor: Visit) -> None:
    page = kept_apart(shop, operator, 供应商统一社会信用代码="91440000X")
    with db.transaction() as session:
        other = World(session).organisation("channel_operator").id
    stranger = visitor("channel_operator", organisation_id=other)
    assert "没有待处理的行" in stranger.read(f"{INTAKE}/quarantine")
    assert "还没有批次" in stranger.read(f"{INTAKE}/batches")
    assert stranger.get(page).status_code == 404
    assert stranger.get(f"{INTAKE}/channels/{shop.channel.code}").status_code == 403
    assert "D1" in operator.read(f"{INTAKE}/channels/{shop.channel.code}")
    county = visitor("county_officer", "440100")
    assert county.get(f"{INTAKE}/batches").status_code == 403
    assert "渠道运行" in county.read(f"{INTAKE}/health")


def test_batches_that_never_came_are_named(shop: Shop, operator: Visitor) -> None:
    with db.transaction() as session:
        shop.session, shop.sequence = session, 2
        shop.report(shop.row(交易日期="2020-09-30"), total_fen=9_800)
    health = text_of(operator.read(f"{INTAKE}/health"))
    assert "批次序号有缺" in health
    assert "请从设备补传缺失批次" in health
    assert "缺 2 批 1、2" in text_of(operator.read(f"{INTAKE}/channels/{shop.channel.code}"))


def test_a_sale_told_twice_is_shown_on_both_sides_and_decided(database: object, visitor: Visit) -> None:
    with db.transaction() as session:
        cabinet = open_cabinet(session)
        platform = open_reporter(cabinet, "platform_832", "platform_832")
        county = open_reporter(cabinet, "hall_offline", "county_register")
        platform.report(platform.row("P1"))
        county.report(county.row("X1"))
        [case] = cases(session)
        number = case.number
    official = visitor("province_officer", "000000")
    assert number in official.read(f"{INTAKE}/duplicates?state=open")
    page = f"{INTAKE}/duplicates/{number}"
    shown = text_of(official.read(page))
    assert "P1" in shown
    assert "X1" in shown
    assert "金额 ¥49.00 ¥49.00 相同" in shown
    to = f"{page}/decision"
    silent = official.send(page, to=to, outcome="confirmed", opinion="")
    assert silent.status_code == 422
    done = official.send(page, to=to, outcome="confirmed", opinion="同一笔")
    assert "认定为同一笔" in official.follow(done)
    anew = official.send(page, to=to, outcome="dismissed", opinion="核实为两笔")
    assert "核实为两笔" in official.follow(anew)


@pytest.fixture
def fair(database: object) -> tuple[Shop, Any]:
    with db.transaction() as session:
        opened = open_shop(session, "exhibition")
        unit = World(session).organisation("budget_unit")
        unit.uscc, unit.fiscal_area, unit.fiscal_tier = next_uscc(), "440106", "county_level"
        session.flush()
        unit_id = unit.id
        session.expunge_all()
        return opened, unit_id


def typed(shop: Shop) -> dict[str, Any]:
    """A purchase of 100 boxes as the form has it."""
    return {
        "paper.kind": "digital_normal",
        "paper.number": "20442000000012345678",
        "paper.issued_on": "2020-09-28",
        "paper.total_fen": "4900",
        "seller_uscc": shop.supplier_uscc,
        "seller_name": "演示合作社",
        "kind": "own_purchase",
        "channel": shop.channel.code,
        "bought_on": "2020-09-28",
        "lines.0.goods_name": "百香果",
        "lines.0.catalogue_no": shop.catalogue_no,
        "lines.0.quantity_milli": "100",
        "lines.0.amount_fen": "4900.00",
        "lines.1.goods_name": "",
        "lines.1.quantity_milli": "",
        "file_ids": (io.BytesIO(b"%PDF-1.7"), "发票.pdf"),
    }


def test_a_unit_declares_a_purchase_and_another_person_verifies_it(
    fair: tuple[Shop, Any], visitor: Visit
) -> None:
    shop, unit_id = fair
    clerk = visitor("buyer", organisation_id=unit_id)
    county = visitor("county_officer", "440106")
    at = "/declared-purchases/new"
    made = clerk.client.post(at, data=form_of(clerk.read(at)) | typed(shop), base_url=HTTPS)
    assert made.status_code == 303, main_of(made)
    number = made.headers["Location"].rsplit("/", 1)[1]
    assert "百香果 — " in text_of(clerk.read(f"/declared-purchases/{number}"))
    page = f"{INTAKE}/purchases/{number}"
    assert number in county.read(f"{INTAKE}/purchases?state=submitted")
    shown = text_of(county.read(page))
    assert "¥4,900.00" in shown
    assert "佐证文件 1" in shown
    back = county.send(page, to=f"{page}/review", decision="returned", opinion="数量不清")
    assert "数量不清" in county.follow(back)
    again = f"/declared-purchases/{number}/resubmission"
    assert 'value="100"' in clerk.read(again)
    with db.transaction() as session:
        kept = str(session.scalars(select(files.StoredFile.id)).one())
    anew = typed(shop) | {"file_ids": kept, "lines.0.quantity_milli": "99.5"}
    anew = {name: value for name, value in anew.items() if not name.startswith(("paper.", "seller_"))}
    assert "已重新提交" in clerk.follow(clerk.send(again, to="", **anew))
    done = county.send(page, to=f"{page}/review", decision="verified", opinion="按发票")
    assert "已审核入账" in county.follow(done)
    with db.transaction() as session:
        assert session.scalars(select(Purchase.state)).all() == ["verified"]
    assert visitor("county_officer", "440303").get(page).status_code == 404
    assert clerk.get(page).status_code == 403


def test_what_is_signed_is_registered_fulfilled_summed_and_ended(shop: Shop, visitor: Visit) -> None:
    officer = visitor("county_officer", "440100")
    new = {
        "kind": "signed",
        "event": "<i>展销会</i>",
        "buyer_name": "演示集团",
        "buyer_area": "440100",
        "seller_name": "演示合作社",
        "origin_area": "469025",
        "amount_fen": "200",
        "signed_on": "2020-09-28",
    }
    made = officer.send(f"{INTAKE}/pledges/new", to="", **new)
    page = made.headers["Location"]
    shown = officer.follow(made)
    assert "&lt;i&gt;展销会&lt;/i&gt;" in shown
    assert "签约金额" in shown
    neither = officer.send(page, to=f"{page}/sales", order_number="", channel="", order_ref="")
    assert neither.status_code == 422
    with db.transaction() as session:
        shop.session = session
        shop.report(shop.row(交易日期="2020-09-30", 小票号="P9"), total_fen=9_800)
        ref = session.scalar(select(RowOutcome.id))
        assert ref is None
    sums = text_of(officer.read(f"{INTAKE}/pledges/summary?by1=kind"))
    assert "签约金额 ¥200.00" in sums
    assert "不是销售额" in sums
    ended = officer.send(page, to=f"{page}/end", state="lapsed", opinion="对方撤回")
    assert "对方撤回" in officer.follow(ended)
    with db.transaction() as session:
        assert session.scalars(select(Pledge.state)).all() == ["lapsed"]


def test_what_waits_is_counted_for_whoever_deals_with_it(
    shop: Shop, operator: Visitor, visitor: Visit
) -> None:
    kept_apart(shop, operator, 供应商统一社会信用代码="91440000X")
    assert "待处理行 1 最早 2020-10-01" in text_of(operator.read(INTAKE))
    assert "待处理行" not in visitor("county_officer", "440100").read(INTAKE)
    assert visitor("security_admin").get(INTAKE).status_code == 403


def test_lists_of_intake_ask_the_database_five_times_at_most(
    shop: Shop, operator: Visitor, visitor: Visit
) -> None:
    kept_apart(shop, operator, 供应商统一社会信用代码="91440000X")
    official = visitor("province_officer", "000000")
    mine = ("", "/batches", "/quarantine", "/duplicates", "/health", "/findings")
    theirs = ("", "/duplicates", "/purchases", "/pledges", "/health", "/findings", "/shares/alarms")
    lists = [(operator, INTAKE + path) for path in mine] + [(official, INTAKE + path) for path in theirs]
    for one, path in [*lists, (operator, "/admin/levies"), (operator, "/admin/levies/dues")]:
        one.read(path)
        with counted() as asked:
            html = one.read(path)
        assert len(asked) <= 5, (path, asked)
        assert personal(html) == []
