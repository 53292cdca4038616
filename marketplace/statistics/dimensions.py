"""By what a figure can be broken down or filtered: one line each over the columns frozen in a ledger entry.

A dimension says how its value is computed in SQL, what a value is called, and whether accruals (benefit without a sale) and
payment lists have it too. A new one is a new line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, case, cast, func, literal_column

from marketplace.attribution.models import Entry
from marketplace.core import divisions
from marketplace.core.errors import BadRequest
from marketplace.statistics import dimension_titles as titles

LEVELS: Final[dict[str, int]] = {"province": 2, "city": 4, "county": 6, "town": 9, "village": 12}
CATEGORY_LEVELS: Final = {"1": 2, "2": 4, "3": 6}
GOODS_CLASSES: Final = {
    "certified_aid": "已认定",
    "area_produce": "产自帮扶地区未认定",
    "ordinary": "普通商品",
}


def _itself(value: Any) -> str:
    return "—" if value is None else str(value)


def area_title(value: Any) -> str:
    """Name of an area given by its significant digits (``4414`` → 梅州市); the code itself where it is not in the lists."""
    if value is None:
        return "—"
    code = str(value).ljust(6, "0") if len(str(value)) < 6 else str(value)
    return divisions.name(code) if divisions.is_known(code) else code


def is_at(key: Any, level: str) -> bool:
    """Whether significant digits stand for a division of that level: 4414 for a city, 4400 (省本级) for none."""
    code = str(key).ljust(6, "0")
    return divisions.is_known(code) and divisions.level_of(code) == level


def buyer_area_title(value: Any) -> str:
    """The same for whose budget pays: what a province itself buys lies in none of its cities."""
    return "省本级" if len(str(value)) == 4 and str(value).endswith("00") else area_title(value)


def _titles(table: dict[str, str]) -> Callable[[Any], str]:
    return lambda value: table.get(value, str(value)) if value is not None else "—"


def leading(column: Any, length: int) -> ColumnElement[Any]:
    """The first `length` characters. Literals, not parameters: GROUP BY must see the same expression as SELECT."""
    found: ColumnElement[Any] = func.substr(column, literal_column("1"), literal_column(str(length)))
    return found


@dataclass(frozen=True)
class Dimension:
    """A way to break figures down. `column` gets the level (area dimensions) and gives an expression over Entry.

    `of_period` gives the same over any column of months, for dimensions that accruals and payment lists have by their month.
    """

    code: str
    title_zh: str
    column: Callable[[str], ColumnElement[Any]]
    title_of: Callable[[Any], str] = _itself
    is_area: bool = False
    benefit: bool = False  # accruals and payment lists have it too
    of_period: Callable[[Any], ColumnElement[Any]] | None = None
    of_households: bool = False  # not of entries but of the households themselves
    holds: Callable[[str], ColumnElement[bool]] | None = (
        None  # what a filter's value means, where not equality
    )
    digits: Mapping[str, int] = field(default_factory=dict)  # levels of its codes that a name may ask for


def _plain(name: str) -> Callable[[str], ColumnElement[Any]]:
    return lambda _level: Entry.__table__.c[name]


def _area(name: str) -> Callable[[str], ColumnElement[Any]]:
    return lambda level: leading(Entry.__table__.c[name], LEVELS[level])


def _time(
    code: str,
    title_zh: str,
    of_period: Callable[[Any], ColumnElement[Any]],
    title_of: Callable[[Any], str] = _itself,
) -> Dimension:
    def column(_level: str) -> ColumnElement[Any]:
        return of_period(Entry.__table__.c.period)

    return Dimension(code, title_zh, column, title_of, benefit=True, of_period=of_period)


def _quarter(period: Any) -> ColumnElement[Any]:
    """2020-08 → 2020Q3, in words that every engine of the columns has."""
    month = func.substr(period, literal_column("6"), literal_column("2"))
    quarter = case(
        (month <= literal_column("'03'"), literal_column("'Q1'")),
        (month <= literal_column("'06'"), literal_column("'Q2'")),
        (month <= literal_column("'09'"), literal_column("'Q3'")),
        else_=literal_column("'Q4'"),
    )
    found: ColumnElement[Any] = func.concat(leading(period, 4), quarter)
    return found


def _quarter_title(value: Any) -> str:
    return f"{str(value)[:4]}年第{str(value)[-1]}季度"


def _day(_level: str) -> ColumnElement[Any]:
    """The Shanghai day on which the entry counted (a refund: was confirmed), whatever month it could be booked in.

    Instants are UTC on every connection, and Shanghai has been eight hours ahead, summer and winter, since 1991.
    """
    local = Entry.__table__.c.counted_at + literal_column("INTERVAL '8 hours'")
    return leading(cast(local, Text), 10)


def _week(_level: str) -> ColumnElement[Any]:
    """Monday of the Shanghai day's week (ISO 8601): every engine of the columns cuts a week there."""
    local = Entry.__table__.c.counted_at + literal_column("INTERVAL '8 hours'")
    return leading(cast(func.date_trunc(literal_column("'week'"), local), Text), 10)


def _week_title(value: Any) -> str:
    """2020-09-07 → 2020年第37周(9月7日起), by ISO 8601: a year's first week holds its first Thursday."""
    monday = date.fromisoformat(str(value))
    year, week, _ = monday.isocalendar()
    return f"{year}年第{week}周({monday.month}月{monday.day}日起)"


def _half_year(period: Any) -> ColumnElement[Any]:
    """2020-08 → 2020H2."""
    month = func.substr(period, literal_column("6"), literal_column("2"))
    half = case((month <= literal_column("'06'"), literal_column("'H1'")), else_=literal_column("'H2'"))
    found: ColumnElement[Any] = func.concat(leading(period, 4), half)
    return found


