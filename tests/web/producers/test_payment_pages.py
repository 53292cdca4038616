"""Money on the producer's pages: recorded by hand, matched, set aside, given back; overdue orders and their interest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import select, update

from marketplace.core.clock import shanghai
from marketplace.core.db import transaction
from marketplace.orders.models import SalesOrder
from marketplace.payments.layouts import LAYOUT_BY_CODE
from marketplace.payments.models import BankStatement, InterestClaim, Payment, Receipt, Refund
from tests.orders_world import Shop
from tests.support.banking import BankRow, as_csv, register
from tests.support.statements import counted
from tests.support.visitors import Visitor, main_of, text_of

Visit = Callable[..., Visitor]
SLIP = {"reference": "20201001-1", "payer_name": "演示预算单位", "paid_at": "2020-10-01T12:00"}
ALLOWED = 8


@pytest.fixture
def finance(visitor: Visit, shop: Shop) -> Visitor:
    return visitor("producer_finance", organisation_id=shop.seller_actor.organisation_id)


def kept(number: str) -> SalesOrder:
    with transaction() as session:
        return session.scalars(select(SalesOrder).where(SalesOrder.number == number)).one()


def test_a_transfer_is_recorded_from_the_slip_once(finance: Visitor, order: str) -> None:
    here = f"/producer/orders/{order}"
    assert "还没有到账" in finance.read(f"{here}/payments")
    page = text_of(finance.follow(finance.send(f"{here}/receipt", **SLIP, amount_fen="100.00")))
    assert "尚欠 ¥34.00" in page
    assert "20201001-1" in page
    again = finance.send(f"{here}/receipt", **SLIP, amount_fen="34.00")
    assert again.status_code == 409
    assert "该笔到账已登记" in main_of(again)
    assert kept(order).paid_fen == 10_000


def test_papers_of_an_official_card_are_asked_for_and_checked(finance: Visitor, order: str) -> None:
    path = f"/producer/orders/{order}/receipt"
    card = {"kind": "official_card", "voucher.authorisation_no": "A1B2C3", "voucher.voucher_no": ""}
    refused = finance.send(path, **SLIP, amount_fen="134", **card)
    assert refused.status_code == 422
    assert 'id="f-voucher-voucher_no-error"' in main_of(refused)
    finance.follow(finance.send(path, **SLIP, amount_fen="134", **card | {"voucher.voucher_no": "000128"}))
    with transaction() as session:
        assert session.scalars(select(Receipt.voucher)).one() == {
            "authorisation_no": "A1B2C3",
            "voucher_no": "000128",
        }


def test_what_was_matched_wrongly_waits_again_and_is_matched_or_set_aside(
    finance: Visitor, order: str
) -> None:
    here = f"/producer/orders/{order}"
    finance.follow(finance.send(f"{here}/receipt", **SLIP, amount_fen="134"))
    with transaction() as session:
        payment_id = session.scalars(select(Payment.id)).one()
        number = session.scalars(select(Receipt.number)).one()
    page = text_of(finance.follow(finance.send(f"/producer/payments/{payment_id}/reversal", reason="认错了")))
    assert "已冲正 认错了" in page
    assert "待认领到账 1" in text_of(finance.read("/producer"))
    receipt = f"/producer/receipts/{number}"
    assert receipt in finance.read("/producer/receipts?state=parked")
    shown = text_of(finance.read(receipt))
    assert f"{order}" in shown
    assert "认领 ¥134.00" in shown
    finance.follow(finance.send(f"{receipt}/set-aside", reason="other_business"))
    assert kept(order).paid_fen == 0
    back = text_of(finance.follow(finance.send(receipt, to=f"{receipt}/taking-up")))
    assert "待认领 ¥134.00" in back
    finance.follow(finance.send(receipt, to=f"{receipt}/allocations"))
    assert kept(order).paid_fen == 13_400


def test_money_paid_by_mistake_is_asked_back_by_one_and_confirmed_by_another(
    finance: Visitor, visitor: Visit, shop: Shop, order: str
) -> None:
    finance.follow(finance.send(f"/producer/orders/{order}/receipt", **SLIP, amount_fen="134"))
    with transaction() as session:
        payment_id = session.scalars(select(Payment.id)).one()
        number = session.scalars(select(Receipt.number)).one()
    finance.follow(finance.send(f"/producer/payments/{payment_id}/reversal", reason="认错了"))
    finance.send(f"/producer/receipts/{number}/repayment", amount_fen="134", reason="付错单位")
    listed = finance.read("/producer/repayments")
    assert "付错单位" in listed
    path = listed.split('href="/producer/repayments/')[1].split('"')[0]
    same = finance.send(f"/producer/repayments/{path}", reference="OUT-1")
    assert same.status_code == 403
    other = visitor("producer_finance", organisation_id=shop.seller_actor.organisation_id)
    assert "已退回付款人" in other.follow(other.send(f"/producer/repayments/{path}", reference="OUT-1"))


def test_a_statement_of_the_bank_is_sent_and_says_what_is_wrong(
    finance: Visitor, shop: Shop, order: str
) -> None:
    no_account = finance.send(
        "/producer/bank-statements/new", layout="ccb", file=(BytesIO(b"x,y\n1,2\n"), "a.csv")
    )
    assert no_account.status_code == 409
    with transaction() as session:
        register(session, shop.seller_actor.organisation_id)
    content = as_csv(LAYOUT_BY_CODE["ccb"], [BankRow(13_400, memo=f"货款 {order}")])
    page = finance.follow(
        finance.send("/producer/bank-statements/new", layout="ccb", file=(BytesIO(content), "流水.csv"))
    )
    assert "正在读取" in page
    with transaction() as session:
        statement_id = session.scalars(select(BankStatement.id)).one()
    assert f"/producer/bank-statements/{statement_id}" in finance.read("/producer/bank-statements")


@pytest.fixture
def late(shop: Shop, order: str) -> str:
    """The order, delivered in August and ten days overdue."""
    with transaction() as session:
        session.execute(
            update(SalesOrder)
            .where(SalesOrder.number == order)
            .values(delivered_at=shanghai(2020, 8, 22), due_on=date(2020, 9, 21), state="delivered")
        )
    return order


def test_who_is_late_is_listed_and_the_interest_claimed_and_received(finance: Visitor, late: str) -> None:
    shown = text_of(finance.read("/producer/receivables"))
    assert f"{late} 演示预算单位 2020-09-21 10 ¥134.00 ¥0.67" in shown
    assert "逾期应收 1" in text_of(finance.read("/producer"))
    assert late in finance.get("/producer/receivables?format=csv").get_data(as_text=True)
    here = f"/producer/orders/{late}/payments"
    page = finance.follow(finance.send(here, to=f"/producer/orders/{late}/interest-claims"))
    assert "已催告" in page
    with transaction() as session:
        number = session.scalars(select(InterestClaim.number)).one()
    step = f"/producer/orders/{late}/interest-claims/{number}/receipt"
    assert "利息已到账" in finance.follow(finance.send(step, reference="INT-1"))


def test_the_clerk_sees_who_is_late_and_neither_records_nor_claims(seller: Visitor, late: str) -> None:
    assert late in seller.read("/producer/receivables")
    page = seller.read(f"/producer/orders/{late}/payments")
    assert "登记到账" not in page
    assert "催告 ¥" not in page
    assert seller.get("/producer/receipts").status_code == 403


def test_a_refund_is_recorded_by_another_person_than_who_asked(finance: Visitor, shop: Shop) -> None:
    with transaction() as session:
        shop.session = session
        sold = shop.complete((2, 3))
        owed = shop.returned(sold, 1, 1)
        assert owed is not None
        number = owed.number
    assert number in finance.read("/producer/refunds?todo=pay")
    assert "待退款 1" in text_of(finance.read("/producer"))
    finance.follow(finance.send(f"/producer/refunds/{number}/confirmation", reference="OUT-2"))
    assert number not in finance.read("/producer/refunds?todo=pay")
    with transaction() as session:
        assert session.scalars(select(Refund.state)).one() == "confirmed"


def test_the_lists_take_few_statements(finance: Visitor, late: str) -> None:
    for path in (
        "/producer/receivables",
        "/producer/receipts",
        "/producer/refunds",
        "/producer/repayments",
        "/producer/bank-statements",
        "/producer/settlements",
        "/producer/uncounted",
    ):
        with counted() as few:
            finance.read(path)
        assert len(few) <= ALLOWED, (path, few)


def test_another_producer_sees_none_of_it(visitor: Visit, shop: Shop, late: str) -> None:
    with transaction() as session:
        shop.world.session = session
        elsewhere = shop.world.producer(name="别家合作社").organisation_id
    other = visitor("producer_finance", organisation_id=elsewhere)
    assert "没有逾期的订单" in other.read("/producer/receivables")
    assert other.get(f"/producer/orders/{late}/payments").status_code == 404
    assert other.get(f"/producer/orders/{late}/receipt").status_code == 404
