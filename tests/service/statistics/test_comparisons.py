"""环比, 同比, 排名, 目标 and 完成率 beside any measure; sorting, first N, pages and sub-totals."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from marketplace.core import divisions
from marketplace.core.actor import system_actor
from marketplace.core.clock import shanghai
from marketplace.core.errors import BadRequest
from marketplace.producers.categories import all_categories
from marketplace.statistics.arrangement import Arrangement, arranged
from marketplace.statistics.comparison_measures import COMPARISONS
from marketplace.statistics.comparisons import compare
from marketplace.statistics.measures import MEASURES
from marketplace.statistics.question import Question
from marketplace.statistics.targets import NewTarget, set_target
from tests.support.books import Books

Figures = dict[str, int | None]


@pytest.fixture
def two_years(books: Books) -> Books:
    """Sales of 2019-08, 2019-09, 2020-08 and 2020-09 bought in 广州 and 深圳."""

    def sell(at: datetime, fen: int, area: str = "440100") -> None:
        books.sell(books.line(fen, 1, sold_at=at, counted_at=at, buyer_area=area))

    sell(shanghai(2019, 8, 5), 1_000)
    sell(shanghai(2019, 9, 5), 2_000)
    sell(shanghai(2020, 8, 5), 1_500)
    sell(shanghai(2020, 9, 5), 1_200)
    sell(shanghai(2020, 9, 6), 500, "440300")
    return books


def total(session: Session, *measures: str, **changes: object) -> Figures:
    return compare(session, Question(measures, **changes)).total  # type: ignore[arg-type]


def cells(session: Session, *measures: str, **changes: object) -> dict[tuple[object, ...], Figures]:
    answer = compare(session, Question(measures, **changes))  # type: ignore[arg-type]
    return {row.key: row.figures for row in answer.rows}


SEPTEMBER = {"from_period": "2020-09", "to_period": "2020-09"}


def test_growth_is_against_the_months_before_and_the_same_months_of_the_year_before(
    session: Session, two_years: Books
) -> None:
    assert total(session, "sales", "sales_mom", "sales_yoy", **SEPTEMBER) == {
        "sales": 1_700,
        "sales_mom": 1_333,  # 1700 against 1500
        "sales_yoy": -1_500,  # 1700 against 2000
    }
    assert total(session, "sales_yoy", from_period="2020-08", to_period="2020-09") == {"sales_yoy": 667}
    assert total(session, "orders_yoy", **SEPTEMBER) == {"orders_yoy": 10_000}  # 2 against 1


def test_growth_is_empty_where_the_books_do_not_reach_back_or_nothing_was_sold_then(
    session: Session, two_years: Books
) -> None:
    assert total(session, "sales_mom", from_period="2019-08", to_period="2019-08") == {"sales_mom": None}
    assert total(session, "sales_yoy", from_period="2020-07", to_period="2020-09") == {"sales_yoy": None}
    by_buyer = cells(session, "sales", "sales_yoy", by=("buyer_area",), **SEPTEMBER)
    assert by_buyer == {
        ("4401",): {"sales": 1_200, "sales_yoy": -4_000},
        ("4403",): {"sales": 500, "sales_yoy": None},
    }


@pytest.mark.parametrize(
    ("by", "cell", "figures"),
    [
        ("period", ("2020-09",), {"sales_mom": 1_333, "sales_yoy": -1_500}),
        ("period", ("2020-08",), {"sales_mom": None, "sales_yoy": 5_000}),
        ("quarter", ("2020Q3",), {"sales_mom": None, "sales_yoy": 667}),
        ("half_year", ("2020H2",), {"sales_mom": None, "sales_yoy": 667}),
        ("year", ("2020",), {"sales_mom": 667, "sales_yoy": 667}),
        ("day", ("2020-09-05",), {"sales_mom": None, "sales_yoy": -4_000}),
        ("day", ("2020-09-06",), {"sales_mom": -5_833, "sales_yoy": None}),
    ],
)
def test_a_breakdown_by_time_compares_each_cell_with_its_own_predecessor(
    session: Session, two_years: Books, by: str, cell: tuple[str, ...], figures: Figures
) -> None:
    found = cells(session, "sales_mom", "sales_yoy", by=(by,), from_period="2020-08", to_period="2020-09")
    assert found[cell] == figures


def test_with_a_breakdown_by_time_the_total_has_no_growth_on_the_months_before(
    session: Session, two_years: Books
) -> None:
    asked = {"by": ("period",), "from_period": "2020-08", "to_period": "2020-09"}
    assert total(session, "sales_mom", "sales_yoy", **asked) == {"sales_mom": None, "sales_yoy": 667}


def test_a_rank_is_among_the_cells_that_share_all_but_the_last_dimension_and_equal_figures_share_one(
    session: Session, books: Books
) -> None:
    for period, sold in ((8, (300, 100, 300)), (9, (50, 70, 60))):
        at = shanghai(2020, period, 5)
        for area, fen in zip(("440100", "440300", "440600"), sold, strict=True):
            books.sell(books.line(fen, 1, sold_at=at, counted_at=at, buyer_area=area))
    found = cells(session, "sales_rank", by=("period", "buyer_area"))
    assert {key: figures["sales_rank"] for key, figures in found.items()} == {
        ("2020-08", "4401"): 1,
        ("2020-08", "4403"): 3,
        ("2020-08", "4406"): 1,
        ("2020-09", "4401"): 3,
        ("2020-09", "4403"): 1,
        ("2020-09", "4406"): 2,
    }
    assert total(session, "sales_rank", by=("buyer_area",)) == {"sales_rank": None}


def aim(session: Session, area: str, amount: int, year: int = 2020) -> None:
    new = NewTarget(area, year, "sales", raw_text=f"{amount}分", source="演示", amount=amount)
    set_target(session, system_actor(), new)


def test_a_target_is_that_of_the_very_area_and_year_and_completion_counts_from_january(
    session: Session, two_years: Books
) -> None:
    aim(session, "440100", 5_400)
    aim(session, "440000", 10_000)
    aim(session, "440100", 4_000, 2019)
    asked = ("sales", "sales_target", "sales_completion")
    buyer = {"view": "buyer", "area": "440000", "areas": ("440000",)}
    year = {"from_period": "2020-01", "to_period": "2020-09"} | buyer
    by_city = cells(session, *asked, by=("buyer_area",), **year)
    assert by_city == {
        ("4401",): dict(zip(asked, (2_700, 5_400, 5_000), strict=True)),
        ("4403",): dict(zip(asked, (500, None, None), strict=True)),
    }
    assert total(session, *asked, by=("buyer_area",), **year) == dict(
        zip(asked, (3_200, 10_000, 3_200), strict=True)
    )
    both = {"from_period": "2019-01", "to_period": "2020-09"} | buyer
    by_year = cells(session, *asked, by=("buyer_area", "year"), **both)
    assert by_year["4401", "2019"] == dict(zip(asked, (3_000, 4_000, 7_500), strict=True))
    assert cells(session, *asked, by=("buyer_area",), **both)["4401",]["sales_target"] is None
    month = {"from_period": "2020-09", "to_period": "2020-09"} | buyer
    of_month = cells(session, *asked, by=("buyer_area",), **month)["4401",]
    assert of_month == dict(zip(asked, (1_200, 5_400, None), strict=True))


@pytest.mark.parametrize(
    "changes",
    [
        {"by": ("channel_kind",)},
        {"by": ("origin",)},
        {"filters": {"channel_kind": "counter"}},
        {"areas": ("440100",)},
    ],
)
def test_a_target_is_not_one_of_other_dimensions_of_a_part_or_of_what_one_does_not_see(
    session: Session, two_years: Books, changes: dict[str, object]
) -> None:
    aim(session, "440000", 10_000)
    asked: dict[str, object] = {
        "from_period": "2020-01", "to_period": "2020-09", "view": "buyer", "area": "440000",
        "areas": ("440000",),
    }  # fmt: skip
    assert total(session, "sales_target", **(asked | changes)) == {"sales_target": None}


def test_what_a_province_buys_itself_has_not_the_province_s_target(session: Session, books: Books) -> None:
    books.sell(books.line(100, 1, buyer_area="440000"))
    aim(session, "440000", 1_000)
    asked = {"view": "buyer", "from_period": "2020-01", "to_period": "2020-09"}
    assert cells(session, "sales_target", by=("buyer_area",), **asked) == {("4400",): {"sales_target": None}}


def test_an_area_dimension_may_have_a_level_of_its_own(session: Session, two_years: Books) -> None:
    found = cells(session, "sales", by=("origin.county", "buyer_area.province"), **SEPTEMBER)
    assert found == {("441403", "44"): {"sales": 1_700}}
    for name in ("origin.street", "producer.city", "household_area.city"):
        with pytest.raises(BadRequest) as refused:
            cells(session, "sales", by=(name,))
        assert refused.value.code == "unknown_dimension"


def test_pairing_subtree_and_filters_of_several_values(session: Session, two_years: Books) -> None:
    two_years.sell(two_years.line(70, 1, buyer_path="3.17.40", helper_area=None))
    two_years.sell(two_years.line(7, 1, buyer_path="31.117"))
    assert cells(session, "sales", by=("pairing",), **SEPTEMBER) == {
        (None,): {"sales": 70},
        ("4401-4414",): {"sales": 1_707},
    }
    assert cells(session, "sales", by=("subtree",), **SEPTEMBER) == {
        (None,): {"sales": 1_700},
        ("3",): {"sales": 70},
        ("31",): {"sales": 7},
    }
    for number, fen in (("3", 70), ("17", 70), ("40", 70), ("31", 7), ("17,31", 77), ("1", 0)):
        assert total(session, "sales", filters={"subtree": number}) == {"sales": fen}, number
    for code, value, fen in (
        ("buyer_area", "440300,440600", 500),
        ("pairing", "4401-4414", 1_707),
        ("channel_kind", "counter,zone", 1_777),
        ("origin", "441403,450000", 1_777),
    ):
        assert total(session, "sales", filters={code: value}, **SEPTEMBER) == {"sales": fen}, code
    with pytest.raises(BadRequest) as refused:
        total(session, "sales", filters={"buyer_area": ",".join(["440100"] * 201)})
    assert refused.value.code == "too_many_values"


def test_codes_are_called_by_their_titles_and_categories_hold_those_within_them(
    session: Session, books: Books
) -> None:
    books.sell(books.line(30, 1, category_code="010304", buyer_sector="education", fund_source="union"))
    books.sell(books.line(7, 1, category_code="010101", buyer_kind="enterprise"))
    books.sell(books.line(1, 1, category_code="020101", scheme="national_2020"))

    def titles(by: str) -> dict[str, int | None]:
        answer = compare(session, Question(("sales",), by=(by,)))
        return {row.titles[0]: row.figures["sales"] for row in answer.rows}

    known = all_categories()
    assert titles("category.1") == {known["01"].title_zh: 37, known["02"].title_zh: 1}
    assert titles("category")[known["010304"].title_zh] == 30
    assert titles("buyer_kind") == {"居民": 31, "企业": 7}
    assert titles("buyer_sector") == {"教育": 30, "—": 8}
    assert titles("fund_source") == {"工会": 30, "—": 8}
    assert titles("purchase_kind") == {"直接采购": 38}
    assert titles("producer_kind") == {"农民专业合作社": 38}
    assert titles("scheme") == {"市级扶贫产品(省内帮扶)": 37, "全国扶贫产品": 1}
    for value, fen in (("01", 37), ("0103", 30), ("010304,02", 31), ("010304", 30), ("1", 0)):
        assert total(session, "sales", filters={"category": value}) == {"sales": fen}, value
    with pytest.raises(BadRequest):
        titles("category.4")


def test_an_unknown_measure_names_the_plain_ones_and_the_comparisons(session: Session) -> None:
    with pytest.raises(BadRequest) as refused:
        total(session, "sales", "sales_tomorrow")
    assert refused.value.code == "unknown_measure"
    assert {"sales", "sales_yoy", "households_covered_rank"} <= set(refused.value.extra["known"])


def test_every_comparison_is_of_a_measure_and_no_name_is_both() -> None:
    plain = {one.code for one in MEASURES}
    assert {one.base for one in COMPARISONS.values()} == plain
    assert plain.isdisjoint(COMPARISONS)
    assert "aid_share_yoy" not in COMPARISONS


def test_every_comparison_can_be_asked(session: Session, two_years: Books) -> None:
    found = total(session, *COMPARISONS, on=date(2020, 9, 30), **SEPTEMBER)
    assert set(found) == set(COMPARISONS)


def test_rows_are_sorted_by_a_measure_and_cut_to_the_first(session: Session, books: Books) -> None:
    for area, fen in (("440100", 20), ("440300", 30), ("440600", 20), ("440500", 10)):
        books.sell(books.line(fen, 1, buyer_area=area))
    asked = Question(("sales", "sales_target"), by=("buyer_area",))

    def order(how: Arrangement) -> list[object]:
        return [row.key[0] for row in arranged(session, asked, how).answer.rows]

    assert order(Arrangement("-sales")) == ["4403", "4401", "4406", "4405"]
    assert order(Arrangement("sales")) == ["4405", "4401", "4406", "4403"]
    assert order(Arrangement("-sales", top=2)) == ["4403", "4401"]
    assert order(Arrangement("sales_target")) == ["4401", "4403", "4405", "4406"]
    assert arranged(session, asked, Arrangement("-sales", top=1)).answer.total["sales"] == 80
    with pytest.raises(BadRequest) as refused:
        arranged(session, asked, Arrangement("orders"))
    assert refused.value.code == "unknown_sort"


@pytest.mark.parametrize("sort", [None, "-sales", "sales"])
def test_pages_have_every_row_once_in_order(session: Session, books: Books, sort: str | None) -> None:
    for number, county in enumerate(divisions.children("440100")[:7]):
        books.sell(books.line(10 + number % 3, 1, buyer_area=county.code))
    asked = Question(("sales",), by=("buyer_area",), level="county")
    whole = [row.key for row in arranged(session, asked, Arrangement(sort)).answer.rows]
    paged: list[object] = []
    after = None
    for _ in range(4):
        found = arranged(session, asked, Arrangement(sort, page_size=2, after=after))
        paged += [row.key for row in found.answer.rows]
        after = found.next_after
    assert after is None
    assert paged == whole
    assert len(whole) == 7


def test_sub_totals_are_asked_for_afresh_and_not_added_up(session: Session, books: Books) -> None:
    order = books.line().order_id
    for kind, fen in (("counter", 100), ("zone", 50)):
        books.sell(books.line(fen, 1, channel_kind=kind, order_id=order))
    asked = Question(("sales", "orders"), by=("origin", "channel_kind"))
    found = arranged(session, asked, Arrangement(subtotals=True))
    assert [row.figures["orders"] for row in found.answer.rows] == [1, 1]
    assert [(row.key, row.figures) for row in found.subtotals] == [(("4414",), {"sales": 150, "orders": 1})]
    assert arranged(session, asked, Arrangement()).subtotals == []
