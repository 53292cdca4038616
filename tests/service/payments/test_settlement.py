"""Settlement: what counted is settled once, approved by two more persons, paid out once, and never more than is owed."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict, Forbidden, IllegalTransition, Invalid, NotFound
from marketplace.orders import service as orders
from marketplace.payments.models import Payout, SettlementItem, SettlementRun, Transfer
from marketplace.payments.service import payouts, settlement, settlement_decisions
from marketplace.payments.service.books import balance
from marketplace.payments.service.checks import open_amount_differences
from tests.orders_world import NOON, Heard, Shop, actor_of
from tests.support.settling import Till, hear_money

THROUGH = date(2020, 10, 1)


def _stands(till: Till) -> dict[str, int]:
    """Balances of the producer's and the platform's accounts, on their usual side; zeros left out."""
    of = {
        "payable": balance(till.session, "producer_payable", party=till.producer_id),
        "on_the_way": balance(till.session, "payout_clearing", party=till.producer_id),
        "held": balance(till.session, "bank"),
        "receivable": balance(till.session, "buyer_receivable"),
        "fees": balance(till.session, "fees"),
    }
    return {name: fen for name, fen in of.items() if fen}


def test_money_of_a_supervised_order_waits_in_the_account_until_it_is_paid_out(till: Till) -> None:
    order = till.shop.place([2])
    assert _stands(till) == {"payable": 9_800, "receivable": 9_800}
    till.shop.pay(order)
    assert _stands(till) == {"payable": 9_800, "held": 9_800}
    assert till.open_items() == []
    till.shop.deliver(order)
    orders.accept(till.session, till.shop.buyer_actor, order.number)
    orders.evaluate(till.session, till.shop.buyer_actor, order.number, stars=5)
    assert till.open_items() == [("sale", 9_800)]
    run = till.propose()
    assert run is not None
    assert (run.state, run.sales_fen, run.claims_fen, run.commission_fen, run.amount_fen) == (
        "proposed",
        9_800,
        0,
        0,
        9_800,
    )
    payout = till.approve(run)
    assert _stands(till) == {"payable": 9_800, "held": 9_800}
    sent = till.send(payout.number)
    assert (sent.file.payouts, sent.file.amount_fen, sent.without_account) == (1, 9_800, ())
    assert _stands(till) == {"on_the_way": 9_800, "held": 9_800}
    till.confirm(payout)
    assert _stands(till) == {}
    assert (payout.state, payout.attempt, run.state) == ("confirmed", 1, "paid")
    assert open_amount_differences(till.session) == []


def test_what_does_not_count_yet_is_not_settled(till: Till) -> None:
    order = till.shop.place([2])
    till.shop.pay(order)
    till.shop.deliver(order)
    assert till.propose() is None
    assert till.session.scalar(select(func.count()).select_from(SettlementRun)) == 0


def test_a_producer_and_day_is_proposed_once(till: Till) -> None:
    till.shop.complete([2])
    first, second = till.propose(), till.propose()
    assert first is second
    till.shop.complete([1])
    assert till.propose() is first
    later = till.propose(date(2020, 10, 2), NOON + timedelta(days=2))
    assert later is not None
    assert (later.amount_fen, till.open_items()) == (4_900, [])


def test_a_day_that_is_not_over_is_not_settled(till: Till) -> None:
    till.shop.complete([2])
    with pytest.raises(Invalid) as refused:
        settlement.propose(till.session, till.clerk, till.producer_id, THROUGH)
    assert refused.value.code == "through_on"
    assert till.open_items() == [("sale", 9_800)]


def test_three_persons_stand_behind_a_payout(till: Till) -> None:
    till.shop.complete([2])
    run = till.propose()
    assert run is not None
    with pytest.raises(Forbidden) as refused:
        settlement_decisions.review(till.session, till.clerk, run.number)
    assert refused.value.code == "same_person"
    with pytest.raises(IllegalTransition):
        settlement_decisions.approve(till.session, till.approver, run.number)
    settlement_decisions.review(till.session, till.reviewer, run.number)
    for person in (till.clerk, till.reviewer):
        with pytest.raises(Forbidden) as refused:
            settlement_decisions.approve(till.session, person, run.number)
        assert refused.value.code == "same_person"
    assert till.session.scalar(select(func.count()).select_from(Payout)) == 0
    settlement_decisions.approve(till.session, till.approver, run.number)
    assert till.session.scalar(select(func.count()).select_from(Payout)) == 1


def test_a_refused_run_gives_its_items_to_the_next_one(till: Till) -> None:
    till.shop.complete([2])
    run = till.propose()
    assert run is not None
    settlement_decisions.turn_down(till.session, till.reviewer, run.number, reason="金额有疑问")
    assert till.open_items() == [("sale", 9_800)]
    again = till.propose()
    assert again is not None
    assert (again.number != run.number, again.amount_fen, till.open_items()) == (True, 9_800, [])


def test_goods_returned_before_a_run_come_off_it(till: Till) -> None:
    order = till.shop.complete([3])
    till.refund(order, quantity=1)
    run = till.propose()
    assert run is not None
    assert (run.sales_fen, run.claims_fen, run.amount_fen) == (14_700, 4_900, 9_800)


def test_goods_returned_after_the_proposal_hold_the_approval(till: Till) -> None:
    order = till.shop.complete([3])
    run = till.propose()
    assert run is not None
    settlement_decisions.review(till.session, till.reviewer, run.number)
    till.shop.returned(order, 1, 1)
    with pytest.raises(Conflict) as refused:
        settlement_decisions.approve(till.session, till.approver, run.number)
    assert (refused.value.code, refused.value.extra) == ("claims_since", {"claims_fen": 4_900})
    settlement_decisions.turn_down(till.session, till.reviewer, run.number, reason="有退货")
    again = till.propose()
    assert again is not None
    assert again.amount_fen == 9_800


def test_a_refund_after_the_payout_is_a_claim_netted_from_the_next_one(till: Till) -> None:
    first = till.shop.complete([2])
    till.settle()
    till.refund(first, quantity=2)
    assert _stands(till) == {"payable": -9_800, "held": -9_800}
    assert till.open_items() == [("claim", -9_800)]
    assert till.propose(date(2020, 10, 2), NOON + timedelta(days=2)) is None
    till.shop.complete([3])
    run = till.propose(date(2020, 10, 2), NOON + timedelta(days=2))
    assert run is not None
    assert (run.sales_fen, run.claims_fen, run.amount_fen) == (14_700, 9_800, 4_900)
    payout = till.approve(run)
    till.send(payout.number)
    till.confirm(payout)
    assert _stands(till) == {}


def test_a_returned_payout_is_owed_again_and_sent_once_more(till: Till) -> None:
    till.shop.complete([2])
    run = till.propose()
    assert run is not None
    payout = till.approve(run)
    till.send(payout.number)
    till.give_back(payout)
    assert (payout.state, payout.attempt, run.state) == ("returned", 1, "approved")
    assert _stands(till) == {"payable": 9_800, "held": 9_800}
    till.send(payout.number)
    assert (payout.state, payout.attempt) == ("sent", 2)
    till.give_back(payout)
    assert (payout.state, run.state) == ("failed", "failed")
    assert _stands(till) == {"payable": 9_800, "held": 9_800}
    with pytest.raises(IllegalTransition):
        till.send(payout.number)
    again = till.propose()
    assert again is not None
    assert again.amount_fen == 9_800


def test_a_payout_is_confirmed_or_returned_and_never_both(till: Till) -> None:
    till.shop.complete([2])
    payout = till.settle()
    before = till.session.scalar(select(func.count()).select_from(Transfer))
    with pytest.raises(IllegalTransition):
        till.give_back(payout)
    with pytest.raises(IllegalTransition):
        till.confirm(payout)
    assert till.session.scalar(select(func.count()).select_from(Transfer)) == before


def test_a_bank_number_confirms_one_payout(till: Till) -> None:
    till.shop.complete([2])
    till.settle()
    till.shop.complete([1])
    run = till.propose(date(2020, 10, 2), NOON + timedelta(days=2))
    assert run is not None
    payout = till.approve(run)
    till.send(payout.number)
    till.references -= 1
    with pytest.raises(Conflict) as refused, till.session.begin_nested():
        till.confirm(payout)
    assert refused.value.code == "payout_reference_used"


def test_a_producer_without_a_bank_account_is_named_and_not_sent(till: Till) -> None:
    till.session.execute(text("UPDATE accounts.organisation SET bank_account_enc = NULL"))
    till.shop.complete([2])
    run = till.propose()
    assert run is not None
    payout = till.approve(run)
    with pytest.raises(Conflict) as refused:
        till.send()
    assert (refused.value.code, refused.value.extra) == (
        "nothing_to_send",
        {"without_account": [payout.number]},
    )
    assert (payout.state, _stands(till)) == ("prepared", {"payable": 9_800, "held": 9_800})


def test_commission_is_frozen_when_the_order_is_placed_and_comes_off_the_run(till: Till) -> None:
    free = till.shop.place([1])
    till.commission(250)
    order = till.shop.complete([3])
    till.shop.pay(free)
    assert till.open_items() == [("commission", -368), ("sale", 14_700)]
    assert balance(till.session, "fees") == 368
    till.refund(order, quantity=1)
    assert balance(till.session, "fees") == 245
    run = till.propose()
    assert run is not None
    assert (run.sales_fen, run.claims_fen, run.commission_fen, run.amount_fen) == (14_700, 4_900, 245, 9_555)
    till.refund(order, quantity=2)
    assert balance(till.session, "fees") == 0


def test_direct_orders_are_never_settled(shop: Shop, heard: Heard) -> None:
    hear_money(heard)
    till = Till(shop)
    shop.complete([2])
    assert till.propose() is None
    assert till.session.scalar(select(func.count()).select_from(SettlementItem)) == 0


def test_nobody_of_the_producer_records_what_the_supervised_account_received(till: Till) -> None:
    order = till.shop.place([2])
    till.shop.finance = actor_of("producer_finance", till.producer_id)
    with pytest.raises(Forbidden):
        till.shop.pay(order)
    assert _stands(till) == {"payable": 9_800, "receivable": 9_800}


def test_a_stranger_may_not_see_settle_or_send(till: Till) -> None:
    till.shop.complete([2])
    run = till.propose()
    assert run is not None
    stranger = actor_of("producer_finance", till.shop.world.organisation("enterprise").id)
    with frozen_at(NOON + timedelta(days=1)):
        for refused in (
            lambda: settlement.propose(till.session, stranger, till.producer_id, THROUGH),
            lambda: settlement_decisions.review(till.session, stranger, run.number),
            lambda: payouts.send(till.session, stranger, ["K1"]),
        ):
            with pytest.raises(NotFound):
                refused()
    assert run.state == "proposed"


@pytest.mark.parametrize("table", ["collection", "line_commission", "line_charge", "payout_file"])
def test_what_was_frozen_is_never_changed(till: Till, table: str) -> None:
    till.commission(250)
    till.shop.complete([2])
    till.settle()
    with pytest.raises(Exception, match=r"append-only|permission denied"), till.session.begin_nested():
        till.session.execute(text(f"DELETE FROM payments.{table}"))
