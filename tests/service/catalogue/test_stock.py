"""Stock movements: conditions, repetition, the sum of movements, and two buyers of the last unit."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import StockItem, StockMovement
from marketplace.catalogue.service import stock
from marketplace.catalogue.service.stock import Units
from marketplace.core.clock import frozen_at
from marketplace.core.db import Database, transaction
from marketplace.core.errors import Conflict, DomainError, Invalid, OutOfStock
from tests.catalogue_world import NOON, World, differences, line_ids
from tests.support.threads import in_threads


def numbers(session: Session, item_id: int) -> tuple[int, int]:
    row = session.execute(select(StockItem.on_hand, StockItem.reserved).where(StockItem.id == item_id)).one()
    return row.on_hand, row.reserved


def movements(session: Session, item_id: int) -> list[tuple[str, int, int]]:
    return [
        (row.kind, row.on_hand_change, row.reserved_change)
        for row in session.scalars(
            select(StockMovement).where(StockMovement.stock_item_id == item_id).order_by(StockMovement.id)
        )
    ]


def test_a_unit_goes_from_intake_to_the_buyer_and_back(world: World) -> None:
    session, item = world.session, world.listing(units=10).stock_item_id
    line, shipped, returned = line_ids(3)
    stock.reserve(session, [Units(item, 4, line)], NOON, None)
    assert numbers(session, item) == (10, 4)
    stock.ship(session, [Units(item, 3, shipped)], NOON, None)
    assert numbers(session, item) == (7, 1)
    stock.release(session, [Units(item, 1, line)], NOON, None)
    assert numbers(session, item) == (7, 0)
    stock.restock(session, [Units(item, 2, returned)], NOON, None, "七天无理由")
    assert numbers(session, item) == (9, 0)
    stock.adjust(session, [Units(item, -9)], NOON, None, "盘亏")
    assert numbers(session, item) == (0, 0)
    assert movements(session, item) == [
        ("intake", 10, 0),
        ("reserve", 0, 4),
        ("ship", -3, -3),
        ("release", 0, -1),
        ("restock", 2, 0),
        ("adjust", -9, 0),
    ]
    assert differences(session) == []


def test_more_than_is_free_is_refused_and_nothing_moves(world: World) -> None:
    session = world.session
    plenty, scarce = (world.listing(units=n).stock_item_id for n in (10, 2))
    wanted = [Units(plenty, 1, uuid.uuid4()), Units(scarce, 3, uuid.uuid4())]
    with pytest.raises(OutOfStock) as refused:
        stock.reserve(session, wanted, NOON, None)
    assert refused.value.extra == {"stock_items": [str(scarce)]}


def test_two_lines_of_one_item_are_asked_for_together(world: World) -> None:
    session, item = world.session, world.listing(units=5).stock_item_id
    first, second = line_ids(2)
    with pytest.raises(OutOfStock):
        stock.reserve(session, [Units(item, 3, first), Units(item, 3, second)], NOON, None)


@pytest.mark.parametrize("move", [stock.release, stock.ship])
def test_what_is_not_reserved_cannot_be_released_or_shipped(world: World, move: Callable[..., int]) -> None:
    item = world.listing(units=5).stock_item_id
    with pytest.raises(Conflict) as refused:
        move(world.session, [Units(item, 1, uuid.uuid4())], NOON, None)
    assert refused.value.code == "stock_not_there"


def test_stock_taking_never_finds_fewer_than_are_reserved(world: World) -> None:
    item = world.listing(units=5).stock_item_id
    stock.reserve(world.session, [Units(item, 4, uuid.uuid4())], NOON, None)
    with pytest.raises(Conflict):
        stock.adjust(world.session, [Units(item, -2)], NOON, None, "盘亏")


def test_the_same_step_of_the_same_line_twice_is_one_step(world: World) -> None:
    session, item = world.session, world.listing(units=5).stock_item_id
    line = uuid.uuid4()
    assert stock.reserve(session, [Units(item, 2, line)], NOON, None) == 1
    assert stock.reserve(session, [Units(item, 2, line)], NOON, None) == 0
    assert numbers(session, item) == (5, 2)
    assert stock.release(session, [Units(item, 2, line)], NOON, None) == 1
    assert stock.release(session, [Units(item, 2, line)], NOON, None) == 0
    assert numbers(session, item) == (5, 0)
    assert differences(session) == []


@pytest.mark.parametrize("quantity", [0, -1, 10**9 + 1])
def test_a_quantity_is_a_positive_number_within_bounds(world: World, quantity: int) -> None:
    item = world.listing(units=5).stock_item_id
    with pytest.raises(Invalid) as refused:
        stock.reserve(world.session, [Units(item, quantity, uuid.uuid4())], NOON, None)
    assert refused.value.code == "quantity"
    assert numbers(world.session, item) == (5, 0)


def test_an_unknown_place_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        stock.take_in(world.session, [Units(10**12, 1)], NOON, None)
    assert refused.value.code == "unknown_stock_item"


def test_a_broken_number_is_found(world: World) -> None:
    session, item = world.session, world.listing(units=5).stock_item_id
    session.execute(StockItem.__table__.update().where(StockItem.id == item).values(on_hand=6))
    assert differences(session) == [(item, 6, 0, 5, 0)]


def prepared(units: list[int]) -> list[int]:
    """Committed stock items with so many units each."""
    with frozen_at(NOON), transaction() as session:
        world = World(session)
        return [world.listing(units=n).stock_item_id for n in units]


def at_once(count: int, act: Callable[[int], None]) -> list[str]:
    """Run `act` in threads that start together; the codes of the refusals, sorted."""
    barrier, refusals = threading.Barrier(count), []

    def run(number: int) -> None:
        barrier.wait()
        try:
            act(number)
        except DomainError as refusal:
            refusals.append(refusal.code)

    in_threads(*(partial(run, number) for number in range(count)))
    return sorted(refusals)


def test_of_twenty_buyers_of_the_last_unit_one_gets_it(own_database: Database) -> None:
    [item] = prepared([1])

    def buy(number: int) -> None:
        with transaction() as session:
            stock.reserve(session, [Units(item, 1, uuid.uuid4())], NOON, None)

    assert at_once(20, buy) == ["out_of_stock"] * 19
    with transaction() as session:
        assert numbers(session, item) == (1, 1)
        assert differences(session) == []


def test_two_buyers_with_crossed_lines_do_not_deadlock_and_sell_exactly_what_is_there(
    own_database: Database,
) -> None:
    left, right = prepared([10, 10])

    def buy(number: int) -> None:
        order = (left, right) if number % 2 else (right, left)
        with transaction() as session:
            stock.reserve(session, [Units(item, 1, uuid.uuid4()) for item in order], NOON, None)

    assert at_once(16, buy) == ["out_of_stock"] * 6
    with transaction() as session:
        assert numbers(session, left) == (10, 10)
        assert numbers(session, right) == (10, 10)
        assert differences(session) == []


def test_twenty_cancellations_of_one_line_give_its_units_back_once(own_database: Database) -> None:
    [item] = prepared([5])
    line = uuid.uuid4()
    with transaction() as session:
        stock.reserve(session, [Units(item, 3, line)], NOON, None)

    def cancel(number: int) -> None:
        with transaction() as session:
            stock.release(session, [Units(item, 3, line)], NOON, None)

    assert at_once(20, cancel) == []
    with transaction() as session:
        assert numbers(session, item) == (5, 0)
        assert differences(session) == []
