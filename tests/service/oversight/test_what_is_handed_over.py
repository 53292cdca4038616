"""What stands in the list of whom: a producer's orders and refunds, an officer's declarations, nothing that is another's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.core.clock import frozen_at
from marketplace.oversight.handover.listing import list_of
from marketplace.oversight.handover.scope import Scope
from marketplace.statistics.declarations import steps
from tests.orders_world import NOON, Heard, open_shop
from tests.support.county import make_world
from tests.support.handing_over import Post, post
from tests.support.reporting import make_reporting


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with frozen_at(NOON):
        yield
    compose()


def listed(session: Session, holder: Post) -> dict[str, list[tuple[str, str, int | None]]]:
    """(kind, title, fen) by section of what a role would hand over."""
    content = list_of(session, Scope(actor=holder.actor))
    return {
        section["code"]: [(one["kind"], one["title"], one["amount_fen"]) for one in section["items"]]
        for section in content["sections"]
        if section["count"]
    }


def test_a_producer_hands_over_its_open_orders_its_returns_and_the_money_it_owes(session: Session) -> None:
    heard = Heard()
    heard.compose()
    shop = open_shop(session)
    clerk = post(session, "producer", "000000", shop.seller_actor.organisation_id)
    other = post(session, "producer", "000000", shop.buyer.id)
    assert listed(session, clerk) == {}
    done = shop.complete((4,))
    refund = shop.returned(done, 1, 1)
    assert refund is not None
    waiting = shop.place((2,))
    assert listed(session, clerk) == {
        "open_tasks": [("未计入订单", "待确认", 9_800)],
        "unpaid_returns": [("待退货款", f"订单 {done.number}", 4_900)],
    }
    assert waiting.total_fen == 9_800
    for state in ("sent", "unknown", "failed"):  # not with the buyer yet, whoever was asked
        refund.state = state
        session.flush()
        assert listed(session, clerk)["unpaid_returns"] == [("待退货款", f"订单 {done.number}", 4_900)]
    buyer = post(session, "buyer", "000000", shop.buyer.id)
    assert listed(session, buyer)["unpaid_returns"] == [("待退货款", f"订单 {done.number}", 4_900)]
    assert listed(session, other) == listed(session, post(session, "producer", "000000", shop.buyer.id))
    officer = post(session, "city_officer", "440100")
    assert "open_tasks" not in listed(session, officer)  # the orders are not the officer's to do


def test_an_officer_hands_over_the_declarations_that_wait_for_the_next_step(session: Session) -> None:
    world = make_world(session)
    reporting = make_reporting(world)
    officer = post(session)
    issuer = post(session, "issuer")
    elsewhere = post(session, area="441424")
    drafted = reporting.county.draft()
    assert listed(session, officer) == {"open_tasks": [("月报填报", "填报中", None)]}
    steps.submit(session, reporting.county.clerk, drafted.id)
    assert listed(session, officer) == {"open_tasks": [("月报填报", "待审核", None)]}
    assert listed(session, issuer) == {}
    steps.review(session, reporting.county.reviewer, drafted.id, accept=True, opinion="属实")
    assert listed(session, officer) == {}
    assert listed(session, issuer) == {"open_tasks": [("月报填报", "待上报", None)]}
    assert listed(session, elsewhere) == {}
