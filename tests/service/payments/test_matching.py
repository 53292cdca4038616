"""Statements become receipts once, and receipts are booked where they are certain; everything else waits with its reason."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from sqlalchemy import event, func, select

from marketplace.accounts.models import Organisation
from marketplace.core.clock import frozen_at, shanghai
from marketplace.orders import service as orders
from marketplace.orders.models import Checkout, SalesOrder
from marketplace.payments import service as payments
from marketplace.payments.layouts import LAYOUT_BY_CODE
from marketplace.payments.models import BuyerBalance, Payment, Receipt, Transfer
from marketplace.payments.service import payers, supervised
from marketplace.payments.service.books import balance
from marketplace.payments.service.checks import (
    open_amount_differences,
    receipt_differences,
    waiting_differences,
)
from marketplace.payments.service.matching import match_next
from marketplace.payments.service.verify import verify
from tests.orders_world import Heard, Shop, open_shop
from tests.support.banking import AFTERNOON, BankRow, as_csv, import_file, import_rows, register
from tests.support.settling import Till, hear_money

pytestmark = pytest.mark.usefixtures("afternoon")


def place(shop: Shop, *quantities: int, **changes: object) -> SalesOrder:
    """An order of noon."""
    with frozen_at(shanghai(2020, 10, 1, 12)):
        return shop.place(list(quantities), **changes)


def matched(shop: Shop, bank: Organisation, *rows: BankRow, layout: str = "ccb") -> list[Receipt]:
    """Import the rows, match, and give the receipts in the order of the rows; the books agree afterwards."""
    import_rows(shop.session, bank, *rows, layout=layout)
    while match_next(shop.session):
        pass
    agree(shop)
    return list(
        shop.session.scalars(
            select(Receipt).where(Receipt.statement_id.is_not(None)).order_by(Receipt.row_no, Receipt.id)
        )
    )


def agree(shop: Shop) -> None:
    shop.session.flush()
    assert open_amount_differences(shop.session) == []
    assert receipt_differences(shop.session) == []
    assert waiting_differences(shop.session) == {}


def fresh(shop: Shop, order: SalesOrder) -> SalesOrder:
    return orders.lock_order(shop.session, order.number)


def test_a_line_with_the_code_of_an_order_pays_it(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    [receipt] = matched(shop, bank, BankRow(9_800, memo=f"货款{order.number}"))
    paid = fresh(shop, order)
    assert (paid.payment_state, paid.paid_fen, paid.paid_at) == (
        "paid",
        9_800,
        shanghai(2020, 10, 1, 15, 30, 12),
    )
    assert (receipt.state, receipt.open_fen, receipt.parked_reason) == ("settled", 0, None)
    [payment] = shop.session.scalars(select(Payment)).all()
    assert (payment.amount_fen, payment.method, payment.reference) == (9_800, "bank_transfer", "S1")
    assert balance(shop.session, "bank", party=bank.id) == 0
    assert balance(shop.session, "unallocated", party=bank.id) == 0


@pytest.mark.parametrize(
    "write",
    [
        lambda code: code.lower(),
        " ".join,
        lambda code: f"货款：{code[:5]}-{code[5:]}",
        lambda code: code.replace("0", "O").replace("1", "l"),
        lambda code: "".join(chr(ord(one) + 0xFEE0) for one in code),
    ],
)
def test_a_code_is_known_however_people_write_it(shop: Shop, bank: Organisation, write: object) -> None:
    order = place(shop, 1)
    matched(shop, bank, BankRow(4_900, memo=write(order.number)))  # type: ignore[operator]
    assert fresh(shop, order).payment_state == "paid"


def test_less_than_is_due_leaves_the_order_partly_paid_and_the_rest_completes_it(
    shop: Shop, bank: Organisation
) -> None:
    order = place(shop, 2)
    matched(shop, bank, BankRow(4_000, memo=order.number))
    assert (fresh(shop, order).payment_state, order.sold_at) == ("partly_paid", None)
    matched(shop, bank, BankRow(5_800, memo=order.number, serial="S2"))
    assert (fresh(shop, order).payment_state, order.paid_fen) == ("paid", 9_800)
    assert shop.session.scalar(select(func.count()).select_from(Payment)) == 2


def test_two_lines_of_one_file_pay_one_order_together(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    matched(shop, bank, BankRow(4_000, memo=order.number), BankRow(5_800, memo=order.number, serial="S2"))
    assert (fresh(shop, order).payment_state, order.paid_fen) == ("paid", 9_800)


def test_more_than_is_due_stays_as_the_buyers_balance(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    [receipt] = matched(shop, bank, BankRow(10_000, memo=order.number))
    [kept] = shop.session.scalars(select(BuyerBalance)).all()
    assert (kept.buyer_id, kept.holder_id, kept.amount_fen, kept.open_fen) == (
        shop.buyer.id,
        bank.id,
        200,
        200,
    )
    assert (receipt.state, fresh(shop, order).paid_fen) == ("settled", 9_800)
    assert balance(shop.session, "buyer_balance", party=shop.buyer.id) == 200
    assert balance(shop.session, "bank", party=bank.id) == 200


def test_one_line_with_two_codes_pays_both_orders_in_their_order(shop: Shop, bank: Organisation) -> None:
    first, second = place(shop, 2), place(shop, 1)
    matched(shop, bank, BankRow(12_000, memo=f"{first.number} {second.number}"))
    assert (fresh(shop, first).paid_fen, fresh(shop, second).paid_fen) == (9_800, 2_200)


def test_the_code_of_a_checkout_pays_its_orders(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    code = shop.session.scalar(select(Checkout.number).where(Checkout.id == order.checkout_id))
    matched(shop, bank, BankRow(9_800, memo=f"结算单{code}"))
    assert fresh(shop, order).payment_state == "paid"


def test_without_a_code_amount_and_payer_decide_when_only_one_order_fits(
    shop: Shop, bank: Organisation
) -> None:
    order, other = place(shop, 2), place(shop, 1)
    matched(shop, bank, BankRow(9_800, payer_name="演示预算单位 ", memo="货款"))
    assert (fresh(shop, order).payment_state, fresh(shop, other).payment_state) == ("paid", "unpaid")


WAITS = {
    "code_unknown": BankRow(9_800, payer_name="别的单位", memo="D7K2M9QX4RTBX"),
    "payer_unknown": BankRow(9_800, payer_name="别的单位"),
    "no_amount": BankRow(9_801),
}


@pytest.mark.parametrize("reason", WAITS)
def test_what_is_not_certain_waits_with_its_reason(shop: Shop, bank: Organisation, reason: str) -> None:
    order = place(shop, 2)
    [receipt] = matched(shop, bank, WAITS[reason])
    assert (receipt.state, receipt.parked_reason, receipt.open_fen) == ("parked", reason, receipt.amount_fen)
    assert fresh(shop, order).payment_state == "unpaid"
    assert balance(shop.session, "unallocated", party=bank.id) == receipt.amount_fen


def test_two_orders_of_one_amount_wait_for_a_person(shop: Shop, bank: Organisation) -> None:
    first, second = place(shop, 1), place(shop, 1)
    [receipt] = matched(shop, bank, BankRow(4_900))
    assert receipt.parked_reason == "ambiguous"
    assert (fresh(shop, first).paid_fen, fresh(shop, second).paid_fen) == (0, 0)


def test_a_code_paid_by_another_waits_until_the_payer_is_declared(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    row = BankRow(9_800, payer_name="演示市国库支付中心", memo=order.number)
    [receipt] = matched(shop, bank, row)
    assert receipt.parked_reason == "payer_differs"
    payers.declare(shop.session, shop.buyer_actor, shop.buyer.id, "演示市国库支付中心", "国库集中支付")
    shop.session.expire_all()
    match_next(shop.session)
    agree(shop)
    assert fresh(shop, order).payment_state == "paid"


def test_a_declaration_does_not_take_what_a_registered_buyer_of_that_name_pays(
    shop: Shop, bank: Organisation
) -> None:
    other = shop.world.organisation("enterprise", "440106")
    other.name = "真正的付款企业"
    shop.session.flush()
    order = place(shop, 2)
    payers.declare(shop.session, shop.buyer_actor, shop.buyer.id, "真正的付款企业", "代付")
    [receipt] = matched(shop, bank, BankRow(9_800, payer_name="真正的付款企业"))
    assert receipt.parked_reason == "payer_unknown"
    assert fresh(shop, order).paid_fen == 0


def test_a_declaration_that_ended_no_longer_holds(shop: Shop, bank: Organisation) -> None:
    declared = payers.declare(shop.session, shop.buyer_actor, shop.buyer.id, "演示市国库支付中心", "代付")
    payers.end(shop.session, shop.buyer_actor, declared.id)
    order = place(shop, 2)
    [receipt] = matched(shop, bank, BankRow(9_800, payer_name="演示市国库支付中心", memo=order.number))
    assert receipt.parked_reason == "payer_differs"


def test_money_for_an_order_that_is_paid_or_called_off_waits(shop: Shop, bank: Organisation) -> None:
    paid, gone = place(shop, 2), place(shop, 1)
    with frozen_at(AFTERNOON):
        orders.cancel(shop.session, shop.buyer_actor, gone.number, "不需要了")
    matched(shop, bank, BankRow(9_800, memo=paid.number))
    rows = (BankRow(9_800, memo=paid.number, serial="S2"), BankRow(4_900, memo=gone.number, serial="S3"))
    matched(shop, bank, *rows)
    waiting = shop.session.execute(
        select(Receipt.reference, Receipt.parked_reason)
        .where(Receipt.state == "parked")
        .order_by(Receipt.reference)
    ).all()
    assert [tuple(one) for one in waiting] == [("S2", "nothing_due"), ("S3", "nothing_due")]


def test_money_for_an_order_of_another_seller_waits(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    stranger = register(
        shop.session, open_shop(shop.session).seller_actor.organisation_id, "6222020200998877665"
    )
    content = as_csv(
        LAYOUT_BY_CODE["ccb"], [BankRow(9_800, memo=order.number)], account="6222020200998877665"
    )
    import_file(shop.session, stranger, content)
    match_next(shop.session)
    [receipt] = shop.session.scalars(select(Receipt)).all()
    assert (receipt.parked_reason, fresh(shop, order).paid_fen) == ("other_payee", 0)


def test_money_that_arrived_before_the_order_waits(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    [receipt] = matched(shop, bank, BankRow(9_800, memo=order.number, clock=time(9, 0)))
    assert (receipt.parked_reason, fresh(shop, order).paid_fen) == ("before_order", 0)


def test_a_line_with_a_day_alone_arrived_by_the_end_of_the_day(shop: Shop, bank: Organisation) -> None:
    order = place(shop, 2)
    [today] = matched(shop, bank, BankRow(9_800, memo=order.number, clock=None), layout="general")
    assert (today.arrived_at, fresh(shop, order).payment_state) == (AFTERNOON, "paid")
    with frozen_at(AFTERNOON + timedelta(days=2)):
        found = matched(
            shop, bank, BankRow(1, clock=None, serial="S9", day=date(2020, 10, 2)), layout="general"
        )
    assert found[-1].arrived_at == shanghai(2020, 10, 2, 23, 59, 59)


def test_money_out_is_no_receipt(shop: Shop, bank: Organisation) -> None:
    kept = import_rows(shop.session, bank, BankRow(-500), BankRow(700, serial="S2"))
    assert (kept.lines_in, kept.lines_out, kept.lines_added, kept.added_fen) == (1, 1, 1, 700)
    assert shop.session.scalar(select(func.count()).select_from(Receipt)) == 1


@pytest.mark.parametrize("layout", ["ccb", "icbc", "rural"])
def test_the_same_file_twice_and_one_that_overlaps_add_each_line_once(
    shop: Shop, bank: Organisation, layout: str
) -> None:
    rows = [
        BankRow(100 + number, serial=f"S{number}", day=date(2020, 9, 20 + number)) for number in range(1, 9)
    ]
    first = import_rows(shop.session, bank, *rows[:5], layout=layout)
    again = import_rows(shop.session, bank, *rows[:5], layout=layout)
    overlapping = import_rows(shop.session, bank, *rows[3:], layout=layout)
    assert [(one.lines_added, one.lines_known) for one in (first, again, overlapping)] == [
        (5, 0),
        (0, 5),
        (3, 2),
    ]
    assert shop.session.scalar(select(func.sum(Receipt.amount_fen))) == sum(row.fen for row in rows)
    assert balance(shop.session, "bank", party=bank.id) == sum(row.fen for row in rows)
    assert (
        shop.session.scalar(select(func.count()).select_from(Transfer).where(Transfer.kind == "arrived")) == 8
    )


def test_equal_lines_of_a_bank_without_serials_are_as_many_receipts(shop: Shop, bank: Organisation) -> None:
    row = BankRow(100)
    assert import_rows(shop.session, bank, row, row, layout="icbc").lines_added == 2
    assert import_rows(shop.session, bank, row, row, row, layout="icbc").lines_added == 1


@pytest.mark.parametrize("row", [BankRow(101), BankRow(100, day=date(2020, 9, 30))])
def test_a_known_number_with_another_amount_or_day_refuses_the_file(
    shop: Shop, bank: Organisation, row: BankRow
) -> None:
    import_rows(shop.session, bank, BankRow(100))
    kept = import_rows(shop.session, bank, BankRow(7, serial="S2"), row)
    assert (kept.state, [(one["row"], one["code"]) for one in kept.errors]) == (
        "refused",
        [(4, "line_differs")],
    )
    assert shop.session.scalars(select(Receipt.amount_fen)).all() == [100]


def test_a_statement_of_another_account_is_refused(shop: Shop, bank: Organisation) -> None:
    content = as_csv(LAYOUT_BY_CODE["ccb"], [BankRow(100)], account="6222020200998877665")
    kept = import_file(shop.session, bank, content)
    assert (kept.state, [one["code"] for one in kept.errors]) == ("refused", ["another_account"])
    masked = as_csv(LAYOUT_BY_CODE["ccb"], [BankRow(100)], account="622202*********3445")
    assert import_file(shop.session, bank, masked).state == "imported"


def test_a_line_of_later_today_refuses_the_file(shop: Shop, bank: Organisation) -> None:
    kept = import_rows(shop.session, bank, BankRow(100, clock=time(16, 30)))
    assert (kept.state, [one["code"] for one in kept.errors]) == ("refused", ["moment_after_now"])
    assert shop.session.scalar(select(func.count()).select_from(Receipt)) == 0


def test_what_was_recorded_by_hand_under_the_banks_number_is_not_added_again(
    shop: Shop, bank: Organisation
) -> None:
    order = place(shop, 2)
    payments.record_transfer(
        shop.session,
        shop.finance,
        order.number,
        amount_fen=9_800,
        currency="CNY",
        reference="S1",
        payer_name="演示预算单位",
        paid_at=shanghai(2020, 10, 1, 15, 30),
    )
    kept = import_rows(shop.session, bank, BankRow(9_800, memo=order.number))
    assert (kept.lines_added, kept.lines_known) == (0, 1)
    [line] = matched(shop, bank, BankRow(9_800, memo=order.number), layout="icbc")
    assert (line.state, line.parked_reason) == ("parked", "recorded_by_hand")


def test_money_in_the_supervised_account_pays_the_order_and_the_producer_is_still_owed(
    shop: Shop, heard: Heard
) -> None:
    hear_money(heard)
    Till(shop).supervise()
    order = place(shop, 2)
    operator = register(shop.session, shop.world.organisation().id)
    supervised.install(str(operator.id))
    try:
        [receipt] = matched(shop, operator, BankRow(9_800, memo=order.number))
    finally:
        supervised.install("")
    assert (receipt.holder_id, receipt.state) == (None, "settled")
    assert fresh(shop, order).payment_state == "paid"
    assert balance(shop.session, "buyer_receivable", order_id=order.id) == 0
    assert balance(shop.session, "producer_payable", order_id=order.id) == 9_800
    assert balance(shop.session, "bank") == 9_800
    assert [one for one in verify(shop.session) if one.broken] == []


def test_many_receipts_are_matched_in_a_fixed_number_of_statements(shop: Shop, bank: Organisation) -> None:
    def count(number: int, start: int) -> int:
        placed = [place(shop, 1) for _ in range(number)]
        rows = [BankRow(4_900, memo=one.number, serial=f"T{start + at}") for at, one in enumerate(placed)]
        import_rows(shop.session, bank, *rows)
        seen: list[str] = []

        def note(*args: object) -> None:
            seen.append(str(args[2]))

        engine = shop.session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        match_next(shop.session)
        event.remove(engine, "before_cursor_execute", note)
        assert all(fresh(shop, one).payment_state == "paid" for one in placed)
        return len(seen)

    assert count(2, 0) == count(12, 100)


def test_a_batch_takes_so_many_and_the_next_goes_on(shop: Shop, bank: Organisation) -> None:
    import_rows(shop.session, bank, BankRow(100), BankRow(200, serial="S2"))
    assert match_next(shop.session, limit=1) == 1
    shop.session.flush()
    states = shop.session.scalars(select(Receipt.state).order_by(Receipt.row_no)).all()
    assert sorted(states) == ["new", "parked"]
    assert match_next(shop.session) == 1
    assert match_next(shop.session) == 0
