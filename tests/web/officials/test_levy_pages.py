"""Paying the levy on pages: what is late stands in the to-do list, a payment is checked or refused by another person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import Database, transaction
from marketplace.payments.models import LevyPayment
from marketplace.payments.service.levy_payments import record_payment
from tests.orders_world import NOON
from tests.service.payments.test_charges import Counter
from tests.service.payments.test_levy_statements import SIXTH, agree, somebody
from tests.support.visitors import Visitor, text_of

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
        shown = text_of(official.read("/admin/levy-dues?which=overdue"))
        assert statement in shown
        assert "¥0.30 ¥0.00 ¥0.30" in shown
        assert "没有符合条件的对账单" in official.read("/admin/levy-dues?which=paid")
        with transaction() as session:
            first, second = session.scalars(select(LevyPayment.number).order_by(LevyPayment.id)).all()
        page = f"/admin/levy-dues/{statement}"
        answer = official.send(page, to=f"/admin/levy-dues/payments/{first}/check")
        assert "¥0.30 ¥0.12 ¥0.18" in text_of(official.follow(answer))
        refusal = f"/admin/levy-dues/payments/{second}/refusal"
        empty = official.send(refusal, reason="")
        assert empty.status_code == 422
        after = text_of(official.follow(official.send(refusal, reason="查无此流水")))
        assert "不予认可 查无此流水" in after
        elsewhere = visitor("finance_supervisor", "650000")
        assert elsewhere.get(page).status_code == 404
        assert statement not in elsewhere.read("/admin/levy-dues")
        assert visitor("county_officer", "440104").get("/admin/levy-dues").status_code == 403
