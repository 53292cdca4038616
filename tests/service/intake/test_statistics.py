"""Sales made elsewhere in the statistics: by the same questions as our own, with words for what is in no register."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from marketplace.attribution.service.close import close_period
from marketplace.core.clock import frozen_at, shanghai
from marketplace.statistics.query import Question, ask
from tests.support.reporters import UNION, open_reporter
from tests.support.reporting_device import Cabinet


@pytest.mark.parametrize(
    ("by", "title"),
    [
        ("category", "未登记类别"),
        ("producer_kind", "未登记供应商"),
        ("buyer_kind", "居民"),
        ("origin", "广州市"),
        ("participation_mode", "其他(个人)"),
        ("channel_kind", "专柜"),
    ],
)
def test_goods_in_no_register_have_a_row_with_a_title(cabinet: Cabinet, by: str, title: str) -> None:
    water = {"fpgoodsmark": "2", "fpwthirdpartyid": None, "suppliercode": None, "goodsname": "矿泉水"}
    cabinet.report(cabinet.row("A1"), cabinet.row("A2", payamt="2.50", **water))
    answer = ask(cabinet.session, Question(measures=("sales", "aid_sales"), by=(by,)))
    assert answer.total == {"sales": 5_150, "aid_sales": 4_900}
    assert title in {row.titles[0] for row in answer.rows}


def test_orders_of_a_till_are_counted_and_not_their_lines(cabinet: Cabinet) -> None:
    cabinet.report(cabinet.row("A1", lineno="1"), cabinet.row("A1", lineno="2"), cabinet.row("A2"))
    answer = ask(cabinet.session, Question(measures=("orders", "lines")))
    assert answer.total == {"orders": 2, "lines": 3}


def test_an_order_that_a_county_told_too_is_counted_once_in_the_year_and_stays_in_its_own_month(
    cabinet: Cabinet,
) -> None:
    platform = open_reporter(cabinet, "platform_832", "platform_832")
    county = open_reporter(cabinet, "hall_offline", "county_register")
    with frozen_at(shanghai(2020, 9, 30, 18)):
        county.report(
            county.row("X1", 采购人统一社会信用代码=UNION),
            county.row("X2", 原平台订单编号="P2"),
            county.row("X3", 原平台订单编号="P3"),
        )
    with frozen_at(shanghai(2020, 10, 6, 10)):
        close_period(cabinet.session, None, "2020-09")
        platform.report(platform.row("P2"), platform.row("P3"))
    whole = Question(measures=("orders", "lines", "sales", "average_order"))
    # X2 and X3 of the county came to nothing, for the platform's orders stand.
    assert ask(cabinet.session, whole).total == {
        "orders": 3, "lines": 3, "sales": 14_700, "average_order": 4_900,
    }  # fmt: skip
    by_month = ask(cabinet.session, replace(whole, by=("period",)))
    assert {row.key[0]: (row.figures["orders"], row.figures["sales"]) for row in by_month.rows} == {
        "2020-09": (3, 14_700),
        "2020-10": (2, 0),
    }
    by_channel = ask(cabinet.session, replace(whole, by=("channel",)))
    assert {uuid.UUID(str(row.key[0])): row.figures["orders"] for row in by_channel.rows} == {
        county.channel.id: 1,
        platform.channel.id: 2,
    }


def test_an_order_whose_goods_all_came_back_is_counted_as_before(cabinet: Cabinet) -> None:
    cabinet.report(cabinet.row("A1"), cabinet.row("A2"))
    cabinet.report(cabinet.row("A1", tradetp="2", tradeno="R1", paytm="2020-10-01 11:45:00"))
    answer = ask(cabinet.session, Question(measures=("orders", "lines", "sales")))
    assert answer.total == {"orders": 2, "lines": 2, "sales": 4_900}
