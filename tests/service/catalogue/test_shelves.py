"""The shelves of a seller: its listings with place and stock, and those that run low."""

import uuid
from datetime import date

import pytest
from sqlalchemy.orm import Session

from marketplace.catalogue.service import shelves
from marketplace.core.errors import NotFound
from tests.catalogue_world import World
from tests.orders_world import actor_of


def test_a_seller_sees_the_own_listings_with_their_place_and_what_runs_low(session: Session) -> None:
    world = World(session)
    mine, other = world.producer(), world.producer(name="别家")
    few = world.listing(offer=world.offer(world.certified_product(producer=mine)), units=9)
    many = world.listing(offer=world.offer(world.certified_product(producer=mine)), units=10)
    foreign = world.listing(offer=world.offer(world.certified_product(producer=other)), units=1)
    actor = actor_of("producer", mine.organisation_id)
    seen = {row.id: (place, on_hand) for row, place, on_hand, _ in session.execute(shelves.shelves_of(actor))}
    assert seen == {few.id: ("演示销售点", 9), many.id: ("演示销售点", 10)}
    assert shelves.count_few(session, actor) == 1
    assert [row[0].id for row in session.execute(shelves.shelves_of(actor, few=True))] == [few.id]
    assert shelves.shelf_of(session, actor, few.id)[0].id == few.id
    for unknown in (foreign.id, uuid.uuid4()):
        with pytest.raises(NotFound):
            shelves.shelf_of(session, actor, unknown)


def test_only_places_that_are_open_that_day_are_offered(session: Session) -> None:
    world = World(session)
    open_now = world.channel(name="甲馆")
    world.channel(name="乙馆", opened_on=date(2021, 1, 1))
    assert [one.id for one in shelves.open_places(session, date(2020, 10, 1))] == [open_now.id]
