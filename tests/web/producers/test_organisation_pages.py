"""本主体: the own account by its last digits only, and another one asked for."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from marketplace.accounts.models import Approval, Organisation
from marketplace.core.db import transaction
from tests.orders_world import Shop
from tests.support.banking import ACCOUNT, register
from tests.support.visitors import Visitor, main_of

Visit = Callable[..., Visitor]
ASKED = {"bank_name": "白沙农商行", "reason": "原账户注销"}


def test_the_account_is_shown_by_its_last_digits(visitor: Visit, seller: Visitor, shop: Shop) -> None:
    assert "还没有收款账户" in seller.read("/producer/organisation")
    with transaction() as session:
        register(session, shop.seller_actor.organisation_id)
    page = seller.read("/producer/organisation")
    assert ACCOUNT[-4:] in page
    assert ACCOUNT not in page
    finance = visitor("producer_finance", organisation_id=shop.seller_actor.organisation_id)
    assert "变更账户" not in finance.read("/producer/organisation")
    assert finance.get("/producer/organisation/bank-account").status_code == 403
    buyer = visitor("buyer", organisation_id=shop.buyer.id)
    assert buyer.get("/producer/organisation").status_code == 403


def test_another_account_waits_for_a_second_person(seller: Visitor, shop: Shop) -> None:
    path = "/producer/organisation/bank-account"
    wrong = seller.send(path, **ASKED, bank_account="12")
    assert wrong.status_code == 422
    assert 'id="f-bank_account-error"' in main_of(wrong)
    page = seller.follow(seller.send(path, **ASKED, bank_account=ACCOUNT))
    assert "还没有收款账户" in page
    with transaction() as session:
        asked = session.scalars(select(Approval)).one()
        organisation = session.get_one(Organisation, shop.seller_actor.organisation_id)
        assert (asked.action, asked.state) == ("bank_account_change", "pending")
        assert organisation.bank_account_enc is None
