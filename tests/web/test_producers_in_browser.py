"""A producer in a county on a phone: a contract and an invoice from beginning to end, and every list looked at by axe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import exists, select

from marketplace.accounts.models import Organisation
from marketplace.accounts.service import identity
from marketplace.beneficiaries.models import Household
from marketplace.core import db, files
from marketplace.core.actor import system_actor
from marketplace.core.clock import SHANGHAI, utcnow
from marketplace.orders.models import Contract, SalesOrder
from marketplace.orders.rules import OPEN_CONTRACT
from marketplace.orders.service import contracts
from marketplace.payments.service.invoices import drafts, requests
from tests.support.contracts import PNG
from tests.support.pages import axe, is_wider_than_the_window
from tests.web.conftest import Site

pytestmark = pytest.mark.web
Visit = Callable[..., Any]
MOST_BYTES = 200_000
LISTS = (
    ("demo.producer", "/producer"),
    ("demo.producer", "/producer/orders"),
    ("demo.producer", "/producer/inquiries"),
    ("demo.producer", "/producer/invoices"),
    ("demo.producer", "/producer/invoices/issued"),
    ("demo.producer", "/producer/agreements"),
    ("demo.producer", "/producer/agreements/new"),
    ("demo.producer", "/producer/agreements/new/secondary_split"),
    ("demo.producer", "/producer/sales"),
    ("demo.producer_finance", "/producer/receivables"),
    ("demo.producer_finance", "/producer/receipts"),
    ("demo.producer_finance", "/producer/refunds"),
    ("demo.producer_finance", "/producer/settlements"),
    ("demo.producer_finance", "/producer/bank-statements/new"),
)


@pytest.fixture
def orders(site: Site) -> list[str]:
    """Numbers of the demo producer's orders by organisations that have no invoice yet."""
    db.connect(site.database)
    with db.transaction() as session:
        actor = identity.actor_of_account(session, "demo.producer")
        assert actor is not None
        owners = [one.organisation_id for one in actor.held]
        found = session.scalars(
            select(SalesOrder.number)
            .where(
                SalesOrder.producer_organisation_id.in_(owners),
                SalesOrder.buyer_kind != "individual",
                SalesOrder.invoice_state == "none",
                SalesOrder.state != "cancelled",
            )
            .order_by(SalesOrder.order_no)
        ).all()
    return list(found)


def asked(number: str) -> tuple[str, int, int]:
    """A request over the order: its number, and total and tax in fen that the invoice must have."""
    with db.transaction() as session:
        order = session.scalars(select(SalesOrder).where(SalesOrder.number == number)).one()
        buyer = session.get_one(Organisation, order.buyer_id)
        row = requests.ask(
            session,
            system_actor(),
            [number],
            kind="digital_normal",
            title=buyer.name,
            tax_number=buyer.uscc,
        )
        rest = drafts.rest_of(session, order)
        return row.number, sum(one.gross_fen for one in rest), sum(one.tax_fen for one in rest)


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize(("login", "path"), LISTS)
def test_lists_of_producers_have_no_serious_fault(visit: Visit, login: str, path: str, size: str) -> None:
    page = visit(login, path, size=size)
    assert axe(page) == []
    assert not is_wider_than_the_window(page)


@pytest.mark.parametrize(
    ("login", "path"),
    [one for one in LISTS if one[1] in ("/producer", "/producer/orders", "/producer/sales")],
)
def test_a_page_on_the_phone_is_light(visit: Visit, login: str, path: str) -> None:
    page = visit(login, "/sign-in", size="phone")
    arrived: list[Any] = []
    page.on("requestfinished", lambda one: arrived.extend([one]))  # it takes no built-in function
    page.goto(path)
    page.wait_for_load_state("networkidle")
    weight = sum(
        one.sizes()["responseBodySize"] + one.sizes()["responseHeadersSize"]
        for one in arrived
        if one.resource_type != "image"
    )
    assert 0 < weight <= MOST_BYTES


