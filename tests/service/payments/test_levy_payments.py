"""Paying an agreed levy statement: recorded by one, checked by another, booked once; partly paid, late, reversed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.core import db
from marketplace.core.actor import Actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import (
    AlreadyExists,
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    Invalid,
    NotFound,
)
from marketplace.oversight.handover.scope import Scope
from marketplace.oversight.handover.sections.tasks import levies
from marketplace.payments.models import LevyPayment, LevyStatement
from marketplace.payments.rules.levy_payments import spread, standing_of
from marketplace.payments.service import levy_dues
from marketplace.payments.service.books import balance
from marketplace.payments.service.levy_payments import (
    check_payment,
    record_payment,
    refuse_payment,
    reverse_payment,
)
from tests.orders_world import Heard
from tests.service.payments.test_charges import IN_NOVEMBER, IN_OCTOBER, Counter
from tests.service.payments.test_levy_statements import DECEMBER, SIXTH, agree, clean, drawn, somebody
from tests.support.threads import race

TENTH = shanghai(2020, 11, 10, 9)
DUE = date(2020, 11, 21)
PAID: dict[str, Any] = {
    "paid_on": date(2020, 11, 9),
    "amount_fen": 12,
    "fund": "own",
    "payee": None,
    "reference_kind": "bank_line",
    "reference": "20201109-0007",
}


@pytest.fixture
def counter(session: Session, heard: Heard) -> Counter:
    return Counter(session)


@pytest.fixture
def operator(counter: Counter) -> Actor:
    return somebody("channel_operator", counter.operator.id)


@pytest.fixture
def authority() -> Actor:
    return somebody("finance_supervisor", area="440000")


@pytest.fixture
def statement(counter: Counter, operator: Actor, authority: Actor) -> LevyStatement:
    """30 fen of October, agreed on the sixth of November."""
    counter.count(counter.line(1_000), counter.line(2_000))
    with frozen_at(SIXTH):
        return agree(counter, operator, authority)


def due(session: Session, actor: Actor, which: str | None = None) -> list[levy_dues.Due]:
    rows = session.execute(levy_dues.dues_seen(actor, which=which).order_by(LevyStatement.period))
    return [levy_dues.due_of(row) for row in rows]


def refused(code: str) -> Any:
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def test_a_payment_settles_the_operators_debt_when_another_person_has_checked_it(
    session: Session, counter: Counter, statement: LevyStatement, operator: Actor, authority: Actor
) -> None:
    assert statement.due_on == DUE
    with frozen_at(TENTH):
        made = record_payment(session, operator, statement.number, **PAID)
        [owed] = due(session, operator)
        assert (owed.owed_fen, owed.paid_fen, owed.waiting_fen, owed.left_fen) == (30, 0, 12, 30)
        assert (owed.standing, counter.owed) == ("unpaid", 30)
        checked = check_payment(session, authority, made.number)
        [owed] = due(session, authority)
        assert (owed.paid_fen, owed.waiting_fen, owed.left_fen, owed.standing) == (12, 0, 18, "partly")
        rest = PAID | {"amount_fen": 18, "reference_kind": "voucher", "reference": "记-77"}
        check_payment(session, authority, record_payment(session, operator, statement.number, **rest).number)
        [owed] = due(session, operator)
    assert (checked.state, checked.checked_by) == ("checked", authority.account_id)
    assert (owed.left_fen, owed.standing, owed.is_overdue) == (0, "paid", False)
    assert (counter.owed, balance(session, "levy_bank"), balance(session, "levy_fund")) == (0, 30, 30)
    told = session.scalars(select(InboxNotice.kind).where(InboxNotice.kind == "levy_payment_decided")).all()
    assert len(told) == 2
    assert clean(session) == []


def test_what_goes_into_another_fund_is_no_money_of_ours(
    session: Session, counter: Counter, statement: LevyStatement, operator: Actor, authority: Actor
) -> None:
    with frozen_at(TENTH):
        with refused("payee"):
            record_payment(session, operator, statement.number, **(PAID | {"fund": "foreign"}))
        with refused("payee"):
            record_payment(session, operator, statement.number, **(PAID | {"payee": "演示市财政局"}))
        foreign = PAID | {"fund": "foreign", "payee": "演示市财政局", "amount_fen": 30}
        made = record_payment(session, operator, statement.number, **foreign)
        check_payment(session, authority, made.number)
    assert (counter.owed, balance(session, "levy_bank"), balance(session, "levy_fund")) == (0, 0, 0)
    assert clean(session) == []


def test_who_recorded_a_payment_does_not_check_it_and_who_checked_it_does_not_reverse_it(
    session: Session, counter: Counter, statement: LevyStatement, authority: Actor
) -> None:
    second, third = (somebody("finance_supervisor", area="440000") for _ in range(2))
    with frozen_at(TENTH):
        made = record_payment(session, authority, statement.number, **PAID)
        for step in (check_payment, lambda *held: refuse_payment(*held, "查无此流水")):
            with pytest.raises(Forbidden, check=lambda error: error.code == "same_person"):
                step(session, authority, made.number)
        assert (made.state, counter.owed) == ("recorded", 30)
        check_payment(session, second, made.number)
        assert counter.owed == 18
        with pytest.raises(IllegalTransition):
            check_payment(session, third, made.number)
        with pytest.raises(Forbidden, check=lambda error: error.code == "same_person"):
            reverse_payment(session, second, made.number, "银行退回")
        reverse_payment(session, third, made.number, "银行退回")
        assert (made.state, made.reason, counter.owed) == ("reversed", "银行退回", 30)
        with pytest.raises(IllegalTransition):
            reverse_payment(session, third, made.number, "银行退回")
        again = record_payment(session, authority, statement.number, **PAID)
    assert again.id != made.id
    assert clean(session) == []


def test_a_refused_payment_is_owed_again(
    session: Session, counter: Counter, statement: LevyStatement, operator: Actor, authority: Actor
) -> None:
    with frozen_at(TENTH):
        made = record_payment(session, operator, statement.number, **(PAID | {"amount_fen": 30}))
        with refused("levy_overpaid"):
            record_payment(
                session, operator, statement.number, **(PAID | {"amount_fen": 1, "reference": "另一笔"})
            )
        refuse_payment(session, authority, made.number, "查无此流水")
        assert (made.state, made.reason, counter.owed) == ("refused", "查无此流水", 30)
        record_payment(session, operator, statement.number, **(PAID | {"amount_fen": 30}))
    assert clean(session) == []


def test_what_cannot_be_a_payment_is_refused(
    session: Session, counter: Counter, statement: LevyStatement, operator: Actor, authority: Actor
) -> None:
    with frozen_at(TENTH):
        with pytest.raises(Conflict) as over:
            record_payment(session, operator, statement.number, **(PAID | {"amount_fen": 31}))
        assert (over.value.code, over.value.extra) == ("levy_overpaid", {"left_fen": 30})
        with pytest.raises(Invalid, check=lambda error: error.code == "future_day"):
            record_payment(session, operator, statement.number, **(PAID | {"paid_on": date(2020, 11, 11)}))
        record_payment(session, operator, statement.number, **PAID)
        with (
            pytest.raises(AlreadyExists, check=lambda error: error.code == "levy_payment_told"),
            session.begin_nested(),
        ):
            record_payment(session, operator, statement.number, **PAID)
        stranger = somebody("channel_operator", counter.channel.id)
        with pytest.raises(NotFound):
            record_payment(session, stranger, statement.number, **PAID)
        elsewhere = somebody("finance_supervisor", area="650000")
        [made] = session.scalars(select(LevyPayment)).all()
        for who in (elsewhere, operator):
            with pytest.raises(NotFound):
                check_payment(session, who, made.number)
        assert due(session, elsewhere) == []
    counter.count(counter.line(500, sold_at=IN_NOVEMBER, counted_at=IN_NOVEMBER))
    with frozen_at(DECEMBER):
        waiting = drawn(counter, "2020-11")
        with refused("levy_not_agreed"):
            record_payment(session, operator, waiting.number, **PAID)
    assert waiting.due_on is None
    assert clean(session) == []


def test_a_statement_is_late_the_day_after_it_was_due_until_all_of_it_is_checked(
    session: Session, statement: LevyStatement, operator: Actor, authority: Actor
) -> None:
    scope = Scope(actor=authority)

    def listed() -> list[tuple[str, str, int | None]]:
        return [(one.kind, one.reference, one.amount_fen) for one in levies(session, scope)]

    with frozen_at(shanghai(2020, 11, 21, 23)):
        assert due(session, authority, "overdue") == []
        assert [one.left_fen for one in due(session, authority, "open")] == [30]
        assert listed() == []
    with frozen_at(shanghai(2020, 11, 22, 0, 1)):
        [late] = due(session, authority, "overdue")
        assert (late.is_overdue, late.left_fen) == (True, 30)
        made = record_payment(session, operator, statement.number, **(PAID | {"amount_fen": 30}))
        assert listed() == [
            ("帮扶金缴款待核对", made.number, 30),
            ("逾期未缴帮扶金", statement.number, 30),
        ]
        assert [one.LevyPayment.number for one in session.execute(levy_dues.payments_waiting(authority))] == [
            made.number
        ]
        assert list(levies(session, Scope(actor=operator))) == []
        check_payment(session, authority, made.number)
        assert (listed(), due(session, authority, "overdue")) == ([], [])
        assert [one.standing for one in due(session, authority, "paid")] == ["paid"]


def test_payments_fall_on_channels_and_months_and_refunds_come_off_first(
    session: Session, counter: Counter, statement: LevyStatement, operator: Actor, authority: Actor
) -> None:
    late = counter.line(3_000)
    counter.count(late)
    gone = counter.line(1_000, sold_at=IN_NOVEMBER, counted_at=IN_NOVEMBER)
    counter.count(gone)
    counter.back(late, 2_000, IN_NOVEMBER)
    with frozen_at(DECEMBER):
        november = agree(counter, operator, authority, "2020-11")
        # October's late line owes 30; of it 20 went back in November, which sold for 10.
        parts = levy_dues.parts_of(session, due(session, operator))
        assert [(one.due.statement.period, one.period, one.owed_fen, one.paid_fen) for one in parts] == [
            ("2020-10", "2020-10", 30, 0),
            ("2020-11", "2020-10", 30, 0),
            ("2020-11", "2020-11", -10, 0),
        ]
        paid = PAID | {"amount_fen": 5}
        check_payment(session, authority, record_payment(session, operator, november.number, **paid).number)
        parts = levy_dues.parts_of(session, due(session, operator))
    assert [(one.owed_fen, one.paid_fen) for one in parts[1:]] == [(30, 15), (-10, -10)]
    text = levy_dues.dues_file(parts, "csv").decode("utf-8-sig").splitlines()
    assert text[2].split(",")[5:9] == ["2020-10", "0.30", "0.15", "0.15"]
    assert levy_dues.dues_file(parts, "xlsx")[:2] == b"PK"


@pytest.mark.parametrize(
    ("owed", "paid", "found"),
    [
        ([30, 20], 0, [0, 0]),
        ([30, 20], 35, [30, 5]),
        ([30, 20], 50, [30, 20]),
        ([30, -10], 20, [30, -10]),
        ([-10, 30, 5], 12, [-10, 22, 0]),
    ],
)
def test_the_parts_of_a_payment_sum_to_it(owed: list[int], paid: int, found: list[int]) -> None:
    assert spread(owed, paid) == found
    assert sum(found) == paid


def test_a_statement_below_zero_owes_nothing() -> None:
    assert [standing_of(fen, 0) for fen in (-5, 0, 5)] == ["nothing_due", "nothing_due", "unpaid"]


def test_of_many_payments_at_once_no_more_is_taken_than_is_owed(own_database: db.Database) -> None:
    with frozen_at(IN_OCTOBER), db.transaction() as session:
        counter = Counter(session)
        counter.count(counter.line(3_000))
        operator = somebody("channel_operator", counter.operator.id)
        authority = somebody("finance_supervisor", area="440000")
        with frozen_at(SIXTH):
            number = agree(counter, operator, authority).number
    found = race(
        lambda session, one: record_payment(
            session, operator, number, **(PAID | {"reference": f"流水{one}"})
        ),
        8,
        TENTH,
    )
    assert found == {"done": 2, "levy_overpaid": 6}
    with db.transaction() as session:
        waiting = session.scalars(select(LevyPayment.number)).all()
    checkers = [somebody("finance_supervisor", area="440000") for _ in range(8)]
    checked = race(lambda session, one: check_payment(session, checkers[one], waiting[one % 2]), 8, TENTH)
    assert checked["done"] == 2
    with db.transaction() as session:
        assert balance(session, "levy_bank") == 24
        assert clean(session) == []
