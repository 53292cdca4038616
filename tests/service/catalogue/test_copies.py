"""Open listings follow the names of their seller, product and offer; what was sold, priced or taken down keeps the old ones."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.app import compose
from marketplace.catalogue.facts import ListingsChanged
from marketplace.catalogue.models import Listing, PriceChange
from marketplace.catalogue.service import listings, offers
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at
from marketplace.core.db import Database, transaction
from marketplace.producers.models import Producer, Product
from marketplace.producers.service import producers, products
from tests.catalogue_world import NOON, World
from tests.orders_world import open_shop
from tests.support.ear import listening_to, taken
from tests.support.threads import in_threads

SYSTEM = system_actor()
OLD, NEW = "白沙演示种养专业合作社", "白沙新名合作社"


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    with listening_to(ListingsChanged) as facts_heard:
        yield facts_heard


def rename(session: Session, producer: Producer) -> None:
    session.get_one(Organisation, producer.organisation_id).name = NEW
    session.flush()
    producers.amend(session, SYSTEM, producer.id, {}, producer.row_version)
    session.expire_all()


def call(session: Session, product: Product, **changes: Any) -> None:
    products.amend(session, SYSTEM, product.id, changes, product.row_version)
    session.expire_all()


def names(*made: Listing) -> list[tuple[str, int]]:
    """(seller's name, version) of each."""
    return [(one.producer_name, one.row_version) for one in made]


def titles(*made: Listing) -> list[tuple[str, int]]:
    """(title, version) of each."""
    return [(one.title, one.row_version) for one in made]


def test_the_open_listings_of_a_renamed_producer_show_its_new_name(world: World, heard: list[Any]) -> None:
    producer = world.producer()
    first, second, gone = (
        world.listing(offer=world.offer(world.certified_product(producer=producer))) for _ in range(3)
    )
    agent = world.producer(agent_of_id=producer.id, entity_kind="trading_agent")
    by_agent = world.listing(
        offer=world.offer(world.session.get_one(Product, first.product_id), seller_id=agent.id)
    )
    stranger = world.listing()
    listings.change_state(world.session, SYSTEM, second, "paused", "缺货")
    listings.change_state(world.session, SYSTEM, gone, "delisted", None)
    history = world.session.execute(select(PriceChange.id, PriceChange.price_fen, PriceChange.from_at)).all()
    taken(heard)
    rename(world.session, producer)
    assert names(first, second, gone, by_agent, stranger) == [
        (NEW, 2),
        (NEW, 3),
        (OLD, 2),
        (OLD, 1),
        (OLD, 1),
    ]
    assert (first.state, first.goods_class, second.state) == ("listed", "certified_aid", "paused")
    assert taken(heard) == [ListingsChanged(tuple(sorted([first.product_id, second.product_id])))]
    producers.amend(world.session, SYSTEM, producer.id, {"is_832_supplier": True}, producer.row_version)
    assert heard == []
    assert (
        world.session.execute(select(PriceChange.id, PriceChange.price_fen, PriceChange.from_at)).all()
        == history
    )


def test_an_order_placed_before_keeps_the_names_it_was_placed_under(session: Session) -> None:
    compose()
    with frozen_at(NOON):
        shop = open_shop(session)
        [listing] = shop.listings
        product = session.get_one(Product, listing.product_id)
        former = product.name
        before = shop.place()
        rename(session, session.get_one(Producer, listing.producer_id))
        call(session, product, name="白沙蜜柚")
        after = shop.place()
    assert [order.producer_name for order in (before, after)] == [OLD, NEW]
    assert [line.product_name for order in (before, after) for line in shop.lines(order)] == [
        former,
        "白沙蜜柚",
    ]


def test_offers_that_bear_a_products_name_go_on_bearing_it_and_a_sellers_own_words_stay(
    world: World, heard: list[Any]
) -> None:
    product = world.certified_product(name="沙田柚")
    plain, own = world.offer(product), world.offer(product, title="送礼佳品")
    withdrawn = offers.withdraw_offer(world.session, SYSTEM, world.offer(product))
    bearing, worded, gone = (world.listing(offer=offer) for offer in (plain, own, plain))
    other = world.listing(offer=world.offer(world.certified_product(name="沙田柚")))
    listings.change_state(world.session, SYSTEM, gone, "delisted", None)
    taken(heard)
    call(world.session, product, name="容县沙田柚")
    assert titles(bearing, worded, gone, other) == [
        ("容县沙田柚", 2),
        ("送礼佳品", 1),
        ("沙田柚", 2),
        ("沙田柚", 1),
    ]
    assert [(one.title, one.row_version) for one in (plain, own, withdrawn)] == [
        ("容县沙田柚", 2),
        ("送礼佳品", 1),
        ("沙田柚", 2),
    ]
    assert taken(heard) == [ListingsChanged((product.id,))]
    call(world.session, product, spec="10斤/箱", description="果大皮薄")
    assert (plain.spec, bearing.spec, bearing.row_version) == ("5斤/箱", "5斤/箱", 2)
    assert heard == []


def test_an_offers_new_title_stands_on_its_open_listings(world: World, heard: list[Any]) -> None:
    offer = world.offer()
    shown, gone, other = world.listing(offer=offer), world.listing(offer=offer), world.listing()
    listings.change_state(world.session, SYSTEM, gone, "delisted", None)
    former = [gone.title, other.title]
    taken(heard)
    offers.amend_offer(world.session, SYSTEM, offer, {"title": "百香果礼盒", "price_fen": 6_000})
    world.session.expire_all()
    assert titles(shown, gone, other) == [("百香果礼盒", 2), (former[0], 2), (former[1], 1)]
    assert shown.price_fen == 4_900
    assert heard == [ListingsChanged((offer.product_id,))]


@pytest.mark.parametrize("turn", range(5))
def test_a_listing_made_while_its_producer_is_renamed_shows_the_new_name(
    own_database: Database, turn: int
) -> None:
    compose()
    with frozen_at(NOON), transaction() as session:
        world = World(session)
        producer = world.producer()
        seller = producer.id
        offer, channel = world.offer(world.product(producer)).id, world.channel().id
    barrier = threading.Barrier(2)

    def put_up() -> None:
        with frozen_at(NOON), transaction() as session:
            barrier.wait()
            listings.list_offer_in(session, SYSTEM, channel, offer, None)

    def change_name() -> None:
        with frozen_at(NOON), transaction() as session:
            barrier.wait()
            rename(session, session.get_one(Producer, seller))

    in_threads(put_up, change_name)
    with transaction() as session:
        assert session.scalars(select(Listing.producer_name)).all() == [NEW]