@pytest.mark.parametrize("scripts", [True, False])
def test_a_request_is_answered_with_an_invoice_and_its_file_on_a_phone(
    visit: Visit, orders: list[str], scripts: bool
) -> None:
    request, total_fen, tax_fen = asked(orders[0])  # one that has no invoice yet
    page = visit("demo.producer", "/producer", size="phone", scripts=scripts)
    page.click("main a[aria-label='去处理 待开票']")
    page.click(f"a[href='/producer/invoices/requests/{request}']")
    now = utcnow()
    page.fill("#f-invoice_no", f"{now.year % 100:02d}44{'1' if scripts else '2'}{'0' * 15}")
    page.fill("#f-issued_at", now.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M"))
    page.fill("#f-total_fen", "1")
    page.fill("#f-tax_fen", f"{tax_fen / 100:.2f}")
    page.set_input_files(
        "#f-file", {"name": "发票.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    page.click("main button:has-text('登记')")
    assert "价税合计与订单金额不符" in page.text_content("main")
    page.fill("#f-total_fen", f"{total_fen / 100:.2f}")
    page.set_input_files(
        "#f-file", {"name": "发票.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    page.click("main button:has-text('登记')")
    assert "发票已登记" in page.text_content(".flash")
    assert "发票.pdf" in page.text_content("main")
    if scripts:
        assert axe(page) == []
    assert not is_wider_than_the_window(page)


def without_contract(orders: list[str]) -> str:
    """The newest of the orders that is not over and has no contract that stands."""
    stands = exists().where(Contract.order_id == SalesOrder.id, Contract.state.in_(OPEN_CONTRACT))
    with db.transaction() as session:
        found = session.scalars(
            select(SalesOrder.number)
            .where(SalesOrder.number.in_(orders), SalesOrder.state != "closed", ~stands)
            .order_by(SalesOrder.order_no.desc())
        ).first()
    assert found is not None
    return found


def test_a_contract_is_drafted_and_sent_and_the_stamped_copy_made_ready_on_a_phone(
    visit: Visit, orders: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = visit("demo.producer", f"/producer/orders/{without_contract(orders)}", size="phone")
    page.click("main a:has-text('起草合同')")
    page.fill("#f-clauses-0", "分两批送达")
    page.click("main button:has-text('起草')")
    assert "合同文件正在生成" in page.text_content("main")
    files.install(tmp_path_factory.mktemp("papers"))
    with db.transaction() as session:
        number = session.scalars(select(Contract.number).order_by(Contract.id.desc())).first()
        contracts.make_document(session, {"contract": number})
    page.click("main a:has-text('刷新')")
    page.click("main button:has-text('发给采购单位')")
    assert "待双方签署" in page.text_content("main")
    assert axe(page) == []
    page.click("main a:has-text('上传盖章件')")
    page.set_input_files("#f-file_id", {"name": "盖章.png", "mimeType": "image/png", "buffer": PNG})
    page.fill("#f-signer", "合作社(公章)")
    assert axe(page) == []
    assert not is_wider_than_the_window(page)


def test_a_first_agreement_is_begun_on_a_phone_without_scripts(visit: Visit, site: Site) -> None:
    page = visit("demo.producer", "/producer/agreements", size="phone", scripts=False)
    page.click(".head a:has-text('新立协议')")
    page.click("main a:has-text('销售返利')")
    page.click("main button:has-text('保存草稿')")
    assert "处需要修改" in page.text_content(".flash")
    assert page.text_content("#f-title-error")
    page.fill("#f-title", "新的返利协议")
    page.fill("#f-from_day", "2026-01-01")
    page.fill("#f-terms-rebate_bp", "5")
    page.fill("#f-roster", household_of(page.input_value("#f-area_code")))
    assert not is_wider_than_the_window(page)
    page.click("main button:has-text('保存草稿')")
    assert "返利 = 销售额 × 5%" in page.text_content("main")
    page.click("main button:has-text('提交县级审定')")
    assert "已提交县级审定" in page.text_content(".flash")


def household_of(area_code: str) -> str:
    """The number of a household of the county."""
    with db.transaction() as session:
        found = session.scalars(
            select(Household.household_no)
            .where(Household.area_code.startswith(area_code))
            .order_by(Household.household_no)
        ).first()
    assert found is not None
    return str(found)
