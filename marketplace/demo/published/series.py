"""Published targets and amounts: what provinces and cities said they would sell and did sell.

They are declared figures of others, never added to what the ledger counts; the report prints them beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from marketplace.core import divisions
from marketplace.core.amounts import REASONS_ZH, Amount, parse_money
from marketplace.demo.published.rows import Remark, Row, read, remark

TARGETS = "region_targets.csv"
STATISTICS = "sales_statistics_consumption_aid.csv"
_TARGET, _VALUE = "目标/比例(原文)", "数值(原文)"
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)%")
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
_YEAR = re.compile(r"^(\d{4})")


@dataclass(frozen=True, slots=True)
class PublishedTarget:
    """One published target: an amount of money, a ratio in basis points, or neither (a number of sites, 全覆盖).

    `area_code` is None where the row speaks of no province or city (全国, a whole class of units).
    """

    area: str
    area_code: str | None
    year: int
    indicator: str
    raw_text: str
    amount: Amount | None
    ratio_bp: int | None
    deadline: str
    row: int
    source: str


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


def read_targets() -> tuple[tuple[PublishedTarget, ...], tuple[Remark, ...]]:
    """Read the targets; a text that is neither money nor a ratio is kept as text with a remark."""
    remarks: list[Remark] = []
    found: list[PublishedTarget] = []
    for row in read(TARGETS):
        year = _YEAR.match(row["年度"])
        if year is None:
            remarks.append(remark("rejected", row, "年度", "没有年份"))
            continue
        text = row[_TARGET]
        percent = _PERCENT.search(text)
        ratio_bp = int(Fraction(percent[1]) * 100) if percent and "元" not in text else None
        amount = _money(row, _TARGET, "元", remarks) if "元" in text and ratio_bp is None else None
        if amount is None and ratio_bp is None:
            remarks.append(remark("rejected", row, _TARGET, "不是金额也不是比例,只作文字保留"))
        found.append(
            PublishedTarget(
                row["地区/层级"], _area(row["地区/层级"]), int(year[1]), row["指标(原文)"], text, amount,
                ratio_bp, row["截止日期"], row.number, row["依据/source"],
            )
        )  # fmt: skip
    return tuple(found), tuple(remarks)


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


def _area(text: str) -> str | None:
    """Return the code of the one province or city that a target is for, None for the country and for several."""
    if "、" in text or text.startswith("全国"):
        return None
    found = divisions.find(text)
    return found[0].code if len(found) == 1 else None
