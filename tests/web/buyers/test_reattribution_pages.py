"""Moves of orders between budget units on pages: asked for, agreed to by three persons, refused, withdrawn, seen by few."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from marketplace.accounts.models import Organisation
from marketplace.core.db import transaction
from tests.orders_world import NOON, Shop
from tests.support.visitors import Visitor, main_of, text_of
from tests.web.buyers.conftest import Opened
from tests.web.buyers.test_order_pages import placed

ASKED = "/reattributions?mine=to_consent"
DESK = "/admin/reattributions"


@pytest.fixture
def right_unit(shop: Shop) -> uuid.UUID:
    """The budget unit to which the order belongs."""
    with transaction() as session:
        made = Organisation(
            kind="budget_unit",
            name="应归属演示学校",
            area_code="440100",
            fiscal_area="440100",
            fiscal_tier="city_level",
            is_demo=True,
            created_at=NOON,
        )
        session.add(made)
        session.flush()
        return made.id


def asked(shop: Shop, buyer: Visitor, unit: uuid.UUID) -> tuple[str, str]:
    """The pages of an order and of its move."""
    number = placed(shop)
    to = f"/orders/{number}/reattributions"
    assert to in buyer.read(f"/orders/{number}")
    found = buyer.read(f"{to}?q=应归属")
    assert f'value="{unit}"' in found
    answer = buyer.send(f"{to}?q=应归属", budget_unit_id=str(unit), reason="<i>误选上级")
    return f"/orders/{number}", str(answer.headers["Location"])


def test_an_order_is_moved_when_three_persons_agreed_on_pages(
    shop: Shop, buyer: Visitor, person: Opened, visitor: Callable[..., Visitor], right_unit: uuid.UUID
) -> None:
    order, move = asked(shop, buyer, right_unit)
    assert "<i>" not in buyer.read(move)
    assert f'href="{move}"' in buyer.read(order)
    assert "/consents" not in buyer.read(move)
    theirs = person("buyer", right_unit)
    assert theirs.get(order).status_code == 404
    assert "待我同意的更正 1" in text_of(theirs.read("/"))
    assert move in theirs.read(ASKED)
    assert f'href="{order}"' not in theirs.read(move)
    nothing = theirs.send(move, to=f"{move}/consents", opinion="看过")
    assert nothing.status_code == 422
    assert "看过" in main_of(nothing)
    said = text_of(theirs.follow(theirs.send(move, to=f"{move}/consents", agree="on", opinion="属实")))
    assert "属实" in said
    assert move not in theirs.read(ASKED)
    finance = visitor("finance_supervisor", "440000")
    assert "待同意的订单归属更正" in text_of(finance.read("/admin"))
    at_desk = DESK + move.removeprefix("/reattributions")
    assert at_desk in finance.read(f"{DESK}?mine=to_consent")
    done = finance.follow(finance.send(at_desk, to=f"{at_desk}/consents", agree="on", opinion=""))
    assert "归属已更正" in text_of(done)
    assert "应归属演示学校" in text_of(theirs.read(order))
    assert move in buyer.read("/reattributions?state=done")


def test_a_refusal_ends_a_move_and_it_may_be_asked_for_again(
    shop: Shop, buyer: Visitor, person: Opened, right_unit: uuid.UUID
) -> None:
    order, move = asked(shop, buyer, right_unit)
    theirs = person("buyer", right_unit)
    said = text_of(theirs.follow(theirs.send(move, to=f"{move}/consents", agree="0", opinion="非我单位")))
    assert "未获同意" in said
    assert "非我单位" in said
    assert "未表态" in said
    assert f"{order}/reattributions" in buyer.read(order)


def test_who_asked_withdraws(shop: Shop, buyer: Visitor, person: Opened, right_unit: uuid.UUID) -> None:
    _order, move = asked(shop, buyer, right_unit)
    assert "/withdrawal" not in person("buyer", right_unit).read(move)
    assert "已撤回" in text_of(buyer.follow(buyer.send(move, to=f"{move}/withdrawal")))


def test_without_a_unit_or_a_reason_the_form_comes_back_with_what_was_typed(
    shop: Shop, buyer: Visitor, right_unit: uuid.UUID
) -> None:
    to = f"/orders/{placed(shop)}/reattributions"
    refused = buyer.send(f"{to}?q=应归属", reason="误选")
    assert refused.status_code == 422
    assert 'value="误选"' in main_of(refused)
    assert "没有找到预算单位" in text_of(buyer.read(f"{to}?q=没有这家"))


def test_strangers_and_readers_do_not_move_orders(
    shop: Shop, buyer: Visitor, person: Opened, visitor: Callable[..., Visitor], right_unit: uuid.UUID
) -> None:
    order, move = asked(shop, buyer, right_unit)
    reviewer = person("buyer_reviewer")
    assert "/consents" not in reviewer.read(move)
    assert reviewer.get(f"{order}/reattributions").status_code == 403
    with transaction() as session:
        shop.world.session = session
        elsewhere = shop.world.organisation().id
    assert person("buyer", elsewhere).get(move).status_code == 404
    far = visitor("finance_supervisor", "450000")
    assert far.get(DESK + move.removeprefix("/reattributions")).status_code == 404
    assert move not in far.read(f"{DESK}?mine=to_consent")
