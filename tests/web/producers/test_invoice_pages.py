"""Invoices on the producer's pages: asked and answered, issued unasked over several orders, taken back, with their files."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Organisation
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.core.identifiers import build_uscc
from marketplace.payments.models import Invoice, InvoiceRequest
from marketplace.payments.service.invoices import checks, requests
from tests.orders_world import Shop
from tests.support.statements import counted
from tests.support.visitors import Visitor, main_of, text_of

Visit = Callable[..., Visitor]
SELLER = build_uscc("93469025MA5T0001")
BUYER = build_uscc("11440104MA5T0002")
PRINTED = {
    "code": "044002000111",
    "invoice_no": "00000001",
    "issued_at": "2020-10-01T12:00",
    "seller_tax_number": SELLER,
}
# The lists: what they show, and what the frame of every page asks with its badges.
ALLOWED = 8


@pytest.fixture(autouse=True)
def registered(shop: Shop) -> None:
    with transaction() as session:
        session.get_one(Organisation, shop.seller_actor.organisation_id).uscc = SELLER
        session.get_one(Organisation, shop.buyer.id).uscc = BUYER


@pytest.fixture
def asked(order: str) -> str:
    """The number of a request over the order of ¥134.00, both lines with tax in them."""
    with transaction() as session:
        return requests.ask(
            session, system_actor(), [order], kind="normal", title="演示预算单位", tax_number=BUYER
        ).number


def sums(page: str) -> tuple[str, str]:
    """Total and tax that the page asks for, in yuan."""
    shown = text_of(page)
    total = shown.split("价税合计 ¥", 1)[1].split(" ", 1)[0]
    tax = shown.split(f"价税合计 ¥{total} 税额 ¥", 1)[1].split(" ", 1)[0]
    return total, tax


def test_a_request_waits_on_the_start_page_and_is_answered_with_the_invoice_and_its_file(
    seller: Visitor, order: str, asked: str
) -> None:
    assert "待开票 1" in text_of(seller.read("/producer"))
    assert f"/producer/invoices/requests/{asked}" in seller.read("/producer/invoices")
    path = f"/producer/invoices/requests/{asked}"
    total, tax = sums(seller.read(path))
    assert total == "134.00"
    answer = seller.send(
        path, **PRINTED, total_fen=total, tax_fen=tax, file=(BytesIO(b"%PDF-1.7"), "发票.pdf")
    )
    page = seller.follow(answer)
    assert "壹佰叁拾肆元整" in page
    assert "发票.pdf" in page
    assert "没有开票申请" in seller.read("/producer/invoices")
    assert "已开票" in seller.read("/producer/invoices?state=")
    csv = seller.get("/producer/invoices/issued?format=csv").get_data(as_text=True)
    assert "00000001" in csv
    assert "134.00" in csv


def test_sums_that_are_not_those_of_the_orders_are_refused_at_their_field(
    seller: Visitor, asked: str
) -> None:
    answer = seller.send(f"/producer/invoices/requests/{asked}", **PRINTED, total_fen="134.01", tax_fen="0")
    assert answer.status_code == 422
    assert 'id="f-total_fen-error"' in main_of(answer)
    assert 'value="134.01"' in main_of(answer)
    with transaction() as session:
        assert session.scalars(select(Invoice)).all() == []
        assert session.scalars(select(InvoiceRequest.state)).one() == "requested"


def test_a_request_is_sent_back_with_a_reason(seller: Visitor, asked: str) -> None:
    seller.follow(seller.send(f"/producer/invoices/requests/{asked}/refusal", reason="税号有误"))
    assert "税号有误" in seller.read("/producer/invoices?state=refused")


def test_two_orders_of_a_buyer_stand_on_one_invoice_that_nobody_asked_for(
    seller: Visitor, shop: Shop, order: str
) -> None:
    with transaction() as session:
        shop.session = session
        second = shop.place((1, 1), payment_method="after_delivery").number
    first = seller.read(f"/producer/invoices/new?order={order}")
    assert f'name="order" value="{second}"' in first
    path = f"/producer/invoices/new?order={order}&order={second}"
    total, tax = sums(seller.read(path))
    assert total == "195.00"  # 134 and 61
    answer = seller.send(path, **PRINTED, kind="normal", total_fen=total, tax_fen=tax)
    page = text_of(seller.follow(answer))
    assert order in page
    assert second in page
    assert BUYER in page


@pytest.fixture
def invoice(seller: Visitor, asked: str) -> str:
    """Our number of the invoice that was issued."""
    path = f"/producer/invoices/requests/{asked}"
    total, tax = sums(seller.read(path))
    seller.follow(seller.send(path, **PRINTED, total_fen=total, tax_fen=tax))
    with transaction() as session:
        return session.scalars(select(Invoice.number)).one()


def test_a_refused_invoice_is_owed_and_taken_back_whole(seller: Visitor, shop: Shop, invoice: str) -> None:
    assert "没有要红冲的发票" in seller.read("/producer/invoices/owed")
    with transaction() as session:
        tax_fen = session.scalars(select(Invoice.tax_fen)).one()
        checks.check(session, shop.buyer_actor, invoice, accept=False, opinion="抬头有误")
    owed = seller.read("/producer/invoices/owed")
    assert "¥134.00" in owed
    assert "应红冲 1" in text_of(seller.read("/producer"))
    path = f"/producer/invoices/{invoice}/red-letter"
    answer = seller.send(
        path,
        **{**PRINTED, "invoice_no": "00000002"},
        reason="抬头有误",
        total_fen="134.00",
        tax_fen=f"{tax_fen / 100:.2f}",
    )
    page = text_of(seller.follow(answer))
    assert "-¥134.00" in page
    assert "红字发票" in page
    assert "没有要红冲的发票" in seller.read("/producer/invoices/owed")


def test_more_than_a_line_has_is_refused_and_nothing_is_taken_back(seller: Visitor, invoice: str) -> None:
    path = f"/producer/invoices/{invoice}/red-letter"
    answer = seller.send(
        path,
        **{**PRINTED, "invoice_no": "00000002", "lines.0.gross_fen": "", "lines.1.gross_fen": "999"},
        reason="退货",
        total_fen="999",
        tax_fen="0",
    )
    assert answer.status_code == 409
    assert "红字金额超过蓝字发票余额" in main_of(answer)
    with transaction() as session:
        assert session.scalars(select(Invoice.red_fen)).one() == 0


def test_a_file_can_follow_and_none_is_refused(seller: Visitor, invoice: str) -> None:
    path = f"/producer/invoices/{invoice}/files"
    assert "还没有上传文件" in seller.read(f"/producer/invoices/{invoice}")
    assert seller.send(path).status_code == 422
    page = seller.follow(seller.send(path, file=(BytesIO(b"%PDF-1.7"), "补传.pdf")))
    assert "补传.pdf" in page


def test_the_lists_take_few_statements(seller: Visitor, invoice: str) -> None:
    for path in ("/producer/invoices?state=", "/producer/invoices/issued", "/producer/invoices/owed"):
        with counted() as few:
            seller.read(path)
        assert len(few) <= ALLOWED, (path, few)


def test_another_producer_sees_no_invoice(visitor: Visit, shop: Shop, invoice: str, asked: str) -> None:
    with transaction() as session:
        shop.world.session = session
        elsewhere = shop.world.producer(name="别家合作社").organisation_id
    other = visitor("producer", organisation_id=elsewhere)
    assert "没有发票" in other.read("/producer/invoices/issued")
    assert other.get(f"/producer/invoices/{invoice}").status_code == 404
    assert other.get(f"/producer/invoices/requests/{asked}").status_code == 404
