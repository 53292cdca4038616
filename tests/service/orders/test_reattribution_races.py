"""Several at once: one move of an order, one consent of a party; what goes back meanwhile is reversed once, where it stands."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.app import compose
from marketplace.attribution.models import Entry
from marketplace.attribution.service.verify import verify
from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.core.errors import DomainError
from marketplace.orders import service
from marketplace.orders.models import Reattribution, ReattributionConsent
from marketplace.payments import service as payments
from tests.orders_world import NOON, Shop, actor_of, open_shop
from tests.service.orders.test_reattribution import clerk, unit

Work = Callable[[Session], object]


@pytest.fixture
def shop(own_database: db.Database) -> Shop:
    compose()
    with frozen_at(NOON), db.transaction() as session:
        return open_shop(session)


def once(shop: Shop, work: Callable[[Shop], object]) -> object:
    with frozen_at(NOON), db.transaction() as session:
        shop.session = shop.world.session = session
        return work(shop)


def race(works: list[Work]) -> Counter[str]:
    start = threading.Barrier(len(works))

    def one(work: Work) -> str:
        start.wait()
        try:
            with frozen_at(NOON), db.transaction() as session:
                work(session)
        except DomainError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return Counter(pool.map(one, works))


def sums() -> dict[object, int]:
    with db.transaction() as session:
        rows = session.execute(
            select(Entry.budget_unit_id, func.sum(Entry.sale_fen)).group_by(Entry.budget_unit_id)
        )
        return {of: int(fen) for of, fen in rows}


def breaks() -> list[str]:
    with db.transaction() as session:
        return [finding.broken for finding in verify(session) if finding.broken]


def asked(shop: Shop, number: str, to: Organisation) -> str:
    row = service.request_reattribution(
        shop.session, shop.buyer_actor, number, budget_unit_id=to.id, reason="误选"
    )
    return row.number


def test_of_many_who_ask_one_does(shop: Shop) -> None:
    new = once(shop, unit)
    number = once(shop, lambda shop: shop.place([2]).number)
    assert isinstance(new, Organisation)

    def asking(session: Session) -> None:
        service.request_reattribution(
            session, actor_of("buyer", shop.buyer.id), str(number), budget_unit_id=new.id, reason="误选"
        )

    assert race([asking] * 8) == {"done": 1, "reattribution_open": 7}
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Reattribution)) == 1


def test_consents_at_once_count_once_a_party_and_the_order_moves_once(shop: Shop) -> None:
    new = once(shop, unit)
    assert isinstance(new, Organisation)
    number = str(once(shop, lambda shop: shop.complete([2]).number))
    move = str(once(shop, lambda shop: asked(shop, number, new)))

    def saying(role: str, of: Organisation | None, party: str) -> Work:
        def work(session: Session) -> None:
            actor = actor_of(role, None if of is None else of.id)
            service.consent(session, actor, move, party=party, agree=True, opinion=None)

        return work

    works = [saying("buyer", new, "new_unit")] * 4 + [saying("finance_supervisor", None, "supervisor")] * 4
    outcome = race(works)
    assert outcome["done"] == 2
    # After the last consent it has ended; before that the party has spoken.
    assert set(outcome) <= {"done", "already_consented", "illegal_transition"}
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ReattributionConsent)) == 3
    assert sums() == {shop.buyer.id: 0, new.id: 9800}
    assert breaks() == []


@pytest.mark.parametrize("turn", range(4))
def test_a_refund_during_the_move_is_reversed_once_where_the_sale_stands(shop: Shop, turn: int) -> None:
    new = once(shop, unit)
    assert isinstance(new, Organisation)
    number = str(once(shop, lambda shop: shop.complete([3]).number))

    def prepared(shop: Shop) -> tuple[str, str]:
        order = service.lock_order(shop.session, number)
        refund = shop.returned(order, 1, 1)
        assert refund is not None
        move = asked(shop, number, new)
        service.consent(shop.session, clerk(new), move, party="new_unit", agree=True, opinion=None)
        return refund.number, move

    refund_number, move = once(shop, prepared)  # type: ignore[misc]
    supervisor = actor_of("finance_supervisor")
    works: list[Work] = [
        lambda session: service.consent(
            session, supervisor, move, party="supervisor", agree=True, opinion=None
        ),
        lambda session: payments.confirm_refund(session, shop.finance, refund_number, reference="B-1"),
    ]
    assert race(works if turn % 2 else works[::-1]) == {"done": 2}
    assert sums() == {shop.buyer.id: 0, new.id: 9800}
    assert breaks() == []
