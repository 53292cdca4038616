"""Commission of orders that were paid to the producer directly: owed when the line counts, billed by the month, paid once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import AlreadyExists, Conflict, Forbidden, IllegalTransition, Invalid, NotFound
from marketplace.orders import service as orders
from marketplace.payments import service as payments
from marketplace.payments.models import CommissionBill
from marketplace.payments.service import commission_bills
from marketplace.payments.service.books import balance
from marketplace.payments.service.statements import statement_of
from marketplace.payments.service.verify import verify
from tests.orders_world import Heard, Shop, actor_of
from tests.support.settling import Till, hear_money

SIXTH = shanghai(2020, 11, 6, 9)
NOVEMBER = shanghai(2020, 11, 20, 12)
DECEMBER = shanghai(2020, 12, 6, 9)


@pytest.fixture
def direct(shop: Shop, heard: Heard) -> Till:
    """The producer's buyers pay its own account, and 2.5 % of what sells in Guangdong is commission."""
    hear_money(heard)
    till = Till(shop)
    till.commission(250)
    return till


def bill_of(till: Till, period: str = "2020-10") -> CommissionBill | None:
    with frozen_at(SIXTH if period == "2020-10" else DECEMBER):
        return commission_bills.draw_up(till.session, till.clerk, till.producer_id, period)


def sold_in_november(till: Till) -> None:
    """98.00 more, from its placing to its evaluation."""
    shop = till.shop
    with frozen_at(NOVEMBER):
        order = shop.place([2])
        shop.pay(order, at=NOVEMBER)
        shop.deliver(order)
        orders.accept(shop.session, shop.buyer_actor, order.number)
        orders.evaluate(shop.session, shop.buyer_actor, order.number, stars=5)


def paid(till: Till, bill: CommissionBill, reference: str = "E-1") -> CommissionBill:
    with frozen_at(NOVEMBER):
        return commission_bills.record_payment(
            till.session,
            till.clerk,
            bill.number,
            amount_fen=bill.total_fen,
            reference=reference,
            paid_at=NOVEMBER - timedelta(hours=1),
        )


def stands(till: Till) -> dict[str, int]:
    """What the producer owes, what we earned, what came."""
    assert [one.code for one in verify(till.session) if one.broken] == []
    return {
        "owed": -balance(till.session, "producer_payable", party=till.producer_id),
        "earned": balance(till.session, "fees"),
        "came": balance(till.session, "own_bank"),
    }


def test_a_direct_order_owes_its_commission_when_it_counts_and_no_settlement_takes_it(direct: Till) -> None:
    order = direct.shop.place([2])
    direct.shop.pay(order)
    assert stands(direct) == {"owed": 0, "earned": 0, "came": 0}
    direct.shop.complete([2])
    assert stands(direct) == {"owed": 245, "earned": 245, "came": 0}
    assert direct.open_items() == []
    assert direct.propose() is None


def test_the_month_is_billed_when_it_is_over_once_and_paid_once(direct: Till) -> None:
    direct.shop.complete([2])
    direct.shop.complete([1])
    with pytest.raises(Conflict) as early:
        commission_bills.draw_up(direct.session, direct.clerk, direct.producer_id, "2020-10")
    assert early.value.code == "month_not_over"
    bill = bill_of(direct)
    assert bill is not None
    assert (bill.lines, bill.base_fen, bill.total_fen, bill.state) == (2, 14_700, 368, "drawn")
    assert bill_of(direct) is bill
    told = direct.session.scalars(select(InboxNotice.kind).where(InboxNotice.kind == "commission_bill")).all()
    assert told == ["commission_bill"]
    paid(direct, bill)
    assert stands(direct) == {"owed": 0, "earned": 368, "came": 368}
    with pytest.raises(IllegalTransition):
        paid(direct, bill, "E-2")
    assert stands(direct) == {"owed": 0, "earned": 368, "came": 368}


