"""Plans are versions; their execution counts every line once, without what was cancelled or went back."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core import db
from marketplace.core.actor import Actor
from marketplace.core.clock import frozen_at
from marketplace.core.errors import AlreadyExists, Conflict, Forbidden, NotFound
from marketplace.orders import service
from marketplace.orders.buying.models import PurchasePlan
from marketplace.orders.buying.rules.plan import Planned
from marketplace.orders.buying.service import plan_files, plans
from marketplace.orders.models import SalesOrder
from tests.orders_world import NOON, Heard, Shop, open_shop
from tests.support.office import clerk, unit
from tests.support.threads import race


@dataclass
class Planning:
    """A buyer with an approved plan of so many fen for what the shop sells, from the canteen's money."""

    shop: Shop
    maker: Actor
    reviewer: Actor
    plan: PurchasePlan


def approved(
    session: Session, shop: Shop, maker: Actor, reviewer: Actor, lines: list[Planned], over_plan: str = "warn"
) -> PurchasePlan:
    plan = plans.start(session, maker, shop.buyer.id, 2020, over_plan=over_plan)
    plans.set_lines(session, maker, plan, lines)
    plans.submit(session, maker, plan.id)
    return plans.decide(session, reviewer, plan.id, approve=True)


def open_planning(session: Session, over_plan: str = "warn", amount_fen: int = 20_000) -> Planning:
    shop = open_shop(session)
    maker = clerk(session, "buyer", shop.buyer.id)
    reviewer = clerk(session, "buyer_reviewer", shop.buyer.id)
    code = service.place(session, maker, shop.basket([1], fund_source="union")).lines[0]["category_code"]
    lines = [Planned(code[:2], "canteen", amount_fen)]
    return Planning(shop, maker, reviewer, approved(session, shop, maker, reviewer, lines, over_plan))


@pytest.fixture
def planning(session: Session, heard: Heard) -> Planning:
    return open_planning(session)


def _order(planning: Planning, session: Session, quantity: int) -> service.Placed:
    return service.place(session, planning.maker, planning.shop.basket([quantity], fund_source="canteen"))


def test_execution_counts_once_and_forgets_what_was_cancelled(session: Session, planning: Planning) -> None:
    first = _order(planning, session, 2)
    _order(planning, session, 1)
    ((_, used),), beside = plans.execution(session, planning.plan)
    assert (used.ordered_fen, used.counted_fen, beside.ordered_fen) == (14_700, 0, 4_900)
    service.cancel(session, planning.maker, first.orders[0]["number"], "重复")
    ((_, used),), _ = plans.execution(session, planning.plan)
    assert used.ordered_fen == 4_900


def test_execution_knows_what_has_counted_and_what_went_back(session: Session, planning: Planning) -> None:
    planning.shop.buyer_actor = planning.maker
    order = planning.shop.complete([3], fund_source="canteen")
    ((_, used),), _ = plans.execution(session, planning.plan)
    assert (used.ordered_fen, used.counted_fen) == (14_700, 14_700)
    planning.shop.returned(order, 1, 1)
    ((_, used),), _ = plans.execution(session, planning.plan)
    assert (used.ordered_fen, used.counted_fen) == (9_800, 9_800)


def test_beyond_the_plan_a_checkout_is_warned(session: Session, planning: Planning) -> None:
    assert _order(planning, session, 4).warnings == []
    (warning,) = _order(planning, session, 1).warnings
    assert (warning["line_no"], warning["planned_fen"], warning["used_fen"], warning["wanted_fen"]) == (
        1, 20_000, 19_600, 4_900,
    )  # fmt: skip


def test_beyond_the_plan_a_checkout_is_refused_where_the_unit_says_so(session: Session, heard: Heard) -> None:
    planning = open_planning(session, "refuse")
    _order(planning, session, 4)
    with pytest.raises(Conflict) as refused:
        _order(planning, session, 1)
    assert (refused.value.code, refused.value.extra["lines"]) == ("over_plan", ["1"])
    with pytest.raises(Conflict):
        service.place(session, planning.maker, planning.shop.basket([1], fund_source="union"))