def _half_year_title(value: Any) -> str:
    return f"{str(value)[:4]}年{'上' if str(value).endswith('1') else '下'}半年"


def _pairing(level: str) -> ColumnElement[Any]:
    """4401-4414: the frozen helper and the origin; empty where a sale had no helper."""
    helper = leading(Entry.__table__.c.helper_area, LEVELS[level])
    return helper.concat(literal_column("'-'")).concat(leading(Entry.__table__.c.origin_area, LEVELS[level]))


def _pairing_title(value: Any) -> str:
    return "—" if value is None else "→".join(area_title(part) for part in str(value).split("-"))


def _first_level(_level: str) -> ColumnElement[Any]:
    """Number of the unit at the top of the buyer's branch as it was when the order was placed; empty outside the tree."""
    path = Entry.__table__.c.buyer_path
    root = func.split_part(path, literal_column("'.'"), literal_column("1"))
    found: ColumnElement[Any] = func.nullif(root, literal_column("''"))
    return found


def _in_branch(number: str) -> ColumnElement[bool]:
    """Buyers at or below the organisation of that number in the tree of the day of their order."""
    path = literal_column("'.'").concat(Entry.__table__.c.buyer_path).concat(literal_column("'.'"))
    return path.contains(f".{number}.", autoescape=True)


def _in_category(code: str) -> ColumnElement[bool]:
    """Goods of the category or of one within it."""
    held: ColumnElement[bool] = Entry.__table__.c.category_code.startswith(code, autoescape=True)
    return held


def _not_of_entries(_level: str) -> ColumnElement[Any]:
    raise TypeError("a household's own area is not a column of entries")


DIMENSIONS: Final[tuple[Dimension, ...]] = (
    _time("period", "入账期", lambda period: period),
    Dimension("day", "计入日", _day),
    Dimension("week", "计入周", _week, _week_title),
    _time("quarter", "季度", _quarter, _quarter_title),
    _time("half_year", "半年度", _half_year, _half_year_title),
    _time("year", "年份", lambda period: leading(period, 4)),
    Dimension("sold_period", "发生期", _plain("sold_period")),
    Dimension("adjusts_period", "调整所属期", _plain("adjusts_period")),
    Dimension("origin", "产地", _area("origin_area"), area_title, is_area=True, benefit=True),
    Dimension("buyer_area", "采购地", _area("buyer_area"), buyer_area_title, is_area=True),
    Dimension("helper_area", "帮扶方", _area("helper_area"), area_title, is_area=True),
    Dimension("pairing", "结对关系", _pairing, _pairing_title),
    Dimension("household_area", "农户所在地", _not_of_entries, area_title, is_area=True, of_households=True),
    Dimension("channel_area", "销售点所在地", _area("channel_area"), area_title, is_area=True),
    Dimension("channel_kind", "渠道类型", _plain("channel_kind"), _titles(titles.CHANNELS)),
    Dimension("channel", "销售点", _plain("channel_id")),
    Dimension("participation_mode", "参与方式", _plain("participation_mode"), _titles(titles.MODES)),
    Dimension("purchase_kind", "采购方式", _plain("purchase_kind"), _titles(titles.PURCHASE_KINDS)),
    Dimension("broker", "帮助销售方", _plain("broker_id")),
    Dimension("buyer_kind", "采购主体类型", _plain("buyer_kind"), _titles(titles.BUYER_KINDS)),
    Dimension("buyer_sector", "条线", _plain("buyer_sector"), _titles(titles.SECTORS)),
    Dimension("buyer", "采购单位", _plain("buyer_id")),
    Dimension("subtree", "一级预算单位(组织编号)", _first_level, holds=_in_branch),
    Dimension("budget_unit", "预算单位", _plain("budget_unit_id")),
    Dimension("reserve_year", "预留份额年度", _plain("reserve_year")),
    Dimension("fund_source", "资金来源", _plain("fund_source"), _titles(titles.FUND_SOURCES)),
    Dimension("goods_class", "商品类别", _plain("goods_class"), _titles(GOODS_CLASSES)),
    Dimension(
        "category",
        "品类",
        _plain("category_code"),
        titles.category_title,
        holds=_in_category,
        digits=CATEGORY_LEVELS,
    ),
    Dimension("scheme", "认定体系", _plain("scheme"), _titles(titles.SCHEMES)),
    Dimension("producer_kind", "主体类型", _plain("producer_kind"), _titles(titles.PRODUCER_KINDS)),
    Dimension("producer", "带贫主体", _plain("producer_id"), benefit=True),
    Dimension("product", "产品", _plain("product_id")),
    Dimension("linkage_mode", "利益联结模式", _plain("linkage_mode"), _titles(titles.LINKAGES), benefit=True),
)
_BY_CODE: Final = {dimension.code: dimension for dimension in DIMENSIONS} | {
    "month": DIMENSIONS[0],
}
NAMES: Final = tuple(sorted(_BY_CODE))


def dimension(code: str) -> Dimension:
    """The dimension of that name; ``origin.county`` or ``category.1`` is one at a level of its own, whatever the question's is.

    BadRequest (code ``unknown_dimension``) that lists the known ones.
    """
    name, dot, level = code.partition(".")
    found = _BY_CODE.get(name)
    own = found is not None and found.is_area and not found.of_households
    digits = (LEVELS if own else found.digits if found is not None else {}).get(level)
    if found is None or (dot and digits is None):
        raise BadRequest("unknown_dimension", f"没有维度 {code}", known=list(NAMES))
    if digits is None:
        return found
    return replace(found, code=code, column=lambda _level: leading(found.column("village"), digits))
