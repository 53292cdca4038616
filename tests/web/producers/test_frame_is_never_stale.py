"""What stands around a page is of this request: counts, permissions and the person, whatever is kept in the process."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select

from marketplace.accounts.models import Grant
from marketplace.accounts.service import grants
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.orders import service
from tests.catalogue_world import World
from tests.orders_world import Shop
from tests.support.visitors import Visitor, text_of

Visit = Callable[..., Visitor]
QUIET = "/producer/organisation"  # a page that asks nothing of orders itself


def menu(visitor: Visitor) -> list[str]:
    """The lines of the menu with their badges."""
    html = visitor.get(QUIET).get_data(as_text=True)
    nav = re.search(r'<nav class="sections".*?</nav>', html, flags=re.S)
    assert nav is not None
    return [text_of(line) for line in re.findall(r"<li>.*?</li>", nav[0], flags=re.S)]


def test_a_count_that_changes_is_on_the_next_page(seller: Visitor, shop: Shop) -> None:
    assert "订单" in menu(seller)
    for waiting in (1, 2):
        with transaction() as session:
            shop.session = session
            number = shop.place((1,), payment_method="after_delivery").number
        assert f"订单 {waiting}" in menu(seller)
    with transaction() as session:
        service.cancel(session, shop.seller_actor, number, "缺货")
    assert "订单 1" in menu(seller)


def test_nobody_sees_the_count_of_another_producer(seller: Visitor, visitor: Visit, order: str) -> None:
    with transaction() as session:
        other = World(session).producer()
    elsewhere = visitor("producer", organisation_id=other.organisation_id)
    assert "订单 1" in menu(seller)
    assert "订单" in menu(elsewhere)


def test_what_a_role_brought_is_gone_with_the_role_at_the_next_page(
    seller: Visitor, shop: Shop, order: str
) -> None:
    owner = shop.seller_actor.organisation_id
    before = menu(seller)
    with transaction() as session:
        held = session.scalars(select(Grant).where(Grant.role == "producer", Grant.organisation_id == owner))
        for one in held.all():
            grants.grant(session, system_actor(), one.account_id, "producer_finance", organisation_id=owner)
            grants.end(session, system_actor(), one.id, "离岗")
    after = menu(seller)
    assert "上架" in before
    assert "上架" not in after
    assert "退款" in after
