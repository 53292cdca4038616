"""The stock of a cabinet without a live link: movements once, in the order in which they happened, gaps with both figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict, DomainError, Invalid
from marketplace.intake.cabinets.models import CabinetFinding, CabinetMovement
from marketplace.intake.cabinets.service import findings as cases
from marketplace.intake.cabinets.service import plans
from marketplace.intake.cabinets.service.plans import NewSlot
from marketplace.intake.service import quarantine, reading
from tests.catalogue_world import NOON
from tests.support.reporting_device import Cabinet
from tests.support.stocked_cabinet import balance, bring, count, findings, keep_stock, shrinkage, sold


def hours(number: float) -> datetime:
    return NOON + timedelta(hours=number)


@contextmanager
def at(number: float) -> Iterator[None]:
    """So many hours after noon of 2020-10-01."""
    with frozen_at(hours(number)):
        yield


@pytest.fixture
def kept(cabinet: Cabinet) -> Cabinet:
    keep_stock(cabinet)
    bring(cabinet, 8)
    return cabinet


def test_sales_of_a_batch_move_the_stock_in_the_transaction_that_takes_them(kept: Cabinet) -> None:
    with at(3):
        batch = kept.report(sold(kept, "A1", hours(1), 2), sold(kept, "A2", hours(2)))
    assert (batch.accepted, balance(kept)) == (2, 5_000)
    again = kept.report(sold(kept, "A1", hours(1), 2), sold(kept, "A2", hours(2)), sequence=1)
    assert again.id == batch.id
    with at(4):
        kept.report(sold(kept, "A1", hours(1), 2))
    assert (balance(kept), findings(kept)) == (5_000, [])


def test_sales_before_the_stock_was_kept_move_nothing(kept: Cabinet) -> None:
    kept.report(kept.row("A1"))
    assert balance(kept) == 8_000


def test_a_refund_brings_its_units_back_and_a_correction_puts_the_sale_right(kept: Cabinet) -> None:
    with at(5):
        kept.report(sold(kept, "A1", hours(1), 3))
        kept.report(sold(kept, "A1", hours(2), 1, tradetp="2", tradeno="R1"))
        assert balance(kept) == 6_000
        kept.report(sold(kept, "A1", hours(1), 2, tradetp="3", tradeno="K1"))
    assert balance(kept) == 7_000
    kinds = kept.session.execute(
        select(CabinetMovement.kind, CabinetMovement.change_milli).order_by(CabinetMovement.movement_no)
    )
    assert [tuple(row) for row in kinds] == [
        ("restock", 8_000),
        ("sale", -3_000),
        ("refund", 1_000),
        ("sale_withdrawn", 3_000),
        ("sale", -2_000),
    ]


def test_a_row_that_is_mended_by_a_person_moves_the_stock_then(kept: Cabinet) -> None:
    with at(3):
        batch = kept.report(sold(kept, "A1", hours(1)) | {"qty": "0"})
        assert balance(kept) == 8_000
        row = kept.session.scalars(reading.rows_of(batch.id, None, is_open=True)).one()
        quarantine.mend(kept.session, system_actor(), row.id, {"qty": "1"}, "按小票")
    assert balance(kept) == 7_000


def test_more_sold_than_was_there_is_a_finding_with_both_figures_and_no_error(kept: Cabinet) -> None:
    with at(72):
        batch = kept.report(sold(kept, "A1", hours(2), 5), sold(kept, "A2", hours(4), 6))
    assert (batch.state, batch.accepted) == ("done", 2)
    assert (balance(kept), findings(kept)) == (-3_000, [("oversold", 3_000, 6_000)])


def test_a_restocking_that_is_booked_later_explains_the_gap(kept: Cabinet) -> None:
    with at(72):
        kept.report(sold(kept, "A1", hours(2), 9))
        assert findings(kept) == [("oversold", 8_000, 9_000)]
        bring(kept, 4, at=hours(1))
    assert (balance(kept), findings(kept)) == (3_000, [])
    assert findings(kept, "explained") == [("oversold", 8_000, 9_000)]


def test_a_count_books_what_is_missing_and_late_sales_explain_it(kept: Cabinet) -> None:
    with at(10):
        count(kept, {"A1": 5})
        assert (balance(kept), shrinkage(kept)) == (5_000, [(-3_000, "count")])
    with at(48):
        kept.report(sold(kept, "A1", hours(8), 2), sold(kept, "A2", hours(11), 1))
    assert balance(kept) == 4_000
    assert shrinkage(kept) == [(-3_000, "count"), (2_000, "late_report")]


def test_goods_in_two_slots_are_counted_in_both(cabinet: Cabinet) -> None:
    keep_stock(cabinet, {"A1": 0, "A2": 0})
    bring(cabinet, 4, "A1")
    with at(1):
        with pytest.raises(Conflict) as refused:
            count(cabinet, {"A1": 4})
        assert (refused.value.code, refused.value.extra["slots"]) == ("slots_missing", ["A2"])
        assert (balance(cabinet), shrinkage(cabinet)) == (4_000, [])
        count(cabinet, {"A1": 3, "A2": 1})
    assert (balance(cabinet), shrinkage(cabinet)) == (4_000, [])


def test_a_lot_that_is_sold_after_its_last_day_is_a_finding(cabinet: Cabinet) -> None:
    keep_stock(cabinet)
    bring(cabinet, 2, lot_no="L1", expires_on=date(2020, 10, 2))
    bring(cabinet, 2, lot_no="L2", expires_on=date(2020, 10, 9))
    with at(72):
        cabinet.report(sold(cabinet, "A1", hours(35), 1), sold(cabinet, "A2", hours(36), 2))
    assert findings(cabinet) == [("expired_sold", 0, 1_000)]
    case = cabinet.session.scalars(select(CabinetFinding)).one()
    assert (case.slot_code, case.lot_no, case.expires_on) == ("A1", "L1", date(2020, 10, 2))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"slot": "B9"}, "slot_unknown"),
        ({"units": 11}, "over_capacity"),
        ({"expires_on": date(2020, 9, 30)}, "lot_expired"),
        ({"at": NOON + timedelta(minutes=1)}, "cabinet_time"),
        ({"at": NOON - timedelta(minutes=1)}, "cabinet_time"),
    ],
)
def test_what_cannot_have_been_brought_is_refused_and_moves_nothing(
    kept: Cabinet, line: dict[str, Any], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        bring(kept, **({"units": 1} | line))
    assert (refused.value.code, balance(kept)) == (code, 8_000)


def test_a_planogram_is_a_new_version_and_never_of_the_past(kept: Cabinet) -> None:
    for begins, code in ((hours(-1), "planogram_past"), (NOON, "planogram_order")):
        with pytest.raises(DomainError) as refused:
            keep_stock(kept, from_at=begins)
        assert refused.value.code == code
    with at(1):
        keep_stock(kept, {"A1": 2})
    with pytest.raises(DBAPIError), kept.session.begin_nested():
        kept.session.execute(text("UPDATE intake.planogram_slot SET par_level = 0"))


def test_a_slot_names_one_thing_and_once(cabinet: Cabinet) -> None:
    slot = NewSlot(slot="A1", capacity=5, par_level=1, goods_name="矿泉水")
    both = NewSlot(slot="A1", capacity=5, par_level=1, goods_name="矿泉水", product_id=cabinet.product.id)
    high = NewSlot(slot="A1", capacity=5, par_level=6, goods_name="矿泉水")
    for slots, code in (([slot, slot], "slot_twice"), ([both], "slot_goods"), ([high], "par_level")):
        with pytest.raises(Invalid) as refused:
            plans.plan(cabinet.session, system_actor(), cabinet.channel.code, cabinet.device, slots)
        assert refused.value.code == code


def test_goods_in_no_register_are_known_by_the_name_that_the_device_says(cabinet: Cabinet) -> None:
    slot = NewSlot(slot="B1", capacity=20, par_level=0, goods_name="矿泉水")
    plans.plan(cabinet.session, system_actor(), cabinet.channel.code, cabinet.device, [slot])
    bring(cabinet, 12, "B1")
    water = {"fpgoodsmark": "2", "fpwthirdpartyid": None, "suppliercode": None, "goodsname": "矿泉水"}
    with at(2):
        cabinet.report(sold(cabinet, "A1", hours(1), 5, **water))
    moved = cabinet.session.scalars(
        select(CabinetMovement.change_milli).where(CabinetMovement.goods_key == "n:矿泉水")
    ).all()
    assert sorted(moved) == [-5_000, 12_000]


def test_a_finding_is_closed_by_a_person_once_and_opened_again_by_other_figures(kept: Cabinet) -> None:
    with at(72):
        kept.report(sold(kept, "A1", hours(2), 9))
        number = kept.session.scalars(select(CabinetFinding.number)).one()
        cases.close(kept.session, system_actor(), number, "补货漏登")
        with pytest.raises(Conflict):
            cases.close(kept.session, system_actor(), number, "再次")
        kept.report(sold(kept, "A2", hours(3), 1))
    assert findings(kept) == [("oversold", 8_000, 10_000)]


def test_a_cabinet_inside_a_hall_is_kept_as_a_counter_of_its_own(cabinet: Cabinet) -> None:
    cabinet.channel.kind = "hall_offline"
    with pytest.raises(Conflict) as refused:
        keep_stock(cabinet)
    assert refused.value.code == "not_a_counter"
