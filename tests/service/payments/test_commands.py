"""`flask payments`: a difference is named and fails the command; runs are proposed once."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.payments.service.verify import report_differences, verify
from tests.orders_world import NOON, Heard, open_shop
from tests.support.settling import Till, hear_money


@pytest.fixture
def settled(app: Flask, own_database: db.Database, heard: Heard) -> Till:
    """One order paid out and one counted, committed."""
    hear_money(heard)
    with db.transaction() as session:
        till = Till(open_shop(session))
        till.supervise()
        till.open_account()
        till.shop.complete([2])
        till.settle()
        till.shop.complete([1])
    return till


def test_verify_finds_nothing_then_names_what_was_broken(app: Flask, settled: Till) -> None:
    whole = app.test_cli_runner().invoke(args=["payments", "verify"])
    assert (whole.exit_code, whole.output.count(": ok")) == (0, 18)
    assert report_differences() == 0
    with db.transaction() as session:
        session.execute(
            text("UPDATE orders.sales_order SET paid_fen = paid_fen + 1, total_fen = total_fen + 2")
        )
    broken = app.test_cli_runner().invoke(args=["payments", "verify"])
    assert broken.exit_code == 1
    found = {line.split()[0] for line in broken.output.splitlines() if "BROKEN" in line}
    assert found == {"M1", "M4", "M5", "M11"}
    assert report_differences() == 4


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        (
            "UPDATE payments.settlement_run SET sales_fen = sales_fen + 1, amount_fen = amount_fen + 1",
            {"M6", "M7"},
        ),
        ("UPDATE payments.payout SET state = 'sent'", {"M5", "M7"}),
        ("UPDATE payments.payout SET state = 'returned'", {"M5", "M7", "M11"}),
        ("UPDATE orders.order_line SET refunded_fen = 1", {"M8"}),
        ("UPDATE payments.settlement_run SET state = 'failed'", {"M9"}),
    ],
)
def test_every_kind_of_difference_is_found(settled: Till, statement: str, codes: set[str]) -> None:
    with db.transaction() as session:
        session.execute(text(statement))
        assert {one.code for one in verify(session) if one.broken is not None} == codes
        session.rollback()


def test_the_command_proposes_what_the_last_cut_off_left(app: Flask, settled: Till) -> None:
    with frozen_at(NOON + timedelta(days=10)):
        first = app.test_cli_runner().invoke(args=["payments", "settle"])
        again = app.test_cli_runner().invoke(args=["payments", "settle"])
    assert (first.output, again.output) == (
        "1 settlement runs proposed\n",
        "0 settlement runs proposed\n",
    )
