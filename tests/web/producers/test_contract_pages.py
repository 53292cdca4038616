"""Contracts on the producer's pages: drafted, sent, signed by a file, the buyer's signature checked, called off."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy import select

from marketplace.core.db import transaction
from marketplace.orders.models import Contract, ContractSignature
from marketplace.orders.service import contracts
from tests.orders_world import Shop
from tests.support.contracts import PNG, brought, register
from tests.support.visitors import Visitor, main_of, text_of

Visit = Callable[..., Visitor]


@pytest.fixture
def registered(shop: Shop) -> None:
    """Both sides have their codes."""
    with transaction() as session:
        shop.session = session
        shop.buyer = session.merge(shop.buyer)
        register(shop)


@pytest.fixture
def contract(seller: Visitor, order: str, registered: None) -> str:
    """The number of a contract that was drafted on the page and whose paper was made."""
    here = f"/producer/orders/{order}"
    assert f'href="{here}/contract"' in seller.read(here)
    page = seller.follow(
        seller.send(f"{here}/contract", contract_days="45", **{"clauses.0": "分两批送达", "clauses.1": ""})
    )
    assert "合同文件正在生成" in page
    with transaction() as session:
        number = session.scalars(select(Contract.number)).one()
        contracts.make_document(session, {"contract": number})
    return number


def signature(number: str, side: str) -> ContractSignature:
    with transaction() as session:
        return session.scalars(
            select(ContractSignature)
            .join(Contract, Contract.id == ContractSignature.contract_id)
            .where(Contract.number == number, ContractSignature.side == side)
        ).one()


def test_a_draft_says_its_terms_and_is_sent(seller: Visitor, contract: str) -> None:
    here = f"/producer/contracts/{contract}"
    shown = text_of(seller.read(here))
    assert "付款天数 45 天" in shown
    assert "分两批送达" in shown
    assert "¥134.00" in shown
    page = text_of(seller.follow(seller.send(here, to=f"{here}/dispatch")))
    assert "待双方签署" in page
    assert "上传盖章件" in page


def test_a_stamped_scan_is_brought_and_waits_for_the_buyer(seller: Visitor, contract: str) -> None:
    here = f"/producer/contracts/{contract}"
    seller.send(here, to=f"{here}/dispatch")
    missing = seller.send(f"{here}/signature", form="stamped_scan", signer="公章")
    assert missing.status_code == 422
    assert 'id="f-file_id-error"' in main_of(missing)
    answer = seller.send(
        f"{here}/signature", form="stamped_scan", signer="合作社(公章)", file_id=(BytesIO(PNG), "盖章.png")
    )
    page = text_of(seller.follow(answer))
    assert "待对方核对" in page
    assert "上传盖章件" not in page
    assert signature(contract, "seller").signer == "合作社(公章)"


def test_the_buyers_signature_is_checked_or_sent_back_with_a_reason(
    seller: Visitor, shop: Shop, contract: str
) -> None:
    here = f"/producer/contracts/{contract}"
    seller.send(here, to=f"{here}/dispatch")
    with transaction() as session:
        shop.session = session
        row = session.scalars(select(Contract).where(Contract.number == contract)).one()
        brought(shop, row, "buyer")
    path = f"{here}/signatures/{signature(contract, 'buyer').id}/check"
    assert path in seller.read(here)
    refused = seller.send(path, approve="false", opinion="")
    assert refused.status_code == 422
    assert signature(contract, "buyer").state == "uploaded"
    page = text_of(seller.follow(seller.send(path, approve="true", opinion="")))
    assert "一方已签署" in page
    assert signature(contract, "buyer").state == "checked"


def test_a_contract_is_called_off_and_drafted_anew(seller: Visitor, order: str, contract: str) -> None:
    here = f"/producer/contracts/{contract}"
    page = text_of(seller.follow(seller.send(f"{here}/voiding", reason="数量有误")))
    assert "作废原因:数量有误" in page
    assert contract not in seller.read(f"/producer/orders/{order}")
    seller.follow(seller.send(f"/producer/orders/{order}/contract", contract_days="30"))
    with transaction() as session:
        assert sorted(session.scalars(select(Contract.state))) == ["drafted", "void"]


def test_terms_of_payment_are_not_asked_where_payment_comes_first(seller: Visitor, shop: Shop) -> None:
    with transaction() as session:
        shop.session = session
        number = shop.place((1,)).number
    form = seller.read(f"/producer/orders/{number}/contract")
    assert 'name="contract_days"' not in form
    assert 'name="clauses.0"' in form


def test_another_producer_and_finance_cannot_touch_it(
    visitor: Visit, shop: Shop, order: str, contract: str
) -> None:
    with transaction() as session:
        shop.world.session = session
        elsewhere = shop.world.producer(name="别家合作社").organisation_id
    other = visitor("producer", organisation_id=elsewhere)
    assert other.get(f"/producer/contracts/{contract}").status_code == 404
    finance = visitor("producer_finance", organisation_id=shop.seller_actor.organisation_id)
    assert "发给采购单位" not in finance.read(f"/producer/contracts/{contract}")
    assert finance.get(f"/producer/contracts/{contract}/signature").status_code == 403