def test_a_next_version_supersedes_and_changes_no_history(session: Session, planning: Planning) -> None:
    second = plans.start(session, planning.maker, planning.shop.buyer.id, 2020)
    assert (second.version, second.state) == (2, "draft")
    assert [line.amount_fen for line, _ in plans.execution(session, second)[0]] == [20_000]
    with pytest.raises(AlreadyExists), session.begin_nested():
        plans.start(session, planning.maker, planning.shop.buyer.id, 2020)
    plans.submit(session, planning.maker, second.id)
    plans.decide(session, planning.reviewer, second.id, approve=True)
    session.refresh(planning.plan)
    assert planning.plan.state == "superseded"
    with pytest.raises(Conflict):
        plans.set_lines(session, planning.maker, planning.plan, [])


def test_last_years_plan_is_copied(session: Session, planning: Planning) -> None:
    copied = plans.start(session, planning.maker, planning.shop.buyer.id, 2021, copy_year=2020)
    assert [line.amount_fen for line, _ in plans.execution(session, copied)[0]] == [20_000]
    with pytest.raises(Conflict) as refused:
        plans.start(session, planning.maker, planning.shop.buyer.id, 2022, copy_year=2019)
    assert refused.value.code == "nothing_to_copy"


def test_who_made_it_does_not_approve_it(session: Session, planning: Planning) -> None:
    plan = plans.start(session, planning.maker, planning.shop.buyer.id, 2020)
    plans.submit(session, planning.maker, plan.id)
    same = clerk(session, "buyer_reviewer", planning.shop.buyer.id, planning.maker.person_id)
    with pytest.raises(Forbidden) as refused:
        plans.decide(session, same, plan.id, approve=True)
    assert refused.value.code == "same_person"
    far = clerk(session, "buyer_reviewer", unit(session, "别家").id)
    with pytest.raises(NotFound):
        plans.decide(session, far, plan.id, approve=True)
    assert session.scalars(plans.plans_seen(far)).all() == []
    returned = plans.decide(session, planning.reviewer, plan.id, approve=False, opinion="偏高")
    assert (returned.state, returned.opinion) == ("returned", "偏高")


def test_a_file_is_read_with_every_error_by_row() -> None:
    good = "品类,资金来源,月份,季度,金额(元)\n01,食堂,10,,1200.50\n0102,工会,,4,300\n".encode()
    lines, errors = plan_files.read_lines(good)
    assert errors == []
    assert lines == [
        Planned("01", "canteen", 120_050, month=10),
        Planned("0102", "union", 30_000, quarter=4),
    ]
    bad = "品类,资金来源,月份,季度,金额(元)\n没有,食堂,13,,0\n01,食堂,1,1,5\n01,食堂,1,1,5\n".encode()
    _, errors = plan_files.read_lines(bad)
    assert [(error.row, error.code) for error in errors] == [
        (2, "unknown_category"), (2, "out_of_range"), (2, "not_positive"),
        (3, "plan_period"), (4, "plan_period"), (4, "plan_line_repeated"),
    ]  # fmt: skip


def test_two_checkouts_at_once_do_not_go_beyond_a_plan_together(
    own_database: db.Database, heard: Heard
) -> None:
    with frozen_at(NOON), db.transaction() as session:
        planning = open_planning(session, "refuse")
    outcome = race(lambda session, _: _order(planning, session, 2), 5, NOON)
    assert outcome == {"done": 2, "over_plan": 3}
    with db.transaction() as session:
        spent = session.scalar(
            select(func.sum(SalesOrder.total_fen)).where(SalesOrder.fund_source == "canteen")
        )
        assert spent == 19_600
