"""Sales made elsewhere in the statistics: by the same questions as our own, with words for what is in no register."""

from __future__ import annotations

import pytest

from marketplace.statistics.query import Question, ask
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
