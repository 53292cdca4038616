"""The shapes of reporting through to the ledger: states of orders, voids, returns, tonnes, what a sale was made at."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.core.actor import system_actor
from marketplace.core.errors import Invalid
from marketplace.intake.models import ForeignSale
from marketplace.intake.rules.adapters import adapters, reporting_adapters
from marketplace.intake.service import quarantine, reading
from marketplace.statistics.query import Question, ask
from marketplace.statistics.reports import ReportRequest, report
from tests.support.reporting_shop import open_shop

EVENING = "2020-10-01 09:30:00"


@pytest.mark.parametrize("code", [one.code for one in reporting_adapters() if one.layout.foot])
def test_the_example_of_a_shape_counts_as_certified_aid_at_every_kind_it_is_for(
    session: Session, code: str
) -> None:
    for kind in adapters()[code].channel_kinds:
        shop = open_shop(session, code, kind)
        fen = adapters()[code].read(shop.row()).amount_fen
        batch = shop.report(shop.row(), total_fen=fen, above=["演示日报"])
        assert (batch.state, batch.accepted, batch.quarantined) == ("done", 1, 0)
        assert shop.ledger() == {"certified_aid": fen}


def test_an_order_that_is_not_paid_is_passed_over_and_counts_once_it_was_received(session: Session) -> None:
    shop = open_shop(session, "ecommerce")
    order = {"付款时间": EVENING, "实付金额": "57.00", "邮费": "8.00"}
    unpaid = shop.row(**order | {"订单状态": "等待买家付款", "实付金额": "0.00"})
    waiting = shop.report(unpaid, total_fen=0)
    assert (waiting.passed_over, waiting.quarantined) == (1, 0)
    assert shop.outcomes(waiting) == [(1, "passed_over", "no_sale")]
    shop.report(shop.row(**order, 订单状态="卖家已发货"), total_fen=4_900)
    assert shop.ledger() == {}
    shop.report(shop.row(**order, 订单状态="交易成功"), total_fen=4_900)
    assert shop.ledger() == {"certified_aid": 4_900}


def test_a_row_that_turns_out_unpaid_when_it_is_mended_is_passed_over_and_nobody_looks_at_it_again(
    session: Session,
) -> None:
    shop = open_shop(session, "ecommerce")
    batch = shop.report(shop.row(付款时间=EVENING, 订单状态="未知状态"), total_fen=4_900)
    [row] = session.scalars(reading.rows_of(batch.id, None, is_open=True)).all()
    mended = quarantine.mend(session, system_actor(), row.id, {"订单状态": "等待买家付款"}, "按平台后台核对")
    assert (mended.outcome, mended.reason, mended.attempt) == ("passed_over", "no_sale", 2)
    assert (batch.quarantined, batch.passed_over, batch.accepted) == (0, 1, 0)
    assert session.scalars(reading.rows_of(batch.id, None, is_open=True)).all() == []
    shop.report(shop.row(付款时间=EVENING), total_fen=4_900)
    assert shop.ledger() == {"certified_aid": 4_900}


def test_an_order_that_is_closed_goes_back_whole_and_one_that_never_was_is_passed_over(
    session: Session,
) -> None:
    shop = open_shop(session, "ecommerce")
    shop.report(shop.row(付款时间=EVENING), total_fen=4_900)
    assert shop.ledger() == {"certified_aid": 4_900}
    closed = shop.row(付款时间=EVENING, 订单状态="交易关闭")
    batch = shop.report(closed, shop.row(付款时间=EVENING, 订单编号="X", 订单状态="交易关闭"), total_fen=0)
    assert (batch.accepted, batch.passed_over) == (1, 1)
    assert shop.ledger() == {}
    assert shop.report(closed, total_fen=0).duplicate == 1


def test_a_closed_order_that_waited_never_counts(session: Session) -> None:
    shop = open_shop(session, "platform_832")
    row = {
        "订单编号": "832-1",
        "下单时间": EVENING,
        "实付金额(元)": "98.00",
        "数量": "2",
        "商品名称": "百香果",
        "认定目录编号": shop.catalogue_no,
        "供应商统一社会信用代码": shop.supplier_uscc,
        "预算单位统一社会信用代码": "91110000600037341L",
    }
    shop.report(row | {"订单状态": "待付款"}, total_fen=9_800)
    assert shop.report(row | {"订单状态": "已取消"}, total_fen=0).accepted == 1
    shop.report(row | {"订单状态": "已完成"}, total_fen=9_800)
    assert shop.ledger() == {}


def test_a_void_and_a_return_of_a_till_take_back_what_the_receipt_said(session: Session) -> None:
    shop = open_shop(session, "pos_hall")
    day = {"交易日期": "2020-10-01", "交易时间": "09:00:00"}
    sold = [
        shop.row(小票号="P1", **day, 数量="2", 金额="100.00", 优惠金额="2.00"),
        shop.row(小票号="P2", **day, 数量="1", 金额="50.00", 优惠金额="1.00"),
    ]
    shop.report(*sold, total_fen=9_800 + 4_900)
    back = shop.row(
        小票号="P3", **day, 业务类型="退货", 原小票号="P1", 数量="-1", 金额="-50.00", 优惠金额="1.00"
    )
    void = shop.row(小票号="P2", **day, 业务类型="作废", 数量="1", 金额="50.00", 优惠金额="1.00")
    batch = shop.report(back, void, total_fen=0)
    assert (batch.accepted, batch.quarantined) == (2, 0)
    assert shop.ledger() == {"certified_aid": 4_900}


def test_tonnes_and_jin_are_counted_in_kilograms(session: Session) -> None:
    shop = open_shop(session, "wholesale_market")
    shop.report(
        shop.row(过磅单号="G1", 重量="12.35", 重量单位="吨"),
        shop.row(过磅单号="G2", 重量="35", 重量单位="斤", 成交金额="77.10"),
        total_fen=4_322_500 + 7_710,
    )
    entries = session.execute(select(Entry.weight_g, Entry.quantity_milli).order_by(Entry.weight_g)).all()
    assert [tuple(one) for one in entries] == [(17_500, 17_500), (12_350_000, 12_350_000)]


def test_what_a_sale_was_made_at_is_kept_beside_it(session: Session) -> None:
    shop = open_shop(session, "livestream")
    shop.report(shop.row(), total_fen=4_900)
    sale = session.scalars(select(ForeignSale)).one()
    assert sale.particulars == {
        "occasion": "书记带货第3场",
        "host": "演示主播",
        "organiser": "演示融媒体中心",
    }


def test_a_batch_that_names_persons_is_not_taken_in(session: Session) -> None:
    shop = open_shop(session, "ecommerce")
    with pytest.raises(Invalid) as refused:
        shop.report(shop.row(收货人="某人"), total_fen=4_900)
    assert refused.value.code == "personal_columns"


def test_every_kind_of_the_other_channels_is_in_the_statistics_under_its_title(session: Session) -> None:
    for code, kind in (
        ("wholesale_market", "wholesale_market"),
        ("exhibition", "fair"),
        ("exhibition", "direct_supply"),
        ("village_outlet", "village_outlet"),
        ("livestream", "broadcast"),
    ):
        shop = open_shop(session, code, kind)
        shop.report(shop.row(), total_fen=adapters()[code].read(shop.row()).amount_fen)
    answer = ask(session, Question(measures=("sales",), by=("channel_kind",)))
    assert {row.titles[0] for row in answer.rows} == {"市场批发", "展销", "直供", "网点", "广电"}
    assert answer.total == {"sales": 4_322_500 + 2 * 14_700 + 19_600 + 4_900}


def test_the_monthly_report_foots_with_the_other_channels(session: Session) -> None:
    for code, kind in (
        ("wholesale_market", "wholesale_market"),
        ("livestream", "broadcast"),
        ("pos_hall", "hall_offline"),
    ):
        shop = open_shop(session, code, kind)
        shop.report(shop.row(), total_fen=adapters()[code].read(shop.row()).amount_fen)
    table = report("R1").build(session, ReportRequest("2020-10", "460000", ("000000",)))
    total = dict(zip((column.code for column in table.columns), table.total or (), strict=True))
    by_channel = {name: fen for name, fen in total.items() if name.startswith("channel_") and fen}
    assert by_channel == {"channel_hall": 9_800, "channel_other": 4_322_500 + 4_900}
    assert sum(by_channel.values()) == total["cumulative"]
