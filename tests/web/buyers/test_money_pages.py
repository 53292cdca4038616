"""What is to be paid, what came, invoices and contracts on pages of buyers."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from marketplace.accounts.models import Organisation
from marketplace.accounts.service import bank_accounts
from marketplace.core.db import transaction
from marketplace.orders.models import SalesOrder
from tests.orders_world import NOON, Shop
from tests.support.contracts import PNG, brought, register, sent
from tests.support.invoiced import invoiced
from tests.support.statements import counted
from tests.support.visitors import HTTPS, Visitor, form_of, main_of, text_of
from tests.web.buyers.conftest import Opened
from tests.web.buyers.test_order_pages import placed


def order_of(shop: Shop, number: str) -> SalesOrder:
    return shop.session.query(SalesOrder).filter_by(number=number).one()


def test_open_orders_are_listed_with_what_is_due_and_what_came_is_shown_with_its_papers(
    shop: Shop, buyer: Visitor
) -> None:
    number = placed(shop, "accepted")
    assert "¥157.00" in text_of(buyer.read("/payments"))
    assert "没有待付的订单" in text_of(buyer.read("/payments?payment_state=partly_paid"))
    with transaction() as session:
        shop.session = session
        shop.pay(order_of(shop, number), 5_700)
    assert number in buyer.read("/payments?payment_state=partly_paid")
    page = text_of(buyer.read(f"/orders/{number}/payments"))
    assert "待付 ¥100.00" in page
    assert "对公转账 演示预算单位" in page


def test_lists_of_money_are_read_in_few_statements_however_long(shop: Shop, buyer: Visitor) -> None:
    placed(shop, "accepted")
    paths = (
        "/payments",
        "/payments/overdue",
        "/balances",
        "/declared-payers",
        "/invoices",
        "/invoice-requests",
    )
    few = {}
    for path in paths:
        with counted() as few[path]:
            buyer.read(path)
    for _ in range(2):
        placed(shop, "accepted")
    for path in paths:
        with counted() as many:
            buyer.read(path)
        assert len(many) == len(few[path]), path
    assert len([one for one in few["/payments"] if "sales_order" in one]) <= 5


def test_what_is_overdue_stands_with_its_days_and_interest_and_is_a_file_too(
    shop: Shop, buyer: Visitor
) -> None:
    number = placed(shop, "accepted")
    assert "没有超期未付的订单" in text_of(buyer.read("/payments/overdue"))
    with transaction() as session:
        shop.session = session
        order_of(shop, number).due_on = NOON.date() - timedelta(days=10)
    page = text_of(buyer.read("/payments/overdue"))
    assert "10 ¥157.00 ¥0.79" in page  # 15700 fen, 0.05 % a day, ten days: 78.5
    sheet = buyer.get("/payments/overdue?format=csv").get_data(as_text=True)
    assert f"{number}," in sheet
    assert "15700,79" in sheet


@pytest.mark.parametrize("role", ["buyer_reviewer", "buyer_finance"])
def test_a_tab_that_a_role_may_not_open_is_not_shown(shop: Shop, person: Opened, role: str) -> None:
    one = person(role)
    assert "/declared-payers" not in one.read("/payments")
    assert one.get("/declared-payers").status_code == 403


def test_another_payer_is_declared_once_and_ended(shop: Shop, buyer: Visitor) -> None:
    wrong = buyer.send("/declared-payers/new", payer_name="123", reason="代付")
    assert wrong.status_code == 422
    assert "付款人名称应含有文字" in main_of(wrong)
    done = buyer.send("/declared-payers/new", payer_name="演示国库支付中心", reason="统一支付")
    page = buyer.follow(done)
    assert "演示国库支付中心" in page
    again = buyer.send("/declared-payers/new", payer_name="演示国库支付中心", reason="统一支付")
    assert (again.status_code, "该付款人已备案" in main_of(again)) == (409, True)
    end = page.split('action="/declared-payers/')[1].split('"')[0]
    assert "终止" in text_of(buyer.follow(buyer.send("/declared-payers", to=f"/declared-payers/{end}")))


def test_a_notice_of_payment_has_code_account_and_qr_and_ends_when_nothing_is_due(
    shop: Shop, buyer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = placed(shop)
    assert "收款单位没有可用的银行账户" in text_of(buyer.read(f"/payment-notices/{number}"))
    with transaction() as session:
        payee = session.get_one(Organisation, shop.seller_actor.organisation_id)
        payee.bank_name = "演示银行"
    monkeypatch.setattr(bank_accounts, "number_of", lambda payee: "6222000000000128")
    page = buyer.read(f"/payment-notices/{number}")
    assert number in text_of(page)
    assert "6222000000000128" in page
    assert "壹佰伍拾柒元整" in page
    assert "<svg" in page


def test_an_invoice_is_asked_for_and_the_request_withdrawn(shop: Shop, buyer: Visitor) -> None:
    number = placed(shop, "accepted")
    with transaction() as session:
        shop.session = session
        shop.buyer = session.merge(shop.buyer)
        register(shop)
    path = f"/invoice-requests/new?order={number}"
    typed = form_of(buyer.read(path)) | {
        "order_numbers": number,
        "kind": "digital_normal",
        "title": "演示预算单位",
    }
    refused = buyer.client.post("/invoice-requests/new", data=typed | {"tax_number": ""}, base_url=HTTPS)
    assert "单位抬头应填写税号" in main_of(refused)
    typed = form_of(buyer.read(path)) | typed | {"idempotency_key": "a" * 32, "tax_number": shop.buyer.uscc}
    page = buyer.follow(buyer.client.post("/invoice-requests/new", data=typed, base_url=HTTPS))
    assert "待开票" in text_of(page)
    request = page.split('action="/invoice-requests/')[1].split('"')[0]
    ended = buyer.follow(buyer.send("/invoice-requests", to=f"/invoice-requests/{request}"))
    assert "已撤回" in text_of(ended)


def test_an_invoice_is_checked_once_and_shows_its_file(shop: Shop, buyer: Visitor) -> None:
    number = placed(shop, "accepted")
    with transaction() as session:
        shop.session = session
        other = session.get_one(Organisation, shop.seller_actor.organisation_id)
        made = invoiced(session, order_of(shop, number), other)
    path = f"/invoices/{made['invoices']['number']}"
    page = buyer.read(path)
    assert f"{path}/files/{made['invoices']['file_id']}" in page
    assert "壹佰伍拾柒元整" in page
    nothing = buyer.send(path, to=f"{path}/check", opinion="看过")
    assert (nothing.status_code, "看过" in main_of(nothing)) == (422, True)
    checked = buyer.follow(buyer.send(path, to=f"{path}/check", accept="on", opinion="一致"))
    assert "验票通过" in text_of(checked)
    assert f'action="{path}/check"' not in checked


def test_a_contract_is_signed_with_a_stamped_copy_after_the_sellers_was_checked(
    shop: Shop, buyer: Visitor, person: Opened
) -> None:
    number = placed(shop)
    with transaction() as session:
        shop.session = session
        shop.buyer = session.merge(shop.buyer)
        register(shop)
        contract = sent(shop, order_of(shop, number))
        brought(shop, contract, "seller")
        to = f"/contracts/{contract.number}/signatures"
    path = f"/orders/{number}/contracts"
    page = buyer.read(path)
    check = "/contract-signatures/" + page.split('action="/contract-signatures/')[1].split('"')[0]
    assert "退回签署文件应说明原因" in main_of(buyer.send(path, to=check, approve="0"))
    assert "一方已签" in text_of(buyer.follow(buyer.send(path, to=check, approve="on")))
    typed = form_of(buyer.read(path), to) | {"form": "stamped_scan", "signer": "演示预算单位(公章)"}
    typed["file_id"] = (io.BytesIO(PNG), "盖章.png")
    signed = buyer.client.post(to, data=typed, base_url=HTTPS, content_type="multipart/form-data")
    assert "待对方核对" in text_of(buyer.follow(signed))
    assert 'action="/contracts/' not in person("buyer_finance").read(path)
