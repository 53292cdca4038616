"""An order bound to the wrong budget unit: three parties agree, the ledger follows by a pair, what is closed stays."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice, Organisation
from marketplace.accounts.service.places import place
from marketplace.app import compose
from marketplace.attribution.models import Entry
from marketplace.attribution.service.close import close_period
from marketplace.attribution.service.verify import verify
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import DomainError, Forbidden, IllegalTransition, NotFound
from marketplace.orders import service
from marketplace.orders.models import OrderEvent, Reattribution, ReattributionConsent, SalesOrder
from marketplace.orders.service import consenting, moves
from marketplace.payments import service as payments
from marketplace.producers.models import Product
from marketplace.statistics.reports.reserve_figures import completed_of, ordered_of
from tests.orders_world import NOON, Shop, actor_of, open_shop

SUPERVISOR = actor_of("finance_supervisor")
IN_NOVEMBER = shanghai(2020, 11, 6, 10)


@pytest.fixture
def shop(session: Session) -> Shop:
    """A shop whose sales enter the real ledger."""
    compose()
    return open_shop(session)


def unit(shop: Shop, area: str = "441400", kind: str = "budget_unit") -> Organisation:
    made = Organisation(
        kind=kind,
        name=f"演示单位{area}",
        area_code=area,
        fiscal_area=area,
        fiscal_tier="city_level",
        sector="health",
        is_demo=True,
        created_at=NOON,
    )
    shop.session.add(made)
    shop.session.flush()
    return made


def clerk(of: Organisation) -> Actor:
    return actor_of("buyer", of.id)


def ask(shop: Shop, order: SalesOrder, to: Organisation, actor: Actor | None = None) -> Reattribution:
    return service.request_reattribution(
        shop.session, actor or shop.buyer_actor, order.number, budget_unit_id=to.id, reason="误选"
    )


def say(shop: Shop, row: Reattribution, actor: Actor, party: str, agree: bool = True) -> Reattribution:
    return service.consent(shop.session, actor, row.number, party=party, agree=agree, opinion=None)


def moved(shop: Shop, order: SalesOrder, to: Organisation) -> Reattribution:
    row = ask(shop, order, to)
    say(shop, row, clerk(to), "new_unit")
    return say(shop, row, SUPERVISOR, "supervisor")


def refused(code: str, shop: Shop, work: Any) -> None:
    with pytest.raises(DomainError) as caught, shop.session.begin_nested():
        work()
    assert caught.value.code == code


def by_unit(session: Session) -> dict[Any, int]:
    session.flush()
    rows = session.execute(
        select(Entry.budget_unit_id, func.sum(Entry.sale_fen)).group_by(Entry.budget_unit_id)
    )
    return {of: int(fen) for of, fen in rows}


def breaks(session: Session) -> list[str]:
    session.flush()
    return [finding.broken for finding in verify(session) if finding.broken]


def test_a_counted_order_leaves_one_unit_and_arrives_at_the_other(shop: Shop) -> None:
    new, order = unit(shop), shop.complete([2])
    before = (ordered_of(shop.session, 2020), completed_of(shop.session, 2020))
    assert (before[0][shop.buyer.id], before[1][shop.buyer.id]["all"]) == (9800, 9800)
    assert before[0][new.id] == 0
    row = moved(shop, order, new)
    assert (row.state, row.ended_at) == ("done", NOON)
    assert (order.budget_unit_id, order.reserve_year) == (new.id, 2020)
    assert (order.buyer_area, order.buyer_sector, order.buyer_path) == (
        "441400",
        "health",
        str(new.organisation_no),
    )
    assert (order.buyer_id, order.participation_mode) == (shop.buyer.id, "government_procurement")
    assert by_unit(shop.session) == {shop.buyer.id: 0, new.id: 9800}
    after = (ordered_of(shop.session, 2020), completed_of(shop.session, 2020))
    assert (after[0][shop.buyer.id], after[0][new.id]) == (0, 9800)
    assert (after[1][shop.buyer.id]["all"], after[1][new.id]["all"]) == (0, 9800)
    pair = shop.session.scalars(
        select(Entry).where(Entry.kind == "correction").order_by(Entry.entry_no)
    ).all()
    assert [(one.sale_fen, one.event_id, one.reserve_year, one.reason) for one in pair] == [
        (-9800, row.id, 2020, "reattribution"),
        (9800, row.arrival_id, 2020, "reattribution"),
    ]
    assert [(one.buyer_area, one.period, one.adjusts_period) for one in pair] == [
        ("440100000000", "2020-10", None),
        ("441400000000", "2020-10", None),
    ]
    assert breaks(shop.session) == []


def test_the_trail_names_every_party_and_the_move(shop: Shop) -> None:
    new, order = unit(shop), shop.place([2])
    row = moved(shop, order, new)
    said = service.consents_of(shop.session, row)
    assert [one.party for one in said] == ["old_unit", "new_unit", "supervisor"]
    assert len({one.person_id for one in said}) == 3
    kinds = shop.session.scalars(
        select(OrderEvent.kind)
        .where(OrderEvent.order_id == order.id, OrderEvent.kind.startswith("reattribut"))
        .order_by(OrderEvent.id)
    ).all()
    assert kinds == ["reattribution_requested", *["reattribution_consent"] * 3, "reattributed"]
    told = shop.session.execute(
        select(InboxNotice.kind, InboxNotice.organisation_id)
        .where(InboxNotice.kind.startswith("reattribution"))
        .order_by(InboxNotice.id)
    ).all()
    assert set(told) == {
        ("reattribution_asked", new.id),
        ("reattribution_decided", new.id),
        ("reattribution_decided", shop.buyer.id),
    }
    with pytest.raises(DBAPIError), shop.session.begin_nested():
        shop.session.execute(update(ReattributionConsent).values(agreed=False))


def test_an_order_that_does_not_count_yet_simply_changes_and_counts_under_the_new_unit(shop: Shop) -> None:
    new, order = unit(shop), shop.place([2])
    moved(shop, order, new)
    assert by_unit(shop.session) == {}
    shop.pay(order)
    shop.deliver(order)
    service.accept(shop.session, shop.buyer_actor, order.number)
    service.evaluate(shop.session, shop.buyer_actor, order.number, stars=5)
    assert by_unit(shop.session) == {new.id: 9800}
    assert breaks(shop.session) == []


def test_only_what_is_left_moves_and_later_refunds_are_the_new_unit_s(shop: Shop) -> None:
    new, order = unit(shop), shop.complete([3])
    first = shop.returned(order, 1, 1)
    assert first is not None
    payments.confirm_refund(shop.session, shop.finance, first.number, reference="B-1")
    assert by_unit(shop.session) == {shop.buyer.id: 9800}
    moved(shop, order, new)
    assert by_unit(shop.session) == {shop.buyer.id: 0, new.id: 9800}
    second = shop.returned(order, 1, 2)
    assert second is not None
    payments.confirm_refund(shop.session, shop.finance, second.number, reference="B-2")
    assert by_unit(shop.session) == {shop.buyer.id: 0, new.id: 0}
    assert breaks(shop.session) == []


def test_an_order_moved_on_and_back_is_where_it_was(shop: Shop) -> None:
    new, next_one, order = unit(shop), unit(shop, "440600"), shop.complete([2])
    was = (order.buyer_area, order.buyer_sector, order.buyer_path)
    moved(shop, order, new)
    for one, other in ((new, next_one), (next_one, shop.buyer)):
        row = ask(shop, order, other, clerk(one))
        say(shop, row, shop.buyer_actor if other is shop.buyer else clerk(other), "new_unit")
        say(shop, row, SUPERVISOR, "supervisor")
        assert order.buyer_path == str(other.organisation_no)
    assert by_unit(shop.session) == {shop.buyer.id: 9800, new.id: 0, next_one.id: 0}
    assert order.budget_unit_id == shop.buyer.id
    assert (order.buyer_area, order.buyer_sector, order.buyer_path) == was
    assert breaks(shop.session) == []


@pytest.mark.parametrize(
    ("area", "mode", "helper"),
    [
        ("440600", "poverty_cooperation", "440600"),  # 佛山 helps 云浮 too
        ("440100", "government_procurement", None),
    ],
)
def test_the_pairing_behind_the_sale_is_that_of_the_new_unit(
    session: Session, area: str, mode: str, helper: str | None
) -> None:
    compose()
    shop = open_shop(session, kind="hall_online")
    shop.buyer.fiscal_area = "440600"
    session.execute(update(Product).values(origin_area="445302"))
    session.flush()
    order = shop.place([2], participation_mode="poverty_cooperation")
    assert (order.helper_area, order.participation_mode) == ("440600", "poverty_cooperation")
    moved(shop, order, unit(shop, area))
    assert (order.participation_mode, order.helper_area) == (mode, helper)


def test_a_move_of_a_closed_month_stands_in_the_open_one(shop: Shop) -> None:
    new, order = unit(shop), shop.complete([2])
    row = ask(shop, order, new)
    with frozen_at(IN_NOVEMBER):
        close_period(shop.session, None, "2020-10")
        say(shop, row, clerk(new), "new_unit")
        say(shop, row, SUPERVISOR, "supervisor")
        pair = shop.session.execute(
            select(Entry.sale_fen, Entry.period, Entry.adjusts_period, Entry.sold_period)
            .where(Entry.kind == "correction")
            .order_by(Entry.entry_no)
        ).all()
        assert pair == [(-9800, "2020-11", "2020-10", "2020-10"), (9800, "2020-11", "2020-10", "2020-10")]
        assert breaks(shop.session) == []


def test_a_union_stays_itself_only_the_binding_moves(shop: Shop) -> None:
    old, new, union = unit(shop, "440100"), unit(shop), unit(shop, "440104", "union")
    for made, parent in ((old, None), (union, old.id)):
        place(shop.session, system_actor(), made.id, parent, date(2020, 1, 1), "演示")
    buyer = clerk(union)
    placed = service.place(shop.session, buyer, shop.basket([2], buyer_id=union.id, budget_unit_id=old.id))
    order = service.lock_order(shop.session, placed.orders[0]["number"])
    was = (order.buyer_area, order.buyer_sector, order.buyer_path, order.participation_mode)
    row = ask(shop, order, new, buyer)
    assert service.consents_of(shop.session, row) == []
    for actor, party in ((clerk(old), "old_unit"), (clerk(new), "new_unit"), (SUPERVISOR, "supervisor")):
        say(shop, row, actor, party)
    assert order.budget_unit_id == new.id
    assert (order.buyer_area, order.buyer_sector, order.buyer_path, order.participation_mode) == was


def test_the_supervisor_is_the_nearest_unit_above_both_or_finance_over_both_areas(shop: Shop) -> None:
    top, middle, new = unit(shop, "440100"), unit(shop, "440100"), unit(shop, "440100")
    for made, parent in ((top, None), (middle, top.id), (new, middle.id)):
        place(shop.session, system_actor(), made.id, parent, date(2020, 1, 1), "演示")
    place(shop.session, system_actor(), shop.buyer.id, middle.id, date(2020, 1, 1), "演示")
    order = shop.place([2])
    row = ask(shop, order, new)
    assert row.supervisor_id == middle.id
    local = actor_of("finance_supervisor")
    of_another_city = Actor(
        local.account_id, local.person_id, held=tuple(_over(held, "441400") for held in local.held)
    )
    for actor in (clerk(top), clerk(new), of_another_city, shop.seller_actor):
        with pytest.raises((Forbidden, NotFound)), shop.session.begin_nested():
            say(shop, row, actor, "supervisor")
    say(shop, row, clerk(middle), "supervisor")
    say(shop, row, clerk(new), "new_unit")
    assert (row.state, order.budget_unit_id) == ("done", new.id)


def _over(held: Any, area: str) -> Any:
    return type(held)(held.role, held.permissions, area)


def test_nobody_speaks_for_two_parties_or_twice(shop: Shop) -> None:
    new, order = unit(shop), shop.complete([2])
    row = ask(shop, order, new)
    mine, theirs = shop.buyer_actor, clerk(new)
    both = Actor(mine.account_id, mine.person_id, mine.organisation_id, (*mine.held, *theirs.held))
    refused("same_person", shop, lambda: say(shop, row, both, "new_unit"))
    refused("already_consented", shop, lambda: say(shop, row, actor_of("buyer", shop.buyer.id), "old_unit"))
    refused("same_person", shop, lambda: say(shop, row, system_actor(), "supervisor"))
    say(shop, row, theirs, "new_unit")
    for again in (theirs, clerk(new)):
        refused("already_consented", shop, lambda again=again: say(shop, row, again, "new_unit"))
    assert (row.state, order.budget_unit_id, by_unit(shop.session)) == (
        "requested",
        shop.buyer.id,
        {shop.buyer.id: 9800},
    )


@pytest.mark.parametrize("ending", ["refused", "withdrawn"])
def test_a_move_that_ended_changed_nothing_and_may_be_asked_again(shop: Shop, ending: str) -> None:
    new, order = unit(shop), shop.complete([2])
    row = ask(shop, order, new)
    refused("reattribution_open", shop, lambda: ask(shop, order, unit(shop, "440300")))
    if ending == "refused":
        say(shop, row, clerk(new), "new_unit", agree=False)
    else:
        refused(
            "out_of_scope", shop, lambda: service.withdraw_reattribution(shop.session, clerk(new), row.number)
        )
        service.withdraw_reattribution(shop.session, shop.buyer_actor, row.number)
    assert (row.state, order.budget_unit_id) == (ending, shop.buyer.id)
    assert by_unit(shop.session) == {shop.buyer.id: 9800}
    with pytest.raises(IllegalTransition):
        say(shop, row, SUPERVISOR, "supervisor")
    assert ask(shop, order, new).state == "requested"


def test_what_cannot_be_moved_is_refused(shop: Shop) -> None:
    order, new = shop.place([2]), unit(shop)
    refused("same_unit", shop, lambda: ask(shop, order, shop.buyer))
    refused("not_a_budget_unit", shop, lambda: ask(shop, order, unit(shop, "440300", "enterprise")))
    stranger = actor_of("buyer", shop.world.organisation().id)
    refused("order_not_found", shop, lambda: ask(shop, order, new, stranger))
    missing = Organisation(id=uuid.uuid4())
    refused("organisation_unknown", shop, lambda: ask(shop, order, missing))
    row = ask(shop, order, new)
    say(shop, row, clerk(new), "new_unit")
    service.cancel(shop.session, shop.buyer_actor, order.number, "不要了")
    refused("order_cancelled", shop, lambda: say(shop, row, SUPERVISOR, "supervisor"))
    cancelled = shop.place([1])
    service.cancel(shop.session, shop.buyer_actor, cancelled.number, "不要了")
    refused("order_cancelled", shop, lambda: ask(shop, cancelled, new))
    unbound = shop.place([1])
    shop.session.execute(update(SalesOrder).where(SalesOrder.id == unbound.id).values(budget_unit_id=None))
    refused("not_bound", shop, lambda: ask(shop, unbound, new))


def test_what_waits_for_somebody_is_what_that_person_may_say(shop: Shop) -> None:
    root = unit(shop, "440000")
    new, order = unit(shop), shop.place([2])
    for one in (root, new, shop.buyer):
        place(
            shop.session, system_actor(), one.id, None if one is root else root.id, date(2020, 1, 1), "演示"
        )
    row = ask(shop, order, new)
    people = {
        "asked already": shop.buyer_actor,
        "old unit": clerk(shop.buyer),
        "new unit": clerk(new),
        "above": clerk(root),
        "supervisor": SUPERVISOR,
        "elsewhere": Actor(
            SUPERVISOR.account_id,
            SUPERVISOR.person_id,
            held=(replace(SUPERVISOR.held[0], area_code="440100"),),
        ),
        "stranger": clerk(unit(shop, "440300")),
        "seller": shop.seller_actor,
    }
    expected: dict[str, list[str]] = {name: [] for name in people}
    expected |= {"new unit": ["new_unit"], "above": ["supervisor"], "supervisor": ["supervisor"]}
    said = service.consents_of(shop.session, row)
    assert {name: consenting.parties_open(who, row, said) for name, who in people.items()} == expected
    listed = {
        name: len(shop.session.scalars(service.reattributions_seen(who, mine="to_consent")).all())
        for name, who in people.items()
    }
    assert listed == {name: len(parties) for name, parties in expected.items()}
    counted = {
        name: shop.session.scalar(select(consenting.count_waiting(who))) for name, who in people.items()
    }
    assert listed == counted
    say(shop, row, people["above"], "supervisor")
    assert shop.session.scalars(consenting.moves_waiting(SUPERVISOR)).all() == []
    say(shop, row, people["new unit"], "new_unit", agree=False)
    for who in people.values():
        assert shop.session.scalars(consenting.moves_waiting(who)).all() == []
        assert shop.session.scalar(select(consenting.count_waiting(who))) == 0


def test_a_move_is_asked_for_while_none_is_open_and_withdrawn_by_who_asked(shop: Shop) -> None:
    new, order = unit(shop), shop.place([2])
    assert consenting.may_ask(shop.session, shop.buyer_actor, order)
    assert not consenting.may_ask(shop.session, actor_of("buyer_reviewer", shop.buyer.id), order)
    row = ask(shop, order, new)
    assert consenting.open_move(shop.session, order) is row
    assert not consenting.may_ask(shop.session, shop.buyer_actor, order)
    assert [consenting.may_withdraw(who, row) for who in (shop.buyer_actor, clerk(new))] == [True, False]
    service.withdraw_reattribution(shop.session, shop.buyer_actor, row.number)
    assert not consenting.may_withdraw(shop.buyer_actor, row)
    assert consenting.may_ask(shop.session, shop.buyer_actor, order)


def test_units_to_choose_from_are_those_around_and_those_named(shop: Shop) -> None:
    root, sibling, below, far = (unit(shop, area) for area in ("440000", "440300", "440400", "440500"))
    for one, above in ((root, None), (shop.buyer, root), (sibling, root), (below, shop.buyer), (far, None)):
        parent = above.id if above else None
        place(shop.session, system_actor(), one.id, parent, date(2020, 1, 1), "演示")
    near = moves.units_near(shop.session, shop.buyer.id)
    assert [one.id for one in near] == [root.id, sibling.id, below.id]
    assert [one.id for one in moves.units_found(shop.session, "440500", shop.buyer.id)] == [far.id]
    assert moves.units_found(shop.session, shop.buyer.name, shop.buyer.id) == []
