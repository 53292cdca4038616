"""Published amounts: what provinces and cities said they sold (targets are read by `statistics.targets`).

They are declared figures of others, never added to what the ledger counts; the report prints them beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.core.amounts import REASONS_ZH, Amount, parse_money
from marketplace.demo.published.rows import Remark, Row, read, remark

STATISTICS = "sales_statistics_consumption_aid.csv"
_VALUE = "数值(原文)"
_MONEY_UNITS = {"亿元": "亿元", "億元": "亿元", "万元": "万元", "元": "元"}
_SOLD = (
    "销售",
    "銷售",
    "采购",
    "购买",
    "购进",
    "购销",
    "助销",
    "销往",
    "消费扶贫金额",
    "交易额",
    "交易总额",
    "取引額",
    "完成交易",
    "其中扶贫产品",
    "认购",
    "消费采购",
)
_NOT_SOLD = ("签约", "意向", "拟采购", "目标", "协议", "份额")


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """One published amount of money; `part_of_another` marks a 其中 row, which is never added to its parent."""

    area: str
    period: str
    indicator: str
    amount: Amount
    part_of_another: bool
    is_sale: bool
    row: int
    source: str


def read_figures() -> tuple[tuple[PublishedFigure, ...], tuple[Remark, ...]]:
    """Read the published amounts of money; counts of people, goods and places are left to the text."""
    remarks: list[Remark] = []
    found: list[PublishedFigure] = []
    for row in read(STATISTICS):
        unit = _MONEY_UNITS.get(row["单位"])
        if unit is None:
            remarks.append(remark("rejected", row, "单位", "不是金额,不列入金额序列"))
            continue
        amount = _money(row, _VALUE, unit, remarks)
        if amount is None:
            continue
        indicator = row["指标名称(原文)"]
        found.append(
            PublishedFigure(
                row["统计地区"], row["统计期间"], indicator, amount, indicator.startswith("其中"),
                _is_sale(indicator), row.number, row["source"],
            )
        )  # fmt: skip
    return tuple(found), tuple(remarks)


def _is_sale(indicator: str) -> bool:
    """Say whether an indicator speaks of what was sold or bought; signed, intended and planned amounts are not."""
    return any(word in indicator for word in _SOLD) and not any(word in indicator for word in _NOT_SOLD)


def _money(row: Row, column: str, unit: str, remarks: list[Remark]) -> Amount | None:
    amount = parse_money(row[column], unit)
    if amount.reason is not None:
        remarks.append(remark("rejected", row, column, REASONS_ZH[amount.reason]))
        return None
    return amount
