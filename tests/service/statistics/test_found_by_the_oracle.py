"""What the comparison with plain Python found, each once more by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate
from marketplace.core.clock import shanghai
from marketplace.statistics.query import Question, ask
from marketplace.statistics.reports import ReportRequest, report
from tests.support.books import Books
from tests.support.county import COUNTY, World

OLD_COUNTY = "441421"  # 梅县, 梅县区 since 2013
REQUEST = ReportRequest("2020-09", "440000", ("440000",))


def test_tourism_is_in_no_column_of_the_cooperation_report(
    session: Session, world: World, books: Books
) -> None:
    tourism = {"category_code": "170101", "purchase_kind": "brokered_sale", "channel_kind": "platform_832"}
    books.sell(books.line(1_000, 1, **tourism))
    books.sell(books.line(20, 1, category_code="160101"))
    books.sell(books.line(3, 1, **(tourism | {"category_code": "010304"})))
    (row,) = report("R5").build(session, REQUEST).rows
    assert row[3:8] == [3, 20, 23, 3, 3]  # produce, crafts, total, 832, brokered
    books.sell(books.line(1_000, 1, helper_area="440600", **tourism))
    assert len(report("R5").build(session, REQUEST).rows) == 1  # no pair has tourism alone


def test_certified_products_of_the_monthly_report_are_those_of_the_official_s_area(
    session: Session, world: World, books: Books
) -> None:
    session.add(
        Certificate(
            catalogue_no=f"{COUNTY}-2020-01-000001", scheme="city_local", batch="01", product_id=world.product.id,
            producer_id=world.producer.id, area_code=COUNTY, product_name="金柚", spec="5斤装",
            category_code="010304", valid_from=date(2020, 9, 1), valid_to=date(2022, 8, 31),
            commodity_value_fen=700, issued_at=shanghai(2020, 9, 1),
        )
    )  # fmt: skip
    session.flush()
    for areas, figures in (
        (("440000",), [1, 1, 700]),
        (("441400",), [1, 1, 700]),
        (("440300",), [0, 0, "—"]),
    ):
        total = report("R1").build(session, replace(REQUEST, areas=areas)).total
        assert total is not None
        assert total[1:4] == figures


def test_a_county_has_what_was_sold_under_the_code_it_had_before_and_its_city_has_it_once(
    session: Session, world: World, books: Books
) -> None:
    books.sell(books.line(100, 1, origin_area=OLD_COUNTY))
    books.sell(books.line(20, 1))
    books.sell(books.line(3, 1, origin_area="441424"))

    def sales(**changes: object) -> int | None:
        question = Question(("sales",), from_period="2020-09", to_period="2020-09", **changes)  # type: ignore[arg-type]
        return ask(session, question).total["sales"]

    assert sales(area=COUNTY, areas=(COUNTY,)) == 120
    assert sales(filters={"origin": COUNTY}) == 120
    assert sales(area=OLD_COUNTY) == 100
    assert sales(area="441400") == 123
    by_county = ask(session, Question(("sales",), by=("origin",), level="county", area="441400"))
    assert {row.key[0]: row.figures["sales"] for row in by_county.rows} == {
        OLD_COUNTY: 100,
        COUNTY: 20,
        "441424": 3,
    }
    assert [row.titles for row in by_county.rows] == [("梅县区",), ("梅县",), ("五华县",)]
