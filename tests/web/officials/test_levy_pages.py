"""Paying the levy on pages: what is late stands in the to-do list, a payment is checked or refused by another person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import Database, transaction
from marketplace.payments.models import LevyPayment, LevyStatement
from marketplace.payments.service.levy_payments import record_payment
from tests.orders_world import NOON
from tests.service.payments.test_charges import Counter
from tests.service.payments.test_levy_statements import SIXTH, agree, somebody
from tests.support.visitors import Visitor, main_of, text_of

Visit = Callable[..., Visitor]
LATE = shanghai(2020, 11, 22, 9)
PAID: dict[str, Any] = {
    "paid_on": date(2020, 11, 9),
    "amount_fen": 12,
    "fund": "own",
    "payee": None,
    "reference_kind": "bank_line",
}


@pytest.fixture
def statement(database: Database) -> str:
    """30 fen of October, agreed; two payments of 12 fen wait to be checked."""
    with frozen_at(NOON), transaction() as session:
        counter = Counter(session)
        counter.count(counter.line(3_000))
        operator = somebody("channel_operator", counter.operator.id)
        with frozen_at(SIXTH):
            number = agree(counter, operator, somebody("finance_supervisor", area="440000")).number
    with frozen_at(shanghai(2020, 11, 10, 9)), transaction() as session:
        for reference in ("流水甲", "流水乙"):
            record_payment(session, operator, number, **PAID, reference=reference)
    return number


def test_late_levies_wait_in_the_list_and_payments_are_checked_or_refused(
    visitor: Visit, statement: str
) -> None:
    with frozen_at(LATE):
        official = visitor("finance_supervisor", "440000")
        start = text_of(official.read("/admin"))
        assert "待核对的帮扶金缴款 2 2020-11-10" in start
        assert "逾期未缴的帮扶金 1 2020-11-21" in start
        shown = text_of(official.read("/admin/levies/dues?which=overdue"))
        assert statement in shown
        assert "¥0.30 ¥0.00 ¥0.30" in shown
        assert "没有符合条件的对账单" in official.read("/admin/levies/dues?which=paid")
        with transaction() as session:
            first, second = session.scalars(select(LevyPayment.number).order_by(LevyPayment.id)).all()
        page = f"/admin/levies/dues/{statement}"
        answer = official.send(page, to=f"/admin/levies/payments/{first}/check")
        assert "¥0.30 ¥0.12 ¥0.18" in text_of(official.follow(answer))
        refusal = f"/admin/levies/payments/{second}/refusal"
        empty = official.send(refusal, reason="")
        assert empty.status_code == 422
        after = text_of(official.follow(official.send(refusal, reason="查无此流水")))
        assert "不予认可 查无此流水" in after
        elsewhere = visitor("finance_supervisor", "650000")
        assert elsewhere.get(page).status_code == 404
        assert statement not in elsewhere.read("/admin/levies/dues")
        assert visitor("county_officer", "440104").get("/admin/levies/dues").status_code == 403


def test_an_operator_records_what_it_paid_and_another_of_the_authority_reverses_what_was_none(
    visitor: Visit, statement: str
) -> None:
    with frozen_at(LATE):
        with transaction() as session:
            operator_id = session.scalars(
                select(LevyStatement.operator_id).where(LevyStatement.number == statement)
            ).one()
        operator = visitor("channel_operator", organisation_id=operator_id)
        assert "待缴的帮扶金 1" in text_of(operator.read("/admin"))
        shown = operator.read("/admin/levies/dues")
        assert "待核对的帮扶金缴款" not in shown  # that list is the authority's
        assert statement in shown
        page = f"/admin/levies/dues/{statement}"
        form = f"{page}/payment"
        assert f'href="{form}"' in operator.read(page)
        paid = {"paid_on": "2020-11-20", "fund": "own", "reference_kind": "bank_line", "reference": "流水丙"}
        too_much = operator.send(form, **paid, amount_fen="6.01")
        assert too_much.status_code == 409
        assert "缴款超过应缴余额" in main_of(too_much)
        after = operator.follow(operator.send(form, **paid, amount_fen="0.06"))
        assert "已登记,待核对" in after
        assert "登记缴款" not in after  # nothing is left to record
        assert "核对无误" not in after
        with transaction() as session:
            number = session.scalars(
                select(LevyPayment.number).where(LevyPayment.reference == "流水丙")
            ).one()
        official, other = visitor("finance_supervisor", "440000"), visitor("finance_supervisor", "440000")
        official.follow(official.send(page, to=f"/admin/levies/payments/{number}/check"))
        reversal = f"/admin/levies/payments/{number}/reversal"
        assert reversal not in official.read(page)
        assert operator.get(reversal).status_code == 403
        reversed_ = text_of(other.follow(other.send(reversal, reason="银行退票")))
        assert "已冲正 银行退票" in reversed_
        assert "¥0.30 已缴 ¥0.00" in reversed_
        found = operator.get(f"/admin/levies/payments/{number}")
        assert found.headers["Location"] == page
        stranger = visitor("finance_clerk", "440000")
        assert stranger.get(page).status_code == 200
        assert stranger.get(form).status_code == 403
