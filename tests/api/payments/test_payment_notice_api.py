"""付款通知: the payee's full account for who must pay, the amount that is open, the code, a QR code, a paper."""

from __future__ import annotations

import io
from typing import Any

import pypdf
import pytest
from sqlalchemy import select, update

from marketplace.core import db
from marketplace.core.models import AuditRecord
from marketplace.orders.models import Checkout, SalesOrder
from marketplace.payments.service.payment_notices import qr_svg
from marketplace.producers.models import Producer
from tests.support.banking import ACCOUNT, register


@pytest.fixture
def payable(desk: Any) -> Any:
    with db.transaction() as session:
        register(session, desk.shop.seller_actor.organisation_id)
    return desk


def _text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_a_notice_says_whom_to_pay_how_much_and_with_which_code(payable: Any) -> None:
    order = payable.place((2, 1))
    payable.pay(order, 700)
    notice = payable.get(f"/payment-notices/{order}", payable.buyer).get_json()
    [slip] = notice["slips"]
    assert (notice["code"], notice["buyer_name"], notice["issued_on"]) == (
        order,
        "演示预算单位",
        "2020-10-01",
    )
    assert (slip["bank_account"], slip["amount_fen"], slip["is_supervised"]) == (ACCOUNT, 15_000, False)
    assert slip["amount_in_words"] == "人民币壹佰伍拾元整"
    assert slip["qr_text"].splitlines()[1:] == [
        f"账号:{ACCOUNT}", "开户行:演示银行梅县支行", "金额:150.00元", f"附言:{order}",
    ]  # fmt: skip
    assert [(one["order_number"], one["total_fen"], one["due_fen"]) for one in slip["parts"]] == [
        (order, 15_700, 15_000)
    ]
    assert slip["qr_svg"] == qr_svg(slip["qr_text"])
    assert slip["qr_svg"].startswith("<svg")


def test_the_paper_says_the_same_and_is_the_same_each_time(payable: Any) -> None:
    order = payable.place()
    answer = payable.get(f"/payment-notices/{order}?format=pdf", payable.buyer)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "private, no-store"
    text = _text(answer.data).replace(" ", "")
    for words in (
        "付款通知书",
        order,
        ACCOUNT,
        "98.00",
        "人民币玖拾捌元整",
        "演示银行梅县支行",
        "2020年10月1日",
    ):
        assert words in text
    assert payable.get(f"/payment-notices/{order}?format=pdf", payable.buyer).data == answer.data


def test_the_code_of_a_checkout_names_all_of_its_orders(payable: Any) -> None:
    order = payable.place()
    with db.transaction() as session:
        code = session.scalars(
            select(Checkout.number).join(SalesOrder, SalesOrder.checkout_id == Checkout.id)
        ).one()
    notice = payable.get(f"/payment-notices/{code}", payable.buyer).get_json()
    assert [part["order_number"] for slip in notice["slips"] for part in slip["parts"]] == [order]
    assert notice["slips"][0]["qr_text"].endswith(f"附言:{code}")


def test_the_showing_of_an_account_is_in_the_trail(payable: Any) -> None:
    order = payable.place()
    payable.get(f"/payment-notices/{order}", payable.buyer)
    with db.transaction() as session:
        shown = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "accounts.bank_account.read")
        ).all()
    assert [(one.purpose, ACCOUNT in str(one.detail)) for one in shown] == [("付款通知", False)]


def test_there_is_none_for_a_stranger_for_what_is_paid_and_without_an_account(payable: Any) -> None:
    order = payable.place()
    stranger = payable.as_role("buyer", organisation_id=payable.shop.seller_actor.organisation_id)
    other = payable.as_role("producer_finance", organisation_id=payable.shop.world.organisation().id)
    assert payable.get(f"/payment-notices/{order}", other).status_code == 404
    assert (
        payable.get(f"/payment-notices/{order}", stranger).status_code == 200
    )  # the seller's own people may see it
    assert payable.get("/payment-notices/D0000000000000", payable.buyer).status_code == 404
    payable.pay(order, 9_800)
    answer = payable.get(f"/payment-notices/{order}", payable.buyer)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "nothing_due")


def test_there_is_none_without_an_account_of_the_seller(desk: Any) -> None:
    order = desk.place()
    answer = desk.get(f"/payment-notices/{order}", desk.buyer)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "no_payee_account")


def test_a_producer_that_passed_to_another_organisation_is_not_paid_into_the_old_account(
    payable: Any,
) -> None:
    order = payable.place()
    with db.transaction() as session:
        other = payable.shop.world.organisation().id
        session.execute(update(Producer).values(organisation_id=other))
    answer = payable.get(f"/payment-notices/{order}", payable.buyer)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "payee_not_seller")
