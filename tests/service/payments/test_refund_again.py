"""A refund that the gateway did not make is tried again by a person: once, under a new key, never more than was taken."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict, DomainError, Forbidden
from marketplace.payments import service as payments
from marketplace.payments.models import Refund
from marketplace.payments.service.books import balance
from marketplace.payments.service.gateway_sweep import reconcile
from marketplace.payments.service.refund_again import refund_again
from marketplace.payments.service.refunds import refunds_seen
from marketplace.payments.service.verify import verify
from tests.orders_world import NOON, Heard, actor_of, open_shop
from tests.support.fake_stripe import FakeStripe
from tests.support.online_shop import LATER, Till, open_account, stripe_at_hand
from tests.support.threads import race

SECOND = actor_of("finance_clerk")


def failed(till: Till) -> tuple[str, Refund]:
    """A cancelled order whose refund the gateway has definitely not made."""
    number, _ = till.paid()
    till.cancel(number)
    till.fake.dice.planned.append("failed_before")
    till.work()
    with frozen_at(NOON + LATER):
        till.work()
    [refund] = till.refunds(number)
    assert refund.state == "failed"
    return number, refund


def again(till: Till, refund: Refund, way: str = "gateway") -> Refund:
    with db.transaction() as session:
        return refund_again(session, till.shop.finance, refund.number, way=way)[0]


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        work()
    return refused.value.code


def sound() -> bool:
    with db.transaction() as session:
        broken = [one for one in verify(session) if one.broken]
        return not broken and balance(session, "buyer_receivable") == balance(session, "buyer_balance") == 0


def listed(till: Till, todo: str) -> list[str]:
    with db.transaction() as session:
        return [row.Refund.number for row in session.execute(refunds_seen(till.shop.finance, todo=todo))]


def test_it_is_asked_for_again_under_a_key_of_its_own(paying: Till) -> None:
    number, first = failed(paying)
    assert listed(paying, "decide") == [first.number]
    second = again(paying, first)
    assert (listed(paying, "decide"), listed(paying, "pay")) == ([], [])
    paying.work()
    paying.hear()
    rows = {one.number: one for one in paying.refunds(number)}
    assert (rows[first.number].state, rows[second.number].state) == ("replaced", "confirmed")
    assert rows[first.number].idempotency_key != rows[second.number].idempotency_key
    [made] = paying.there.refunds.values()
    assert made["metadata"]["sanzhuan_refund"] == str(second.id)
    assert (paying.sales_order(number).refunded_fen, paying.fake.net(), reconcile()) == (9800, 0, [])
    assert sound()


def test_it_is_turned_into_a_transfer_that_another_person_confirms(paying: Till) -> None:
    number, first = failed(paying)
    second = again(paying, first, "bank")
    assert listed(paying, "pay") == [second.number]
    paying.work()
    assert (len(paying.there.refunds), paying.fake.net()) == (0, 9800)  # the gateway is not asked
    with pytest.raises(Forbidden), db.transaction() as session:
        payments.confirm_refund(session, paying.shop.finance, second.number, reference="B-1")
    with db.transaction() as session:
        payments.confirm_refund(session, SECOND, second.number, reference="B-1")
    assert (paying.sales_order(number).refunded_fen, reconcile()) == (9800, [])
    assert sound()


def test_what_the_gateway_made_and_failed_and_a_bank_paid_is_not_taken_for_sent_back(paying: Till) -> None:
    number = paying.order()
    payment_id = paying.begin(number, "alipay")
    paying.work()
    paying.there.pay(paying.payment(payment_id).intent_id or "")
    paying.hear()
    paying.cancel(number)
    paying.work()
    [refund_id] = paying.there.refunds
    paying.there.settle_refund(refund_id, arrives=False)
    paying.hear()
    [first] = paying.refunds(number)
    assert (first.state, first.gateway_id) == ("failed", refund_id)
    second = again(paying, first, "bank")
    with db.transaction() as session:
        payments.confirm_refund(session, SECOND, second.number, reference="B-1")
    assert reconcile() == []
    assert {one.bounced_at for one in paying.refunds(number)} == {None}
    assert sound()


def test_while_nobody_knows_or_the_gateway_has_it_nobody_asks_again(paying: Till) -> None:
    number, _ = paying.paid()
    paying.cancel(number)
    [refund] = paying.refunds(number)
    assert refusal(lambda: again(paying, refund)) == "refund_not_failed"  # not even asked for
    paying.fake.dice.planned.append("dropped_after")
    paying.work()
    [refund] = paying.refunds(number)
    assert refund.state == "unknown"
    for way in ("gateway", "bank"):
        assert refusal(lambda way=way: again(paying, refund, way)) == "refund_at_gateway"  # type: ignore[misc]
    with frozen_at(NOON + LATER):
        paying.work()
    assert paying.refunds(number)[0].state == "confirmed"
    assert refusal(lambda: again(paying, refund)) == "refund_not_failed"
    assert (len(paying.there.refunds), len(paying.refunds(number))) == (1, 1)


def test_no_more_is_asked_for_than_is_left_of_what_was_captured(paying: Till) -> None:
    number, first = failed(paying)
    [charge] = paying.there.charges.values()
    paying.there.refund({"payment_intent": charge["payment_intent"], "amount": "1"})
    paying.fake.take_outbox()
    with db.transaction() as session:
        payment = session.get_one(type(paying.payment(first.online_payment_id)), first.online_payment_id)
        payment.given_back_fen = 1  # it is known, whatever it is booked as
    assert refusal(lambda: again(paying, first)) == "refund_not_covered"
    assert [one.state for one in paying.refunds(number)] == ["failed"]
    assert again(paying, first, "bank").amount_fen == 9800


def test_one_that_was_made_after_all_is_its_successors(paying: Till) -> None:
    number, first = failed(paying)
    second = again(paying, first, "bank")
    [charge] = paying.there.charges.values()
    paying.there.refund(
        {
            "payment_intent": charge["payment_intent"],
            "amount": "9800",
            "metadata": {"sanzhuan_refund": str(first.id)},
        }
    )
    paying.hear()
    states = {one.number: one.state for one in paying.refunds(number)}
    assert states == {first.number: "replaced", second.number: "confirmed"}
    assert (paying.sales_order(number).refunded_fen, reconcile()) == (9800, [])
    assert sound()


def test_what_the_buyers_bank_sent_back_is_given_back_another_way(paying: Till) -> None:
    number, _ = paying.paid()
    paying.cancel(number)
    paying.work()
    [refund_id] = paying.there.refunds
    paying.there.settle_refund(refund_id, arrives=False)
    paying.hear()
    [first] = paying.refunds(number)
    with db.transaction() as session:
        assert [one.code for one in verify(session) if one.broken] == []  # the buyer's until it is back
        assert balance(session, "buyer_balance") == 9800
    assert listed(paying, "decide") == [first.number]
    second = again(paying, first, "bank")
    with db.transaction() as session:
        payments.confirm_refund(session, SECOND, second.number, reference="B-1")
    assert (paying.sales_order(number).refunded_fen, reconcile()) == (9800, [])
    assert (sound(), listed(paying, "decide")) == (True, [])
    assert refusal(lambda: again(paying, first)) == "refund_asked_again"


@pytest.fixture
def committed(own_database: db.Database, heard: Heard) -> Iterator[Till]:
    """A shop paid online whose transactions are real."""
    with frozen_at(NOON):
        with db.transaction() as session:
            shop = open_shop(session, units=100)
        with stripe_at_hand(fake := FakeStripe()):
            assert shop.seller_actor.organisation_id is not None
            open_account(shop.seller_actor.organisation_id)
            yield Till(shop, fake)


def test_of_two_clerks_at_once_one_begins_it_again(committed: Till) -> None:
    number, first = failed(committed)

    def ask(session: Session, turn: int) -> None:
        way = ("gateway", "bank")[turn % 2]
        refund_again(session, committed.shop.finance, first.number, way=way)

    done = race(ask, 8, NOON + timedelta(hours=3))
    assert done == {"done": 1, "refund_asked_again": 7}
    assert len(committed.refunds(number)) == 2


def test_a_conflict_of_two_changes_nothing_else(paying: Till) -> None:
    number, first = failed(paying)
    again(paying, first)
    with pytest.raises(Conflict):
        again(paying, first, "bank")
    assert sorted(one.state for one in paying.refunds(number)) == ["replaced", "requested"]
