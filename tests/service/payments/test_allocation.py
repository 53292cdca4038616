"""What finance does with receipts that wait: given, taken back, exchanged, kept, given back, set aside; the books agree."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from marketplace.accounts.models import Organisation
from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict, DomainError, Forbidden, IllegalTransition, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.orders import service as orders
from marketplace.orders.models import OrderEvent, SalesOrder
from marketplace.payments import service as payments
from marketplace.payments.models import BuyerBalance, Payment, Receipt, Transfer
from marketplace.payments.service import allocation, balances, repayments, suggestions
from marketplace.payments.service.books import balance
from marketplace.payments.service.checks import (
    open_amount_differences,
    receipt_differences,
    waiting_differences,
)
from marketplace.payments.service.matching import match_next
from tests.orders_world import NOON, Heard, Shop, actor_of, open_shop
from tests.support.banking import AFTERNOON, BankRow, import_rows

pytestmark = pytest.mark.usefixtures("afternoon")


@pytest.fixture(autouse=True)
def books_agree(shop: Shop) -> Iterator[None]:
    yield
    shop.session.flush()
    assert open_amount_differences(shop.session) == []
    assert receipt_differences(shop.session) == []
    assert waiting_differences(shop.session) == {}


def place(shop: Shop, *quantities: int, **changes: object) -> SalesOrder:
    with frozen_at(NOON):
        return shop.place(list(quantities), **changes)


def receive(
    shop: Shop, bank: Organisation, fen: int = 9_800, serial: str = "S1", **changes: object
) -> Receipt:
    """A receipt that waits: its memo says nothing and its amount fits nothing."""
    row = BankRow(fen, payer_name="某付款单位", serial=serial, **changes)  # type: ignore[arg-type]
    import_rows(shop.session, bank, row)
    match_next(shop.session)
    return shop.session.scalars(select(Receipt).where(Receipt.reference == serial)).one()


def give(shop: Shop, receipt: Receipt, order: SalesOrder, fen: int) -> Payment:
    return allocation.allocate(shop.session, shop.finance, receipt.number, order.number, fen)


def fresh(shop: Shop, order: SalesOrder) -> SalesOrder:
    return orders.lock_order(shop.session, order.number)


def refused(call: object, *args: object) -> str:
    with pytest.raises(DomainError) as error:
        call(*args)  # type: ignore[operator]
    return error.value.code


def test_a_receipt_is_split_over_orders_until_nothing_is_left(shop: Shop, bank: Organisation) -> None:
    first, second = place(shop, 2), place(shop, 1)
    receipt = receive(shop, bank, 12_000)
    give(shop, receipt, first, 9_800)
    assert (receipt.state, receipt.open_fen, receipt.parked_reason) == ("parked", 2_200, "left_over")
    give(shop, receipt, second, 2_200)
    assert (receipt.state, receipt.open_fen) == ("settled", 0)
    assert (fresh(shop, first).payment_state, fresh(shop, second).payment_state) == ("paid", "partly_paid")
    assert balance(shop.session, "bank", party=bank.id) == 0


def test_never_more_than_the_receipt_has_or_the_order_owes(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    receipt = receive(shop, bank, 5_000)
    assert refused(give, shop, receipt, order, 5_001) == "above_open"
    assert refused(give, shop, receipt, order, 9_801) == "above_due"
    assert refused(give, shop, receipt, order, 0) == "amount_fen"
    shop.session.refresh(receipt)
    assert (receipt.open_fen, fresh(shop, order).paid_fen) == (5_000, 0)
    assert shop.session.scalar(select(func.count()).select_from(Payment)) == 0


def test_a_receipt_in_the_account_of_another_seller_is_not_for_the_order(
    shop: Shop, bank: Organisation
) -> None:
    receipt = receive(shop, bank)
    with frozen_at(NOON):
        other = open_shop(shop.session)
        order = other.place([1])
    assert refused(give, shop, receipt, order, 4_900) == "other_payee"


def test_only_finance_of_the_holder_or_the_platform_may(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    receipt = receive(shop, bank)
    for actor in (shop.buyer_actor, shop.seller_actor):
        with pytest.raises((Forbidden, NotFound)):
            allocation.allocate(shop.session, actor, receipt.number, order.number, 9_800)
    stranger = actor_of("producer_finance", uuid7())
    with pytest.raises(NotFound):
        allocation.receipt_of(shop.session, stranger, receipt.number)
    own = actor_of("producer_finance", bank.id)
    allocation.allocate(shop.session, own, receipt.number, order.number, 9_800)
    assert fresh(shop, order).payment_state == "paid"


def test_a_payment_is_taken_back_and_the_order_owes_again(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    receipt = receive(shop, bank)
    payment = give(shop, receipt, order, 9_800)
    assert shop.lines(order)[0].goods_class == "certified_aid"
    allocation.undo(shop.session, shop.finance, payment.id, "认领错误")
    again = fresh(shop, order)
    assert (again.payment_state, again.paid_fen, again.paid_at, again.sold_at) == ("unpaid", 0, None, None)
    line = shop.lines(order)[0]
    assert (line.goods_class, line.certificate_id, line.scheme, line.schemes) == (None, None, None, [])
    assert (receipt.state, receipt.open_fen, receipt.parked_reason) == ("parked", 9_800, "undone")
    assert (payment.state, payment.reversal_reason) == ("reversed", "认领错误")
    assert shop.session.scalars(select(OrderEvent.kind).where(OrderEvent.kind == "payment_undone")).all() == [
        "payment_undone"
    ]
    assert refused(allocation.undo, shop.session, shop.finance, payment.id, "再次") == "already_reversed"
    give(shop, receipt, order, 9_800)
    assert (fresh(shop, order).payment_state, shop.lines(order)[0].goods_class) == ("paid", "certified_aid")


def test_one_part_of_two_is_taken_back(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    first = give(shop, receive(shop, bank, 4_000), order, 4_000)
    give(shop, receive(shop, bank, 5_800, "S2"), order, 5_800)
    allocation.undo(shop.session, shop.finance, first.id, "认领错误")
    assert (fresh(shop, order).payment_state, order.paid_fen, order.sold_at) == ("partly_paid", 5_800, None)


def test_once_the_sale_has_counted_the_payment_stands(shop: Shop, bank: Organisation, heard: Heard) -> None:
    order = place(shop, 2, payment_method="after_delivery")
    shop.deliver(order)
    orders.accept(shop.session, shop.buyer_actor, order.number)
    orders.evaluate(shop.session, shop.buyer_actor, order.number, stars=5)
    receipt = receive(shop, bank)
    payment = give(shop, receipt, order, 9_800)
    assert [line.sale_fen for fact in heard.counted for line in fact.lines] == [9_800]
    assert refused(allocation.undo, shop.session, shop.finance, payment.id, "认领错误") == "sale_counted"
    assert (fresh(shop, order).payment_state, receipt.open_fen, payment.state) == ("paid", 0, "recorded")
    other = receive(shop, bank, 10_000, "S2")
    replacing = allocation.exchange(shop.session, shop.finance, payment.id, other.number, "换用正确到账")
    assert (payment.state, replacing.state, replacing.amount_fen) == ("reversed", "recorded", 9_800)
    assert (receipt.open_fen, other.open_fen) == (9_800, 200)
    assert (fresh(shop, order).paid_fen, order.counted_at is not None) == (9_800, True)
    assert heard.reversed == []
    assert len(heard.counted) == 1


def test_an_exchange_needs_enough_of_another_receipt_of_the_same_seller(
    shop: Shop, bank: Organisation
) -> None:
    order = place(shop, 2)
    receipt, small = receive(shop, bank), receive(shop, bank, 9_799, "S2")
    payment = give(shop, receipt, order, 9_800)
    args = (shop.session, shop.finance, payment.id)
    assert refused(allocation.exchange, *args, receipt.number, "换") == "same_receipt"
    assert refused(allocation.exchange, *args, small.number, "换") == "above_open"
    assert (payment.state, small.open_fen) == ("recorded", 9_799)


def test_an_order_whose_money_goes_back_keeps_its_payment(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    payment = give(shop, receive(shop, bank), order, 9_800)
    orders.cancel(shop.session, shop.buyer_actor, order.number, "不需要了")
    assert refused(allocation.undo, shop.session, shop.finance, payment.id, "认领错误") == "refund_underway"


def test_a_shipped_order_whose_payment_was_not_its_own_is_overdue(shop: Shop, bank: Organisation) -> None:
    from datetime import timedelta

    from marketplace.payments.service.overdue import overdue_orders

    order = place(shop, 2)
    payment = give(shop, receive(shop, bank), order, 9_800)
    shop.deliver(order)
    allocation.undo(shop.session, shop.finance, payment.id, "认领错误")
    with frozen_at(AFTERNOON + timedelta(days=31)):
        late = shop.session.scalars(overdue_orders(shop.finance)).all()
    assert [one.number for one in late] == [order.number]


def test_what_was_recorded_by_hand_is_taken_back_like_any_other(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    shop.pay(order)
    [payment] = shop.session.scalars(select(Payment)).all()
    allocation.undo(shop.session, shop.finance, payment.id, "登记错误")
    [receipt] = shop.session.scalars(select(Receipt)).all()
    assert (fresh(shop, order).payment_state, receipt.open_fen) == ("unpaid", 9_800)


def test_a_payment_without_a_receipt_or_a_booking_cannot_be_taken_back(
    shop: Shop, bank: Organisation
) -> None:
    order = place(shop, 2)
    assert refused(allocation.undo, shop.session, shop.finance, uuid7(), "x") == "payment_not_found"
    shop.pay(order)
    [payment] = shop.session.scalars(select(Payment)).all()
    receipt_id, payment.receipt_id = payment.receipt_id, None
    shop.session.flush()
    assert refused(allocation.undo, shop.session, shop.finance, payment.id, "x") == "not_of_a_receipt"
    payment.receipt_id = receipt_id
    old = Payment(
        id=uuid7(),
        order_id=order.id,
        method="bank_transfer",
        reference="OLD",
        payer_name="x",
        amount_fen=1,
        paid_at=NOON,
        recorded_at=NOON,
        receipt_id=receipt_id,
    )
    shop.session.add(old)
    shop.session.flush()
    assert refused(allocation.undo, shop.session, shop.finance, old.id, "x") == "booked_before_receipts"
    shop.session.delete(old)


def test_a_balance_pays_a_later_order_of_its_buyer(shop: Shop, bank: Organisation) -> None:
    receipt = receive(shop, bank, 10_000)
    kept = balances.keep_for(shop.session, shop.finance, receipt.number, shop.buyer.id, 10_000)
    assert balance(shop.session, "buyer_balance", party=shop.buyer.id) == 10_000
    order = place(shop, 1)
    with frozen_at(AFTERNOON):
        payment = balances.use(shop.session, shop.finance, kept.number, order.number, 4_900)
    assert (kept.open_fen, fresh(shop, order).payment_state) == (5_100, "paid")
    assert balance(shop.session, "buyer_balance", party=shop.buyer.id) == 5_100
    assert balance(shop.session, "bank", party=bank.id) == 5_100
    allocation.undo(shop.session, shop.finance, payment.id, "误用")
    assert (kept.open_fen, fresh(shop, order).payment_state) == (10_000, "unpaid")


def test_a_balance_is_nobody_elses_and_lies_with_one_seller(shop: Shop, bank: Organisation) -> None:
    kept = balances.keep_for(shop.session, shop.finance, receive(shop, bank).number, shop.buyer.id, 9_800)
    with frozen_at(NOON):
        other = open_shop(shop.session)
        strangers = other.place([1])
    args = (shop.session, shop.finance, kept.number)
    assert refused(balances.use, *args, strangers.number, 4_900) == "another_buyer"
    kept.buyer_id = other.buyer.id
    shop.session.flush()
    assert refused(balances.use, *args, strangers.number, 4_900) == "other_payee"
    kept.buyer_id = shop.buyer.id
    order = place(shop, 2)
    assert refused(balances.use, *args, order.number, 9_801) in ("above_open", "above_due")
    assert refused(balances.use, shop.session, shop.finance, "B-none", order.number, 1) == "balance_not_found"


def test_a_balance_that_was_kept_by_mistake_waits_again(shop: Shop, bank: Organisation) -> None:
    receipt = receive(shop, bank)
    kept = balances.keep_for(shop.session, shop.finance, receipt.number, shop.buyer.id, 5_000)
    balances.release(shop.session, shop.finance, kept.number)
    assert (receipt.open_fen, receipt.parked_reason, kept.state) == (9_800, "kept_undone", "released")
    assert refused(balances.release, shop.session, shop.finance, kept.number) == "balance_used"
    assert (
        refused(balances.keep_for, shop.session, shop.finance, receipt.number, uuid7(), 1)
        == "organisation_unknown"
    )
    assert (
        refused(balances.keep_for, shop.session, shop.finance, receipt.number, shop.buyer.id, 9_801)
        == "above_open"
    )


@pytest.mark.parametrize("source", ["receipt", "balance"])
def test_money_goes_back_by_two_persons(shop: Shop, bank: Organisation, source: str) -> None:
    receipt = receive(shop, bank)
    ask, number = repayments.ask_from_receipt, receipt.number
    if source == "balance":
        kept = balances.keep_for(shop.session, shop.finance, receipt.number, shop.buyer.id, 9_800)
        ask, number = repayments.ask_from_balance, kept.number
    asked = ask(shop.session, shop.finance, number, 3_000, "付错单位")
    assert balance(shop.session, "bank", party=bank.id) == 9_800
    assert refused(ask, shop.session, shop.finance, number, 6_801, "付错单位") == "above_open"
    assert refused(repayments.confirm, shop.session, shop.finance, asked.number, "B-1") == "same_person"
    second = actor_of("finance_clerk")
    repayments.confirm(shop.session, second, asked.number, "B-1")
    assert (asked.state, balance(shop.session, "bank", party=bank.id)) == ("confirmed", 6_800)
    with pytest.raises(IllegalTransition):
        repayments.confirm(shop.session, second, asked.number, "B-2")
    other = ask(shop.session, shop.finance, number, 1_000, "付错单位")
    with shop.session.begin_nested(), pytest.raises(Conflict) as used:
        repayments.confirm(shop.session, second, other.number, "B-1")
    assert used.value.code == "reference_already_used"


def test_a_repayment_that_is_withdrawn_leaves_the_money_where_it_was(shop: Shop, bank: Organisation) -> None:
    receipt = receive(shop, bank)
    asked = repayments.ask_from_receipt(shop.session, shop.finance, receipt.number, 9_800, "付错单位")
    assert (receipt.state, receipt.open_fen) == ("settled", 0)
    repayments.withdraw(shop.session, shop.finance, asked.number)
    assert (receipt.state, receipt.open_fen, asked.state) == ("parked", 9_800, "withdrawn")
    kept = balances.keep_for(shop.session, shop.finance, receipt.number, shop.buyer.id, 9_800)
    from_balance = repayments.ask_from_balance(shop.session, shop.finance, kept.number, 800, "退")
    repayments.withdraw(shop.session, shop.finance, from_balance.number)
    assert kept.open_fen == 9_800


def test_what_is_none_of_ours_is_set_aside_and_taken_up_again(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 1)
    receipt = receive(shop, bank)
    payment = give(shop, receipt, order, 4_900)
    allocation.set_aside(shop.session, shop.finance, receipt.number, "other_business")
    assert (receipt.state, receipt.aside_fen, receipt.open_fen) == ("set_aside", 4_900, 0)
    assert balance(shop.session, "bank", party=bank.id) == 0
    assert (
        refused(allocation.set_aside, shop.session, shop.finance, receipt.number, "interest")
        == "nothing_open"
    )
    allocation.undo(shop.session, shop.finance, payment.id, "认领错误")
    assert (receipt.state, receipt.open_fen, receipt.aside_fen) == ("parked", 4_900, 4_900)
    assert (
        refused(allocation.set_aside, shop.session, shop.finance, receipt.number, "interest")
        == "already_aside"
    )
    allocation.take_up_again(shop.session, shop.finance, receipt.number)
    assert (receipt.state, receipt.open_fen, receipt.aside_fen) == ("parked", 9_800, 0)
    assert refused(allocation.take_up_again, shop.session, shop.finance, receipt.number) == "not_set_aside"
    assert refused(allocation.set_aside, shop.session, shop.finance, receipt.number, "gift") == "aside_reason"
    allocation.set_aside(shop.session, shop.finance, receipt.number, "card_settlement")
    assert receipt.aside_no == 2


CARD = {"authorisation_no": "a1b2c3", "voucher_no": "０００１２８", "card_tail": "0128"}
TREASURY = {
    "voucher_no": "2020-000128",
    "unit_code": "101001",
    "function_code": "2050299",
    "economic_code": "30201",
}


def record(shop: Shop, order: SalesOrder, kind: str, voucher: dict[str, str]) -> Payment:
    return payments.record_transfer(
        shop.session,
        shop.finance,
        order.number,
        amount_fen=9_800,
        currency="CNY",
        reference="R-1",
        payer_name="演示预算单位",
        paid_at=NOON,
        kind=kind,
        voucher=voucher,
    )


@pytest.mark.parametrize(
    ("kind", "voucher", "stored"),
    [
        ("official_card", CARD, CARD | {"authorisation_no": "A1B2C3", "voucher_no": "000128"}),
        ("treasury_direct", TREASURY, TREASURY),
        (
            "treasury_authorised",
            TREASURY | {"quota_no": "财预〔2020〕1号"},
            TREASURY | {"quota_no": "财预〔2020〕1号"},
        ),
        ("bank_transfer", {}, {}),
    ],
)
def test_a_means_of_payment_comes_with_its_papers(
    shop: Shop, kind: str, voucher: dict[str, str], stored: dict[str, str]
) -> None:
    order = place(shop, 2)
    payment = record(shop, order, kind, voucher)
    [receipt] = shop.session.scalars(select(Receipt)).all()
    assert (payment.method, receipt.kind, receipt.voucher) == (kind, kind, stored)
    assert fresh(shop, order).payment_state == "paid"


@pytest.mark.parametrize(
    ("kind", "voucher", "code"),
    [
        ("cash", {}, "receipt_kind"),
        ("bank_transfer", {"voucher_no": "1"}, "voucher_field"),
        ("official_card", {}, "voucher_field"),
        ("official_card", CARD | {"authorisation_no": "12345"}, "voucher_field"),
        ("official_card", CARD | {"voucher_no": "12345X"}, "voucher_field"),
        ("official_card", CARD | {"card_tail": "６２２２020128"}, "voucher_field"),
        ("official_card", CARD | {"unit_code": "101001"}, "voucher_field"),
        ("treasury_direct", {"voucher_no": "2020-000128"}, "voucher_field"),
        ("treasury_direct", TREASURY | {"function_code": "3050299"}, "voucher_field"),
        ("treasury_authorised", TREASURY | {"economic_code": "302"}, "voucher_field"),
    ],
)
def test_papers_that_are_not_of_the_means_are_refused(
    shop: Shop, kind: str, voucher: dict[str, str], code: str
) -> None:
    order = place(shop, 2)
    with pytest.raises(Invalid) as error:
        record(shop, order, kind, voucher)
    assert error.value.code == code
    assert shop.session.scalar(select(func.count()).select_from(Receipt)) == 0
    assert fresh(shop, order).paid_fen == 0


def test_a_line_of_a_statement_is_given_its_papers(shop: Shop, bank: Organisation) -> None:
    receipt = receive(shop, bank)
    allocation.add_voucher(shop.session, shop.finance, receipt.number, "treasury_direct", TREASURY)
    assert (receipt.kind, receipt.voucher) == ("treasury_direct", TREASURY)


def test_suggestions_say_why_best_first(shop: Shop, bank: Organisation) -> None:
    order, other = place(shop, 2), place(shop, 1)
    wrong = order.number[:-1] + ("A" if order.number[-1] != "A" else "B")
    receipt = receive(shop, bank, 9_800, memo=f"货款 {wrong}")
    found = suggestions.suggest(shop.session, shop.finance, receipt.number)
    assert [(one.order_number, one.reasons, one.against) for one in found] == [
        (order.number, ("near_code", "amount"), ("payer_differs",))
    ]
    assert (found[0].due_fen, found[0].amount_fen) == (9_800, 9_800)
    named = receive(shop, bank, 4_900, "S2", memo=f"{order.number}")
    found = suggestions.suggest(shop.session, shop.finance, named.number)
    assert [(one.order_number, one.reasons) for one in found] == [
        (order.number, ("code",)),
        (other.number, ("amount",)),
    ]
    give(shop, named, other, 4_900)
    assert suggestions.suggest(shop.session, shop.finance, named.number) == []


def test_suggestions_say_what_speaks_against(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 1)
    orders.cancel(shop.session, shop.buyer_actor, order.number, "不要了")
    receipt = receive(shop, bank, 4_900, memo=order.number)
    [one] = suggestions.suggest(shop.session, shop.finance, receipt.number)
    assert (one.reasons, one.against, one.amount_fen) == (("code",), ("cancelled", "payer_differs"), 0)


def test_every_transfer_of_a_reversed_payment_has_its_opposite(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    payment = give(shop, receive(shop, bank), order, 9_800)
    allocation.undo(shop.session, shop.finance, payment.id, "认领错误")
    booked = shop.session.scalars(select(Transfer).where(Transfer.event == f"payment:{payment.id}")).all()
    opposite = shop.session.scalars(select(Transfer).where(Transfer.event == f"undo:{payment.id}")).all()
    assert [one.transfer_no for one in booked] == [one.reverses_no for one in opposite]
    assert isinstance(payment.id, uuid.UUID)
    assert shop.session.scalar(select(func.count()).select_from(BuyerBalance)) == 0
