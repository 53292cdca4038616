"""The part a row plays: transfers are internal until nobody sold them on, raw material owes benefit and is no sale."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Accrual, Entry, InputLine
from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.models import AgreementVersion
from marketplace.beneficiaries.service import Coverage
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.intake.rules.rows import SaleRow
from marketplace.intake.service import board, internal, transfers
from marketplace.intake.service.taking import digest_of
from tests.catalogue_world import World
from tests.support.books import ledger_breaks
from tests.support.county import make_world
from tests.support.reporters import Reporter, books, open_reporter
from tests.support.reporting_device import Cabinet

MOVED = shanghai(2020, 9, 30, 10)


@pytest.fixture
def county(cabinet: Cabinet) -> Reporter:
    return open_reporter(cabinet, "hall_offline", "county_register")


@pytest.fixture
def hall(cabinet: Cabinet) -> Reporter:
    return open_reporter(cabinet, "hall_offline", "standard")


def transfer(county: Reporter, hall: Reporter, number: str = "T1", **changes: Any) -> dict[str, Any]:
    """Ten boxes for 400 yuan moved to the hall on 2020-09-30."""
    moved = {
        "性质": "调拨",
        "调入销售点编号": hall.channel.code,
        "数量": "10",
        "金额(元)": "400.00",
        "批号": "L1",
    }
    return county.row(number, **(moved | changes))


def settle(county: Reporter, day: int) -> int:
    """What the loop does so many days after the transfer."""
    with frozen_at(MOVED + timedelta(days=day)):
        changed = transfers.settle_channel(county.session, county.channel.id)
    county.session.expire_all()
    return changed


def is_even(reporter: Reporter) -> bool:
    return (
        board.board_of(reporter.session, system_actor(), reporter.channel.code, "2020-09").difference_fen == 0
    )


def test_a_transfer_to_a_point_of_sale_is_no_sale(county: Reporter, hall: Reporter) -> None:
    county.report(transfer(county, hall))
    assert (county.sale("T1").state, books(county.session)) == ("internal", 0)
    assert settle(county, 29) == 0


def test_what_the_point_of_sale_has_not_sold_on_after_the_days_counts_once(
    county: Reporter, hall: Reporter
) -> None:
    county.report(transfer(county, hall))
    hall.report(hall.row("H1", quantity="4", amount_fen="19600", lot="l 1"))
    assert settle(county, 30) == 1
    assert (county.ledger(), hall.ledger()) == ({"certified_aid": 24_000}, {"certified_aid": 19_600})
    assert (settle(county, 31), is_even(county)) == (0, True)


def test_what_is_sold_on_later_leaves_the_books_again_and_what_comes_back_enters_them(
    county: Reporter, hall: Reporter
) -> None:
    county.report(transfer(county, hall))
    settle(county, 30)
    assert books(county.session) == 40_000
    hall.report(hall.row("H1", quantity="10", amount_fen="49000", lot="L1"))
    settle(county, 31)
    assert (county.ledger(), is_even(county)) == ({}, True)
    hall.report(
        hall.row(
            "H1",
            action="refund",
            action_ref="R1",
            quantity="5",
            amount_fen="24500",
            sold_at="2020-10-01 10:00:00",
        )
    )
    settle(county, 32)
    assert (county.ledger(), is_even(county)) == ({"certified_aid": 20_000}, True)
    assert county.sale("T1").revision == 2
    assert ledger_breaks(county.session) == []


def test_two_transfers_share_what_was_sold_on_and_goods_without_a_lot_match_by_product(
    county: Reporter, hall: Reporter
) -> None:
    county.report(
        transfer(county, hall, "T1"), transfer(county, hall, "T2", 批号=None, 成交时间="2020-09-30 12:00:00")
    )
    hall.report(hall.row("H1", quantity="15", amount_fen="73500"))
    settle(county, 40)
    assert county.ledger() == {"certified_aid": 20_000}


def test_a_refund_or_correction_of_a_transfer_is_followed(county: Reporter, hall: Reporter) -> None:
    county.report(transfer(county, hall))
    settle(county, 30)
    back = {
        "类型": "退款",
        "退款或更正单号": "R1",
        "数量": "5",
        "金额(元)": "200.00",
        "成交时间": "2020-10-01 10:00:00",
    }
    county.report(transfer(county, hall, **back))
    settle(county, 31)
    assert (county.ledger(), is_even(county)) == ({"certified_aid": 20_000}, True)
    county.report(
        transfer(county, hall, 类型="更正", 退款或更正单号="K1", 性质="直接采购", 调入销售点编号=None)
    )
    assert (county.ledger(), is_even(county)) == ({"certified_aid": 20_000}, True)
    assert county.sale("T1").state == "counted"


def test_a_transfer_to_nowhere_is_kept_apart(county: Reporter, hall: Reporter) -> None:
    batch = county.report(
        transfer(county, hall, 调入销售点编号="NO-1"),
        transfer(county, hall, "T2", 调入销售点编号=county.channel.code),
        transfer(county, hall, "T3", 调入销售点编号=None),
    )
    assert county.outcomes(batch) == [
        (1, "quarantined", "transfer_unknown"),
        (2, "quarantined", "transfer_unknown"),
        (3, "quarantined", "missing"),
    ]


def contract(session: Session, cabinet: Cabinet) -> AgreementVersion:
    """The cabinet's product is bought of three households at 1.68 yuan a kilogram above cost."""
    world = make_world(session)
    agreement = world.agreement("contract_purchase")
    new = world.version(
        [(number, 1) for number in world.households(3)],
        terms={"price_fen_per_kg": 240, "less": "cost", "less_fen_per_kg": 72, "raw_milli_per_kg": 1_000},
        products=[Coverage(world.product.id, 10_000, "raw_material", "收购台账")],
        from_day=date(2020, 9, 1),
    )
    version = world.approved(agreement, new)
    cabinet.product, cabinet.catalogue_no = world.product, "441403-2020-01-0001"
    return version


