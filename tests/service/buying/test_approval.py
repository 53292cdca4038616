"""Purchases above an amount go through their steps, each another person, and are ordered once and as they were shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.accounts.service import people
from marketplace.catalogue.models import Listing, StockItem
from marketplace.core import db
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.orders import service
from marketplace.orders.buying.models import PurchaseDecision, PurchaseRequest
from marketplace.orders.buying.service import (
    approval_rules,
    cart,
    deciding,
    delegation,
    request_lists,
    requests,
)
from marketplace.orders.models import Checkout, SalesOrder
from tests.orders_world import NOON, Heard, Shop, open_shop
from tests.support.office import clerk, placed_under, unit
from tests.support.threads import race

REVIEW: dict[str, Any] = {"kind": "reviewer", "account_id": None}
FINANCE: dict[str, Any] = {"kind": "finance", "account_id": None}
TIERS = [
    {"up_to_fen": 20_000, "steps": [REVIEW]},
    {"up_to_fen": None, "steps": [REVIEW, FINANCE]},
]


@dataclass
class Office:
    """A shop whose buyer orders up to 50 yuan directly, up to 200 with one approval, above with two."""

    shop: Shop
    handler: Actor
    reviewer: Actor
    finance: Actor
    manager: Actor

    def ask(self, session: Session, *quantities: int) -> PurchaseRequest:
        return requests.submit(session, self.handler, self.shop.basket(quantities))

    def approve(self, session: Session, who: Actor, number: str, step: int = 0, round_no: int = 0) -> str:
        return deciding.decide(session, who, number, round_no=round_no, step=step, approve=True).state


def open_office(session: Session) -> Office:
    shop = open_shop(session, (4_900, 5_900, 6_900))
    people_of = {
        role: clerk(session, role, shop.buyer.id)
        for role in ("buyer", "buyer_reviewer", "buyer_finance", "buyer_manager")
    }
    office = Office(shop, *people_of.values())
    approval_rules.set_rule(session, office.manager, shop.buyer.id, direct_up_to_fen=5_000, tiers=TIERS)
    return office


@pytest.fixture
def office(session: Session, heard: Heard) -> Office:
    return open_office(session)


def _orders(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(SalesOrder)) or 0


def test_above_the_amount_a_direct_checkout_is_refused_and_below_it_is_not(
    session: Session, office: Office
) -> None:
    with pytest.raises(Conflict) as refused:
        service.place(session, office.handler, office.shop.basket([2]))
    assert refused.value.code == "approval_required"
    assert refused.value.extra == {"direct_up_to_fen": 5_000, "total_fen": 9_800}
    assert _orders(session) == 0
    service.place(session, office.handler, office.shop.basket([1]))
    assert _orders(session) == 1
    with pytest.raises(Conflict) as needless:
        office.ask(session, 1)
    assert needless.value.code == "approval_not_needed"


def test_the_rule_of_the_nearest_organisation_above_holds(session: Session, office: Office) -> None:
    above, far = unit(session, "主管单位"), unit(session, "别家")
    placed_under(session, above, None)
    placed_under(session, office.shop.buyer, above)
    manager = clerk(session, "buyer_manager", above.id)
    approval_rules.set_rule(session, manager, above.id, direct_up_to_fen=100_000, tiers=TIERS[1:])
    assert approval_rules.rule_for(session, office.shop.buyer.id, NOON).direct_up_to_fen == 5_000
    with frozen_at(NOON + timedelta(minutes=1)):
        own = approval_rules.rule_for(session, office.shop.buyer.id, NOON)
        approval_rules.end_rule(session, manager, own.id)  # a superior manages what is below it
        service.place(session, office.handler, office.shop.basket([2]))
        approval_rules.set_rule(session, manager, above.id, direct_up_to_fen=1, tiers=TIERS)
        with pytest.raises(Conflict):
            service.place(session, office.handler, office.shop.basket([1]))
        stranger = clerk(session, "buyer_manager", far.id)
        with pytest.raises(NotFound):
            approval_rules.set_rule(session, stranger, office.shop.buyer.id, direct_up_to_fen=1, tiers=TIERS)


def test_a_checkout_asks_nothing_more_because_of_rules(session: Session, office: Office) -> None:
    sent: list[str] = []

    def write_down(_c: object, _u: object, statement: str, *_: object) -> None:
        sent.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", write_down)
    try:
        service.place(session, office.handler, office.shop.basket([1]))
    finally:
        event.remove(engine, "before_cursor_execute", write_down)
    assert len(sent) == 5


def test_a_request_goes_through_its_steps_and_is_ordered_as_who_asked(
    session: Session, office: Office
) -> None:
    request = office.ask(session, 5)
    assert (request.state, request.total_fen, len(request.steps)) == ("submitted", 24_500, 2)
    assert office.approve(session, office.reviewer, request.number) == "submitted"
    assert _orders(session) == 0
    assert office.approve(session, office.finance, request.number, 1) == "placed"
    order = session.scalars(select(SalesOrder)).one()
    assert (order.placed_by, order.total_fen) == (office.handler.account_id, 24_500)
    checkout = session.scalars(select(Checkout)).one()
    assert request.checkout_number == checkout.number
    assert request.deliver_to_enc is None
    told = session.scalars(select(InboxNotice).where(InboxNotice.kind == "purchase_decided")).one()
    assert (told.account_id, told.detail["state"]) == (office.handler.account_id, "placed")


def test_who_asked_does_not_approve_under_another_account(session: Session, office: Office) -> None:
    request = office.ask(session, 2)
    same = clerk(session, "buyer_reviewer", office.shop.buyer.id, office.handler.person_id)
    with pytest.raises(Forbidden) as refused:
        office.approve(session, same, request.number)
    assert refused.value.code == "same_person"
    assert (request.state, _orders(session)) == ("submitted", 0)


def test_one_person_approves_one_step(session: Session, office: Office) -> None:
    request = office.ask(session, 5)
    office.approve(session, office.reviewer, request.number)
    both = clerk(session, "buyer_finance", office.shop.buyer.id, office.reviewer.person_id)
    with pytest.raises(Forbidden) as refused:
        office.approve(session, both, request.number, 1)
    assert refused.value.code == "same_person"


def test_a_step_is_not_for_another_role_nor_for_strangers(session: Session, office: Office) -> None:
    request = office.ask(session, 2)
    with pytest.raises(Forbidden) as refused:
        office.approve(session, office.finance, request.number)
    assert refused.value.code == "not_your_step"
    far = clerk(session, "buyer_reviewer", unit(session, "别家").id)
    with pytest.raises(NotFound):
        office.approve(session, far, request.number)
    with pytest.raises(NotFound):
        request_lists.read_request(session, far, request.number)
    assert session.scalars(request_lists.requests_seen(far)).all() == []
    assert session.scalars(request_lists.requests_to_decide(far)).all() == []


def test_a_named_account_alone_decides(session: Session, office: Office) -> None:
    chief = clerk(session, "buyer_reviewer", office.shop.buyer.id)
    named = [{"up_to_fen": None, "steps": [{"kind": "reviewer", "account_id": chief.account_id}]}]
    with frozen_at(NOON + timedelta(minutes=1)):
        approval_rules.set_rule(
            session, office.manager, office.shop.buyer.id, direct_up_to_fen=0, tiers=named
        )
        request = office.ask(session, 1)
        with pytest.raises(Forbidden):
            office.approve(session, office.reviewer, request.number)
        assert office.approve(session, chief, request.number) == "placed"
        stranger = clerk(session, "buyer_reviewer", unit(session, "别家").id)
        named[0]["steps"] = [{"kind": "reviewer", "account_id": stranger.account_id}]
        with pytest.raises(Invalid):
            approval_rules.set_rule(
                session, office.manager, office.shop.buyer.id, direct_up_to_fen=0, tiers=named
            )


def test_a_request_is_returned_with_an_opinion_and_sent_again(session: Session, office: Office) -> None:
    request = office.ask(session, 2)
    with pytest.raises(Invalid):
        deciding.decide(session, office.reviewer, request.number, round_no=0, step=0, approve=False)
    deciding.decide(
        session, office.reviewer, request.number, round_no=0, step=0, approve=False, opinion="数量偏多"
    )
    assert request.state == "returned"
    with pytest.raises(Forbidden):
        requests.resubmit(session, office.reviewer, request.number, [])
    lines = office.shop.basket([3]).lines
    requests.resubmit(session, office.handler, request.number, lines)
    assert (request.state, request.round, request.total_fen) == ("submitted", 1, 14_700)
    with pytest.raises(Conflict) as stale:
        office.approve(session, clerk(session, "buyer_reviewer", office.shop.buyer.id), request.number)
    assert stale.value.code == "step_passed"
    assert office.approve(session, office.reviewer, request.number, 0, 1) == "placed"


@pytest.mark.parametrize("what", ["price", "stock", "account"])
def test_what_changed_meanwhile_sends_the_request_back_and_orders_nothing(
    session: Session, office: Office, what: str
) -> None:
    request = office.ask(session, 2)
    key = office.shop.listings[0].id
    if what == "price":
        session.execute(update(Listing).where(Listing.id == key).values(price_fen=6_200))
    elif what == "stock":
        session.execute(update(StockItem).values(on_hand=1))
    else:
        people.disable(session, system_actor(), office.handler.account_id)
    assert office.approve(session, office.reviewer, request.number) == "returned"
    codes = {"price": "price_changed", "stock": "out_of_stock", "account": "account_disabled"}
    assert request.sent_back["code"] == codes[what]
    assert _orders(session) == 0
    if what == "price":
        assert request.sent_back["prices_fen"] == ["6200"]


def test_a_stand_in_decides_for_the_time_of_the_delegation(session: Session, office: Office) -> None:
    colleague = clerk(session, "buyer", office.shop.buyer.id)
    first, second = office.ask(session, 2), office.ask(session, 2)
    delegation.delegate(
        session, office.reviewer, colleague.account_id,
        starts_at=NOON, ends_at=NOON + timedelta(days=1), reason="出差",
    )  # fmt: skip
    waiting = session.scalars(request_lists.requests_to_decide(colleague)).all()
    assert {one.number for one in waiting} == {first.number, second.number}
    assert office.approve(session, colleague, first.number) == "placed"
    decision = session.scalars(select(PurchaseDecision)).one()
    assert (decision.by_account, decision.for_account) == (
        colleague.account_id, office.reviewer.account_id,
    )  # fmt: skip
    with frozen_at(NOON + timedelta(days=1)), pytest.raises(Forbidden):
        office.approve(session, colleague, second.number)


def test_a_stand_in_for_who_asked_is_refused(session: Session, office: Office) -> None:
    asked = office.ask(session, 2)
    with pytest.raises(Invalid):
        delegation.delegate(
            session, office.reviewer, office.reviewer.account_id,
            starts_at=NOON, ends_at=NOON + timedelta(days=1), reason="自己",
        )  # fmt: skip
    delegation.delegate(
        session, office.reviewer, office.handler.account_id,
        starts_at=NOON, ends_at=NOON + timedelta(days=1), reason="出差",
    )  # fmt: skip
    with pytest.raises(Forbidden) as refused:
        office.approve(session, office.handler, asked.number)
    assert refused.value.code == "same_person"


def test_a_withdrawn_or_lapsed_request_is_over(session: Session, office: Office) -> None:
    first, second = office.ask(session, 2), office.ask(session, 2)
    requests.withdraw(session, office.handler, first.number)
    with pytest.raises(Conflict) as over:
        office.approve(session, office.reviewer, first.number)
    assert over.value.code == "request_over"
    with frozen_at(NOON + timedelta(days=30)):
        with pytest.raises(Conflict) as late:
            office.approve(session, office.reviewer, second.number)
        assert late.value.code == "request_lapsed"
        assert request_lists.lapse_requests(session) == 1
        assert request_lists.lapse_requests(session) == 0
    assert (second.state, second.deliver_to_enc) == ("lapsed", None)


def test_a_cart_becomes_a_request(session: Session, office: Office) -> None:
    cart.put(session, office.handler, office.shop.listings[0].id, 3)
    request = requests.submit_cart(session, office.handler, office.shop.basket(()), 14_700, note="十月")
    assert (request.total_fen, request.note) == (14_700, "十月")
    assert request.lines[0]["product_name"] == office.shop.listings[0].title


def test_two_who_approve_at_once_order_once(own_database: db.Database, heard: Heard) -> None:
    with frozen_at(NOON), db.transaction() as session:
        office = open_office(session)
        reviewers = [clerk(session, "buyer_reviewer", office.shop.buyer.id) for _ in range(6)]
        number = office.ask(session, 2).number
    outcome = race(lambda session, n: office.approve(session, reviewers[n], number), 6, NOON)
    assert outcome == {"done": 1, "request_over": 5}
    with db.transaction() as session:
        assert _orders(session) == 1


def test_approval_and_withdrawal_at_once_leave_one_of_them(own_database: db.Database, heard: Heard) -> None:
    with frozen_at(NOON), db.transaction() as session:
        office = open_office(session)
        number = office.ask(session, 2).number

    def work(session: Session, n: int) -> None:
        if n % 2:
            requests.withdraw(session, office.handler, number)
        else:
            office.approve(session, office.reviewer, number)

    race(work, 4, NOON)
    with db.transaction() as session:
        request = session.scalars(select(PurchaseRequest)).one()
        assert request.state in ("placed", "withdrawn")
        assert _orders(session) == (1 if request.state == "placed" else 0)