def test_a_refund_takes_its_part_back_before_the_bill_and_lowers_the_next_one_after_it(direct: Till) -> None:
    order = direct.shop.complete([3])
    assert stands(direct)["owed"] == 368
    direct.refund(order, quantity=1)
    assert stands(direct)["owed"] == 245
    bill = bill_of(direct)
    assert bill is not None
    assert (bill.lines, bill.base_fen, bill.total_fen) == (1, 9_800, 245)
    late = direct.shop.returned(order, 1, 1)
    assert late is not None
    with frozen_at(NOVEMBER):
        payments.confirm_refund(direct.session, direct.shop.finance, late.number, reference="BACK-LATE")
    paid(direct, bill)
    assert stands(direct) == {"owed": -122, "earned": 123, "came": 245}
    assert bill_of(direct, "2020-11") is None  # nothing is owed: what went back waits
    sold_in_november(direct)
    later = bill_of(direct, "2020-11")
    assert later is not None
    assert (later.lines, later.base_fen, later.total_fen) == (2, 4_900, 123)
    items = commission_bills.lines_of(direct.session, later)
    assert [(one["base_fen"], one["charge_fen"]) for one in items] == [(-4_900, -122), (9_800, 245)]


def test_commission_of_a_supervised_order_comes_off_its_settlement_and_is_never_billed(till: Till) -> None:
    till.commission(250)
    order = till.shop.complete([2])
    till.refund(order, quantity=1)
    assert till.open_items() == [
        ("claim", -4_900),
        ("commission", -245),
        ("commission_back", 122),
        ("sale", 9_800),
    ]
    assert bill_of(till) is None


def test_a_bill_is_paid_whole_after_it_was_drawn_and_with_a_bank_line_of_its_own(direct: Till) -> None:
    direct.shop.complete([2])
    first = bill_of(direct)
    sold_in_november(direct)
    second = bill_of(direct, "2020-11")
    assert first is not None
    assert second is not None
    for amount_fen, at, code in (
        (244, NOVEMBER, "bill_amount"),
        (245, SIXTH - timedelta(seconds=1), "bill_paid_at"),
        (245, NOVEMBER + timedelta(seconds=1), "bill_paid_at"),
    ):
        with frozen_at(NOVEMBER), pytest.raises(Invalid) as refused:
            commission_bills.record_payment(
                direct.session, direct.clerk, first.number, amount_fen=amount_fen, reference="E-1", paid_at=at
            )
        assert refused.value.code == code
    paid(direct, first)
    with frozen_at(DECEMBER), pytest.raises(AlreadyExists) as booked, direct.session.begin_nested():
        commission_bills.record_payment(
            direct.session, direct.clerk, second.number, amount_fen=245, reference="E-1", paid_at=DECEMBER
        )
    assert booked.value.code == "receipt_already_booked"


def test_the_producer_sees_its_bill_and_its_statement_and_a_stranger_sees_neither(direct: Till) -> None:
    direct.shop.complete([2])
    bill = bill_of(direct)
    assert bill is not None
    paid(direct, bill)
    own = actor_of("producer_finance", direct.producer_id)
    assert commission_bills.bill_seen(direct.session, own, bill.number)[0] is bill
    october = statement_of(direct.session, own, direct.producer_id, "2020-10")
    assert october.movements[-1].title == "平台服务费"
    assert (october.movements[-1].amount_fen, october.closing_fen) == (-245, -245)
    november = statement_of(direct.session, own, direct.producer_id, "2020-11")
    assert [(one.title, one.amount_fen) for one in november.movements] == [("支付平台服务费", 245)]
    assert (november.opening_fen, november.closing_fen) == (-245, 0)
    stranger = actor_of("producer_finance", direct.shop.world.organisation("enterprise").id)
    with pytest.raises(NotFound):
        commission_bills.bill_seen(direct.session, stranger, bill.number)
    with pytest.raises(Forbidden), frozen_at(SIXTH):
        commission_bills.draw_up(direct.session, own, direct.producer_id, "2020-10")


def test_the_worker_bills_from_the_sixth_on_and_each_producer_once(direct: Till, session: Session) -> None:
    direct.shop.complete([2])
    session.flush()
    with frozen_at(shanghai(2020, 11, 5, 23)):
        assert commission_bills.draw_up_all() == 0
    with frozen_at(SIXTH):
        assert commission_bills.draw_up_all() == 1
        assert commission_bills.draw_up_all() == 0
    bills = session.scalars(select(CommissionBill)).all()
    assert [(one.period, one.total_fen, one.drawn_by) for one in bills] == [
        ("2020-10", 245, system_actor().audit_id)
    ]