def accrued(session: Session) -> list[tuple[str, str, int]]:
    rows = session.execute(
        select(Accrual.period, Accrual.earned_period, Accrual.benefit_fen).order_by(
            Accrual.period, Accrual.sequence
        )
    )
    return [tuple(row) for row in rows]


def close(session: Session, period: str) -> None:
    year, month = int(period[:4]), int(period[5:])
    with frozen_at(shanghai(year, month + 1, 6)):
        close_period(session, system_actor(), period)


def input_row(session: Session, county: Reporter, number: str = "I1", **changes: Any) -> dict[str, Any]:
    certificate = county.catalogue_no
    bought = {"性质": "原料收购", "数量": "4", "金额(元)": "24.00", "认定目录编号": certificate}
    return county.row(number, **(bought | changes))


@pytest.fixture
def bought(session: Session, cabinet: Cabinet) -> Reporter:
    """A county whose product stands under a contract of purchase."""
    contract(session, cabinet)
    certificate = World(session).certificate(cabinet.product, valid_from=date(2020, 9, 1))
    cabinet.catalogue_no = certificate.catalogue_no
    return open_reporter(cabinet, "hall_offline", "county_register")


def test_raw_material_owes_benefit_by_its_contract_and_is_in_no_sum_of_sales(
    session: Session, bought: Reporter
) -> None:
    bought.report(input_row(session, bought))
    assert (bought.sale("I1").state, books(session)) == ("internal", 0)
    close(session, "2020-09")
    assert accrued(session) == [("2020-09", "2020-09", 10 * 168)]
    assert session.scalar(select(func.count()).select_from(Entry)) == 0
    assert ledger_breaks(session) == []


def test_raw_material_that_goes_back_after_the_close_is_a_difference_in_the_open_month(
    session: Session, bought: Reporter
) -> None:
    bought.report(input_row(session, bought))
    close(session, "2020-09")
    back = {
        "类型": "退款",
        "退款或更正单号": "R1",
        "数量": "1",
        "金额(元)": "6.00",
        "成交时间": "2020-10-01 10:00:00",
    }
    with frozen_at(shanghai(2020, 10, 7)):
        bought.report(input_row(session, bought, **back))
        assert internal.settle_inputs(session) == 0  # the batch itself told of it
    close(session, "2020-10")
    assert accrued(session) == [("2020-09", "2020-09", 1_680), ("2020-10", "2020-09", -420)]


def test_a_correction_of_raw_material_takes_the_old_words_back(session: Session, bought: Reporter) -> None:
    bought.report(input_row(session, bought))
    bought.report(
        input_row(session, bought, 类型="更正", 退款或更正单号="K1", 数量="2", **{"金额(元)": "12.00"})
    )
    assert session.scalar(select(func.sum(InputLine.sale_fen))) == 1_200
    bought.report(
        input_row(session, bought, 类型="更正", 退款或更正单号="K2", 性质="直接采购", **{"金额(元)": "12.00"})
    )
    assert session.scalar(select(func.sum(InputLine.sale_fen))) == 0
    assert books(session) == 1_200
    close(session, "2020-09")
    assert [row for row in accrued(session) if row[2]] == []


def test_rows_of_before_there_were_roles_keep_their_digest() -> None:
    row = SaleRow(
        order_ref="A1",
        line_ref="1",
        action="sale",
        action_ref="sale",
        sold_at=shanghai(2020, 9, 30, 9),
        facts=frozenset({"paid"}),
        amount_fen=4_900,
        quantity_milli=1_000,
        goods_name="百香果",
    )
    assert digest_of(row).hex() == "3bdabb99393e5d6dea26e6e14e970d923696c4109c27244657fd23e148be4715"
