"""Measures by dimensions on the worked examples of docs/rules.md."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.service import Coverage, register_collective
from marketplace.core.clock import frozen_at, shanghai, utcnow
from marketplace.core.errors import BadRequest
from marketplace.core.money import ratio_bp
from marketplace.producers.models import Producer
from marketplace.statistics.models import DeclaredFigure, Target
from marketplace.statistics.query import Question, ask
from marketplace.statistics.reports import REPORTS, ReportRequest, report
from marketplace.statistics.reports.protocol import shown_row
from tests.support.books import Books
from tests.support.county import COUNTY, VILLAGE, World, make_producer


def asked(session: Session, *measures: str, **changes: object) -> dict[str, int | None]:
    return ask(session, Question(measures=measures, on=date(2020, 9, 30), **changes)).total  # type: ignore[arg-type]


def cells(
    session: Session, *measures: str, **changes: object
) -> dict[tuple[object, ...], dict[str, int | None]]:
    answer = ask(session, Question(measures=measures, on=date(2020, 9, 30), **changes))  # type: ignore[arg-type]
    return {row.key: row.figures for row in answer.rows}


def test_a_counter_order_of_aid_and_ordinary_goods_has_an_aid_share_of_90_74_percent(
    session: Session, books: Books
) -> None:
    books.sell(books.line(9800, 2))
    books.sell(books.line(1000, 2, goods_class="ordinary", schemes=(), scheme=None, levy_bp=100))
    total = asked(session, "sales", "aid_sales", "aid_share", "levy", "consumption_aid_amount")
    assert total == {
        "sales": 10_800,
        "aid_sales": 9_800,
        "aid_share": 9_074,
        "levy": 10,
        "consumption_aid_amount": 9_800,
    }


def test_a_household_in_two_producers_rosters_counts_once_in_the_county(
    session: Session, world: World, books: Books
) -> None:
    one, two, three, four = world.households(4)
    _, other = make_producer(session, "兴宁演示合作社", product="绿茶")
    whole = [Coverage(world.product.id, 10_000, "raw_material", "台账")]
    world.approved(world.agreement(), world.version([(n, 1) for n in (one, two, three)], products=whole))
    clerk = world.actor("producer", COUNTY, session.get_one(Producer, other.producer_id).organisation_id)
    theirs = World(session, session.get_one(Producer, other.producer_id), other, clerk, world.officer)
    theirs.approved(
        theirs.agreement(),
        theirs.version(
            [(n, 1) for n in (three, four)], products=[Coverage(other.id, 10_000, "raw_material", "台账")]
        ),
    )
    books.sell(books.line())
    books.sell(books.line(product_id=other.id, producer_id=other.producer_id, producer_name="兴宁演示合作社"))
    by_producer = cells(session, "households_covered", by=("producer",))
    assert sorted(f["households_covered"] for f in by_producer.values()) == [2, 3]
    assert asked(session, "households_covered", "persons_covered", by=("origin",)) == {
        "households_covered": 4,
        "persons_covered": 16,
    }


def test_a_fully_refunded_agreement_covers_nobody(session: Session, world: World, books: Books) -> None:
    whole = [Coverage(world.product.id, 10_000, "raw_material", "台账")]
    world.approved(world.agreement(), world.version([(n, 1) for n in world.households(3)], products=whole))
    line = books.line()
    books.sell(line)
    assert asked(session, "households_covered") == {"households_covered": 3}
    books.take_back(line, 9800, 2, shanghai(2020, 9, 20))
    assert asked(session, "households_covered", "sales") == {"households_covered": 0, "sales": 0}


def test_every_breakdown_sums_to_the_same_total(session: Session, books: Books) -> None:
    for area, kind, fen in (("440100", "counter", 101), ("440300", "zone", 202), ("441400", "counter", 303)):
        books.sell(books.line(fen, 1, buyer_area=area, channel_kind=kind))
    for by in (
        "buyer_area",
        "channel_kind",
        "origin",
        "period",
        "participation_mode",
        "goods_class",
        "linkage_mode",
    ):
        found = cells(session, "sales", by=(by,))
        assert sum(f["sales"] or 0 for f in found.values()) == 606, by


def test_one_line_counts_in_both_views_and_once_in_the_country(session: Session, books: Books) -> None:
    books.sell(books.line(9800, 2))
    assert asked(session, "sales", area="441400", areas=("441400",))["sales"] == 9800
    assert asked(session, "sales", area="440100", areas=("440100",), view="buyer")["sales"] == 9800
    assert asked(session, "sales", area="440000", areas=("440000",))["sales"] == 9800


def test_nobody_sees_beyond_their_area(session: Session, books: Books) -> None:
    books.sell(books.line())
    assert asked(session, "sales", areas=("441500",))["sales"] == 0
    assert asked(session, "sales", areas=())["sales"] == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"measures": ("profit",)}, "unknown_measure"),
        ({"measures": ("sales",), "by": ("weather",)}, "unknown_dimension"),
        ({"measures": ("sales",), "by": ("period", "origin", "product", "buyer")}, "too_many_dimensions"),
        ({"measures": ("sales",), "level": "street"}, "unknown_level"),
        ({"measures": ("benefit_proven",), "by": ("channel_kind",)}, "measure_not_by_dimension"),
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(
    session: Session, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        ask(session, Question(**changes))  # type: ignore[arg-type]
    assert refused.value.code == code


def test_completion_and_growth_round_half_up_from_exact_figures() -> None:
    assert ratio_bp(3_059_600, 3_000_000) == 10_199
    assert ratio_bp(12_000_000, 37_037_037) == 3_240
    assert ratio_bp(1, None) is None


def test_the_monthly_report_foots_by_mode_and_by_channel_and_says_what_is_not_comparable(
    session: Session, books: Books
) -> None:
    now = utcnow()
    session.add(
        Target(
            area_code="440100",
            year=2020,
            measure="consumption_aid_amount",
            amount=20_000,
            raw_text="演示",
            source="演示",
            created_at=now,
        )
    )
    session.add(
        DeclaredFigure(
            area_code="440100",
            measure="consumption_aid_amount",
            from_day=date(2019, 1, 1),
            to_day=date(2019, 12, 31),
            amount=1,
            raw_text="1",
            source="演示",
            created_at=now,
        )
    )
    session.flush()
    books.sell(books.line(9800, 2, buyer_kind="enterprise", participation_mode="market_entity"))
    books.sell(books.line(200, 1, channel_kind="special_train"))
    request = ReportRequest("2020-09", "440000", ("440000",), view="buyer")
    table = report("r1").build(session, request)
    codes = [column.code for column in table.columns]
    rows = {row[0]: dict(zip(codes, row, strict=True)) for row in table.rows}
    assert len(rows) == 21
    city = rows["广州市"]
    assert city["sales"] == city["cumulative"] == 10_000
    assert sum(v for c, v in city.items() if c.startswith("mode_") and isinstance(v, int)) == 10_000
    assert sum(v for c, v in city.items() if c.startswith("channel_") and isinstance(v, int)) == 10_000
    assert (city["completion"], city["year_on_year"], city["month_on_month"]) == (5_000, "不可比", "—")
    assert rows["深圳市"]["sales"] == "未报"
    assert shown_row(table.columns, table.rows[0])[4] == Decimal("0.01")  # 万元, half up


@pytest.mark.parametrize("code", [one.code for one in REPORTS])
def test_every_report_is_a_table_of_its_columns_even_of_empty_books(session: Session, code: str) -> None:
    table = report(code).build(session, ReportRequest("2020-09", "440000", ("440000",)))
    assert table.rows == [] or all(len(row) == len(table.columns) for row in table.rows)
    assert table.total is None or len(table.total) == len(table.columns)


def test_the_buyers_total_of_guangdong_is_printed_with_and_without_shenzhen(
    session: Session, books: Books
) -> None:
    books.sell(books.line(100, 1, buyer_area="440100"))
    books.sell(books.line(200, 1, buyer_area="440300"))
    books.sell(books.line(400, 1, buyer_area="440000"))
    table = report("R1").build(session, ReportRequest("2020-09", "440000", ("440000",), view="buyer"))
    sales = [column.code for column in table.columns].index("cumulative")
    assert table.total is not None
    assert [(row[0], row[sales]) for row in [table.total, *table.more_totals]] == [
        ("合计", 700),
        ("其中:深圳市(计划单列)", 200),
        ("不含深圳市", 500),
    ]
    assert [row[sales] for row in table.rows if row[0] == "省本级"] == [400]


def test_the_three_meanings_of_households_stand_apart(session: Session, world: World, books: Books) -> None:
    """在册 without a sale, 覆盖 only with net sales, 受益 only with a proven payment."""
    whole = [Coverage(world.product.id, 10_000, "raw_material", "台账")]
    world.approved(world.agreement(), world.version([(n, 1) for n in world.households(3)], products=whole))
    asking = ("households_rostered", "persons_rostered", "households_covered", "households_benefited")
    assert asked(session, *asking, by=("origin",)) == dict(zip(asking, (3, 12, 0, 0), strict=True))
    books.sell(books.line())
    assert asked(session, *asking, by=("linkage_mode",)) == dict(zip(asking, (3, 12, 3, 0), strict=True))
    with pytest.raises(BadRequest) as refused:
        asked(session, "households_rostered", by=("channel_kind",))
    assert refused.value.code == "measure_not_by_dimension"


def test_what_a_village_collective_keeps_stands_beside_household_benefit(
    session: Session, world: World, books: Books
) -> None:
    whole = [Coverage(world.product.id, 10_000, "raw_material", "台账")]
    collective = register_collective(session, world.officer, area_code=VILLAGE, name="演示村经济联合社")
    agreement = world.agreement()
    agreement.collective_id = collective.id
    new = world.version([(n, 1) for n in world.households(2)], products=whole, village_bp=2_000)
    world.approved(agreement, new)
    books.sell(books.line())
    with frozen_at(shanghai(2020, 10, 5, 9)):
        close_period(session, None, "2020-09")
    assert asked(session, "benefit_accrued", "benefit_village") == {
        "benefit_accrued": 980,
        "benefit_village": 196,
    }
