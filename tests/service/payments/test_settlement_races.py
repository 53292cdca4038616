"""Threads on real commits: two runs at once, the bank's yes against its no, a return against a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.orders import service as orders
from marketplace.orders.service import Part
from marketplace.payments.models import Payout, SettlementItem, SettlementRun
from marketplace.payments.service import payout_outcomes, payouts, settlement, settlement_decisions
from marketplace.payments.service.books import balance
from marketplace.payments.service.verify import verify
from tests.orders_world import NOON, Heard, open_shop
from tests.support.settling import Till, hear_money
from tests.support.threads import race

THREADS = 12
TOMORROW = NOON + timedelta(days=1)
THROUGH = date(2020, 10, 1)


@dataclass
class Field:
    """A till in a database of its own, committed."""

    till: Till

    def __call__(self, work: Callable[[Session], object]) -> object:
        """One use case in its own transaction."""
        with frozen_at(NOON), db.transaction() as session:
            self.till.shop.session = session
            return work(session)

    def race(self, *works: Callable[[Session, int], object], threads: int = THREADS) -> Counter[str]:
        """The works in turn, in so many threads at once, each in its own transaction: how often done, and each refusal's code."""
        return race(lambda session, number: works[number % len(works)](session, number), threads, TOMORROW)


@pytest.fixture
def field(own_database: db.Database, heard: Heard) -> Iterator[Field]:
    hear_money(heard)
    with frozen_at(NOON), db.transaction() as session:
        till = Till(open_shop(session, units=100))
        till.supervise()
        till.open_account()
    yield Field(till)
    with db.transaction() as session:
        assert [one for one in verify(session) if one.broken is not None] == []


def test_a_run_proposed_twelve_times_is_one(field: Field) -> None:
    for _ in range(3):
        field(lambda _: field.till.shop.complete([2]).number)
    found: list[str] = []

    def propose(session: Session, _: int) -> None:
        run = settlement.propose(session, field.till.clerk, field.till.producer_id, THROUGH)
        assert run is not None
        found.append(run.number)

    assert field.race(propose) == {"done": THREADS}
    assert len(set(found)) == 1
    with db.transaction() as session:
        assert session.scalars(select(SettlementRun.amount_fen)).all() == [29_400]
        taken = select(func.count()).where(SettlementItem.run_id.is_not(None))
        assert session.scalar(taken) == 3


def _sent(field: Field) -> Payout:
    field(lambda _: field.till.shop.complete([2]).number)

    def go(_: Session) -> Payout:
        run = field.till.propose()
        assert run is not None
        payout = field.till.approve(run)
        field.till.send(payout.number)
        return payout

    payout = field(go)
    assert isinstance(payout, Payout)
    return payout


def test_a_payout_is_confirmed_or_returned_once_whoever_is_first(field: Field) -> None:
    payout = _sent(field)
    outcome = field.race(
        lambda session, number: payout_outcomes.confirm(
            session, field.till.clerk, payout.number, reference=f"OUT-{number}", paid_at=TOMORROW
        ),
        lambda session, _: payout_outcomes.give_back(session, field.till.clerk, payout.number, reason="退票"),
    )
    assert outcome == {"done": 1, "illegal_transition": THREADS - 1}
    with db.transaction() as session:
        state = session.scalars(select(Payout.state)).one()
        owed = balance(session, "producer_payable", party=field.till.producer_id)
        assert (state, owed) in {("confirmed", 0), ("returned", 9_800)}


def test_a_payout_is_sent_once(field: Field) -> None:
    field(lambda _: field.till.shop.complete([2]).number)

    def approved(_: Session) -> str:
        run = field.till.propose()
        assert run is not None
        return field.till.approve(run).number

    number = str(field(approved))
    outcome = field.race(lambda session, _: payouts.send(session, field.till.clerk, [number]))
    assert outcome == {"done": 1, "illegal_transition": THREADS - 1}


def test_an_approval_and_a_refusal_are_never_both(field: Field) -> None:
    field(lambda _: field.till.shop.complete([2]).number)

    def reviewed(session: Session) -> str:
        run = field.till.propose()
        assert run is not None
        settlement_decisions.review(session, field.till.reviewer, run.number)
        return run.number

    number = str(field(reviewed))
    outcome = field.race(
        lambda session, _: settlement_decisions.approve(session, field.till.approver, number),
        lambda session, _: settlement_decisions.turn_down(session, field.till.reviewer, number, reason="疑"),
    )
    assert outcome == {"done": 1, "illegal_transition": THREADS - 1}
    with db.transaction() as session:
        prepared = session.scalar(select(func.count()).select_from(Payout))
        left = session.scalar(select(func.count()).where(SettlementItem.run_id.is_(None)))
        assert (prepared, left) in {(1, 0), (0, 1)}


def test_goods_that_come_back_while_a_run_is_made_come_off_it_or_off_the_next(field: Field) -> None:
    numbers = [str(field(lambda _: field.till.shop.complete([3]).number)) for _ in range(6)]

    def asked(session: Session) -> list[str]:
        rows = []
        for number in numbers:
            row = orders.request_return(session, field.till.shop.buyer_actor, number, [Part(1, 1)], "quality")
            orders.decide_return(
                session, field.till.shop.seller_actor, row.number, approve=True, opinion=None
            )
            rows.append(row.number)
        return rows

    returns = field(asked)
    assert isinstance(returns, list)
    outcome = field.race(
        lambda session, number: orders.receive_return(
            session, field.till.shop.seller_actor, returns[number // 2]
        ),
        lambda session, _: settlement.propose(session, field.till.clerk, field.till.producer_id, THROUGH),
    )
    assert outcome == {"done": THREADS}
    with db.transaction() as session:
        run = session.scalars(select(SettlementRun)).one()
        left = session.scalar(
            select(func.coalesce(func.sum(SettlementItem.amount_fen), 0)).where(
                SettlementItem.run_id.is_(None)
            )
        )
        assert run.amount_fen + left == 6 * 2 * 4_900
        assert left <= 0
