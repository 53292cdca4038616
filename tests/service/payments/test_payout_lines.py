"""Lines of the supervised account's statement confirm payouts and return them: once, only when certain, and can be taken back."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Organisation
from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict, DomainError, IllegalTransition
from marketplace.payments.models import Payout, PayoutLine, Receipt, SettlementRun
from marketplace.payments.rules.payout_lines import Named, payouts_named
from marketplace.payments.service import matching, payout_line_work, payout_lines, supervised
from marketplace.payments.service.books import balance
from marketplace.payments.service.payouts import send
from marketplace.payments.service.verify import verify
from tests.orders_world import NOON
from tests.support.banking import BankRow, import_rows, register
from tests.support.settling import Till

TOMORROW = NOON + timedelta(days=1)
LATER = NOON + timedelta(days=4)
DAY = date(2020, 10, 3)


@pytest.fixture
def bank_of(till: Till) -> Iterator[Organisation]:
    """In whose name the supervised account is kept: the statements are its."""
    operator = till.shop.world.organisation("operator")
    operator = register(till.session, operator.id)
    supervised.install(str(operator.id))
    yield operator
    supervised.install("")


def sent(till: Till, units: int = 2, through: date = date(2020, 10, 1), at: datetime = TOMORROW) -> Payout:
    till.shop.complete([units])
    run = till.propose(through, at)
    assert run is not None
    payout = till.approve(run)
    till.send(payout.number)
    return payout


def read(till: Till, bank: Organisation, *rows: BankRow) -> list[PayoutLine]:
    """Import a statement and let the worker decide; the lines of payouts, in the order of the file."""
    with frozen_at(LATER):
        import_rows(till.session, bank, *rows)
        matching.match_next(till.session)
        payout_lines.keep_up()
    return list(
        till.session.scalars(
            select(PayoutLine)
            .order_by(PayoutLine.statement_id, PayoutLine.row_no)
            .execution_options(populate_existing=True)
        )
    )


def out(payout: Payout, **changes: Any) -> BankRow:
    values: dict[str, Any] = {
        "fen": -payout.amount_fen,
        "payer_name": "演示合作社",
        "memo": f"货款结算 {payout.number}-{payout.attempt}",
        "serial": "OUT1",
        "day": DAY,
    }
    return BankRow(**(values | changes))


def back(payout: Payout, **changes: Any) -> BankRow:
    values: dict[str, Any] = {
        "fen": payout.amount_fen,
        "memo": f"退汇 {payout.number}-{payout.attempt} 户名不符",
        "serial": "BACK1",
        "clock": time(16, 0, 0),
    }
    return out(payout, **(values | changes))


def stands(till: Till, payout: Payout) -> tuple[str, str, int, int]:
    """The payout, its run, what is held under supervision, and what the producer is owed."""
    till.session.refresh(payout)
    run = till.session.get_one(SettlementRun, payout.run_id, populate_existing=True)
    held = balance(till.session, "bank")
    broken = [one for one in verify(till.session) if one.broken]
    assert broken == []
    return payout.state, run.state, held, balance(till.session, "producer_payable")


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        work()
    return refused.value.code


def test_an_outgoing_line_with_the_number_and_the_amount_confirms_a_payout_once(
    till: Till, bank_of: Organisation
) -> None:
    payout = sent(till)
    assert stands(till, payout) == ("sent", "approved", 9_800, 0)
    [line] = read(till, bank_of, out(payout))
    assert (line.state, line.payout_id, line.attempt, line.decided_by) == ("settled", payout.id, 1, None)
    assert stands(till, payout) == ("confirmed", "paid", 0, 0)
    assert (payout.reference, payout.ended_at) == ("OUT1", line.happened_at)
    assert len(read(till, bank_of, out(payout))) == 1  # the same statement again
    assert stands(till, payout) == ("confirmed", "paid", 0, 0)


def test_a_payout_that_a_person_confirmed_by_the_same_number_is_the_lines(
    till: Till, bank_of: Organisation
) -> None:
    payout = sent(till)
    till.confirm(payout)
    [line] = read(till, bank_of, out(payout, serial=payout.reference or ""))
    assert (line.state, line.payout_id) == ("settled", payout.id)
    assert stands(till, payout) == ("confirmed", "paid", 0, 0)


def test_what_is_not_certain_waits_with_its_reason_and_books_nothing(
    till: Till, bank_of: Organisation
) -> None:
    first = sent(till)
    rows = [
        out(first, fen=-9_799, serial="A"),
        out(first, memo=f"{first.number}-2", serial="B"),
        out(first, memo="货款", serial="C"),
        out(first, memo="K00000000000A", serial="D"),
        out(first, day=date(2020, 10, 1), serial="E"),
        out(first, memo="手续费", fen=-500, serial="F"),
    ]
    lines = read(till, bank_of, *rows)
    assert [(one.state, one.parked_reason) for one in lines] == [
        ("parked", "amount_differs"),
        ("parked", "attempt_differs"),
        ("parked", "no_number"),
        ("parked", "payout_unknown"),
        ("parked", "before_sent"),
        ("other", None),
    ]
    assert stands(till, first) == ("sent", "approved", 9_800, 0)
    found = payout_line_work.suggest_payouts(till.session, till.clerk, lines[2].id)
    assert [(one.payout_number, one.reasons) for one in found] == [(first.number, ("amount",))]
    with frozen_at(LATER):
        till.confirm(first)
    assert [one.parked_reason for one in read(till, bank_of, out(first, serial="G"))][
        -1
    ] == "already_confirmed"


def test_a_person_says_which_payout_a_waiting_line_is_about_or_that_it_is_none(
    till: Till, bank_of: Organisation
) -> None:
    payout = sent(till)
    lines = read(till, bank_of, out(payout, memo="货款", serial="A"), out(payout, fen=-9_801, serial="B"))
    with frozen_at(LATER):
        wrong = lambda: payout_line_work.match_line(till.session, till.clerk, lines[1].id, payout.number)  # noqa: E731
        assert refusal(wrong) == "payout_line_differs"
        line = payout_line_work.match_line(till.session, till.clerk, lines[0].id, payout.number)
        assert (line.state, line.decided_by) == ("settled", till.clerk.audit_id)
        assert payout_line_work.dismiss_line(till.session, till.clerk, lines[1].id).state == "other"
        again = lambda: payout_line_work.match_line(till.session, till.clerk, line.id, payout.number)  # noqa: E731
        assert refusal(again) == "payout_line_decided"
        assert stands(till, payout) == ("confirmed", "paid", 0, 0)


def test_what_came_back_returns_the_payout_even_after_it_was_paid(till: Till, bank_of: Organisation) -> None:
    payout = sent(till)
    lines = read(till, bank_of, out(payout), back(payout))
    assert [(one.state, one.receipt_id is not None) for one in lines] == [
        ("settled", False),
        ("settled", True),
    ]
    assert stands(till, payout) == ("returned", "approved", 9_800, 9_800)
    assert payout.return_reason == f"退汇 {payout.number}-1 户名不符"
    receipt = till.session.get_one(Receipt, lines[1].receipt_id, populate_existing=True)
    assert (receipt.state, receipt.aside_reason) == ("set_aside", "payout_returned")
    with frozen_at(LATER):
        send(till.session, till.clerk, [payout.number])
        assert (payout.attempt, stands(till, payout)) == (2, ("sent", "approved", 9_800, 0))
    late = read(till, bank_of, out(payout, serial="OUT2", day=date(2020, 10, 5)))
    assert (late[-1].state, stands(till, payout)) == ("settled", ("confirmed", "paid", 0, 0))


def test_a_second_return_fails_the_run_and_cannot_be_taken_back(till: Till, bank_of: Organisation) -> None:
    payout = sent(till)
    read(till, bank_of, back(payout))
    assert stands(till, payout) == ("returned", "approved", 9_800, 9_800)
    with frozen_at(LATER):
        send(till.session, till.clerk, [payout.number])
    lines = read(till, bank_of, back(payout, serial="BACK2", day=date(2020, 10, 5), clock=time(11)))
    assert stands(till, payout) == ("failed", "failed", 9_800, 9_800)
    for line in lines:
        undo = lambda line=line: payout_line_work.reverse_line(till.session, till.clerk, line.id, "误认")  # type: ignore[misc]  # noqa: E731
        assert refusal(undo) == "payout_elsewhere"
    assert stands(till, payout) == ("failed", "failed", 9_800, 9_800)


def test_a_confirmation_is_taken_back_by_reversing_and_may_be_made_again(
    till: Till, bank_of: Organisation
) -> None:
    payout = sent(till)
    [line] = read(till, bank_of, out(payout))
    for _ in range(2):
        with frozen_at(LATER):
            payout_line_work.reverse_line(till.session, till.clerk, line.id, "误认")
            assert (line.state, line.parked_reason, line.payout_id) == ("parked", "undone", None)
            assert stands(till, payout) == ("sent", "approved", 9_800, 0)
            payout_line_work.match_line(till.session, till.clerk, line.id, payout.number)
            assert stands(till, payout) == ("confirmed", "paid", 0, 0)


def test_a_return_is_taken_back_and_the_payout_is_paid_as_its_own_line_says(
    till: Till, bank_of: Organisation
) -> None:
    payout = sent(till)
    lines = read(till, bank_of, out(payout), back(payout))
    with frozen_at(LATER):
        payout_line_work.reverse_line(till.session, till.clerk, lines[1].id, "误认")
        receipt = till.session.get_one(Receipt, lines[1].receipt_id, populate_existing=True)
        assert (receipt.state, receipt.open_fen) == ("parked", 9_800)
        till.session.refresh(payout)
        assert (payout.state, payout.reference) == ("confirmed", "OUT1")
        assert stands(till, payout) == ("confirmed", "paid", 9_800, 0)  # what came is nobody's yet
        payout_line_work.match_line(till.session, till.clerk, lines[1].id, payout.number)
        assert stands(till, payout) == ("returned", "approved", 9_800, 9_800)


def test_a_person_cannot_return_what_was_paid_nor_a_line_what_is_used(
    till: Till, bank_of: Organisation
) -> None:
    payout = sent(till)
    read(till, bank_of, out(payout))
    with pytest.raises(IllegalTransition):
        till.give_back(payout)
    with frozen_at(LATER):
        import_rows(till.session, bank_of, back(payout))
        receipt = till.session.scalars(select(Receipt).where(Receipt.reference == "BACK1")).one()
        matching.match_next(till.session)
        payout_lines.allocation.set_aside(till.session, till.clerk, receipt.number, "interest")
        payout_lines.keep_up()
    line = till.session.scalars(select(PayoutLine).where(PayoutLine.reference == "BACK1")).one()
    assert (line.state, line.parked_reason) == ("parked", "receipt_used")
    assert stands(till, payout)[:2] == ("confirmed", "paid")


def test_a_line_known_with_another_amount_refuses_the_file(till: Till, bank_of: Organisation) -> None:
    payout = sent(till)
    read(till, bank_of, out(payout))
    with frozen_at(LATER):
        kept = import_rows(till.session, bank_of, out(payout, fen=-1))
    assert (kept.state, [one["code"] for one in kept.errors]) == ("refused", ["line_differs"])


def test_statements_of_other_accounts_keep_no_lines_of_payouts(till: Till, bank_of: Organisation) -> None:
    payout = sent(till)
    producer = register(till.session, till.producer_id)
    assert read(till, producer, out(payout)) == []
    assert stands(till, payout)[0] == "sent"


def test_numbers_are_read_with_their_sending_and_nothing_else_is_one() -> None:
    assert payouts_named("货款 K7K2M9QX4RTB1-2 结算") == (Named("K7K2M9QX4RTB1", 2),)
    assert payouts_named("k7k2m9qx4rtb1") == (Named("K7K2M9QX4RTB1", None),)
    assert payouts_named("KF7K2M9QX4RTB1X D7K2M9QX4RTB1 K7K2M9QX4RTB") == ()


def test_a_conflict_leaves_the_line_waiting(till: Till, bank_of: Organisation) -> None:
    payout = sent(till)
    [line] = read(till, bank_of, out(payout, memo="货款"))
    with frozen_at(LATER):
        till.confirm(payout)
        with pytest.raises(Conflict):
            payout_line_work.match_line(till.session, till.clerk, line.id, payout.number)
    assert (line.state, line.parked_reason) == ("parked", "no_number")
