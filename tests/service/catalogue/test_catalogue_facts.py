"""What the catalogue publishes: exact product ids at every change of a listing, and availability only when it turns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from marketplace.catalogue.facts import ListingsChanged, StockTurned
from marketplace.catalogue.service import judging, listings, offers, prices, stock
from marketplace.catalogue.service.channels import amend_channel, close_channel
from marketplace.catalogue.service.stock import Units
from marketplace.certification.rules.standing import REVOCATION_CAUSES, SUSPENSION_CAUSES
from marketplace.certification.service.standing import (
    reinstate_certificate,
    suspend_certificate,
)
from marketplace.core.actor import system_actor
from marketplace.core.clock import day_of, frozen_at
from marketplace.core.errors import AlreadyExists, Conflict, IllegalTransition, Invalid, OutOfStock
from tests.catalogue_world import NOON, World, line_ids
from tests.support.certification import revoke
from tests.support.ear import listening_to, taken

SYSTEM = system_actor()


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    with listening_to(ListingsChanged, StockTurned) as facts_heard:
        yield facts_heard


def test_an_assortment_is_told_of_once_with_each_product_once(world: World, heard: list[Any]) -> None:
    first, second = world.certified_product(), world.certified_product()
    asked = [world.offer(first), world.offer(second), world.offer(second, 5_900)]
    channel = world.channel()
    assert heard == []
    listings.list_offers(world.session, SYSTEM, channel, dict.fromkeys([one.id for one in asked]))
    assert taken(heard) == [ListingsChanged(tuple(sorted([first.id, second.id])))]
    with pytest.raises(AlreadyExists), world.session.begin_nested():
        listings.list_offer(world.session, SYSTEM, channel, asked[0].id)
    assert heard == []


def test_each_step_of_a_listing_is_told_of_and_a_step_that_does_not_exist_is_not(
    world: World, heard: list[Any]
) -> None:
    listing = world.listing()
    taken(heard)
    for state in ("paused", "listed", "delisted"):
        listings.change_state(world.session, SYSTEM, listing, state, None)
        assert taken(heard) == [ListingsChanged((listing.product_id,))]
    with pytest.raises(IllegalTransition):
        listings.change_state(world.session, SYSTEM, listing, "listed", None)
    assert heard == []


def test_a_price_is_told_of_once_for_its_group_and_not_when_it_is_the_same(
    world: World, heard: list[Any]
) -> None:
    operator = world.organisation().id
    offer = world.offer()
    listing = world.listing(world.channel("hall_online", operator_id=operator), offer)
    world.listing(world.channel("hall_offline", operator_id=operator, site_kind=None), offer)
    taken(heard)
    assert len(prices.set_price(world.session, SYSTEM, listing, 5_000, None)) == 2
    assert taken(heard) == [ListingsChanged((offer.product_id,))]
    prices.set_price(world.session, SYSTEM, listing, 5_000, None)
    with pytest.raises(Invalid):
        prices.set_price(world.session, SYSTEM, listing, 0, None)
    assert heard == []


def test_a_certificates_fate_is_told_of_where_a_listing_is_judged_otherwise(
    world: World, heard: list[Any]
) -> None:
    product = world.product()
    certificate = world.certificate(product)
    world.listing(offer=world.offer(product))
    taken(heard)
    told = [ListingsChanged((product.id,))]
    suspend_certificate(world.session, SYSTEM, certificate.id, cause=next(iter(SUSPENSION_CAUSES)))
    assert taken(heard) == told
    with frozen_at(NOON + timedelta(days=1)):
        reinstate_certificate(world.session, SYSTEM, certificate.id)
    assert taken(heard) == told
    with frozen_at(NOON + timedelta(days=1, hours=1)):
        judging.judge_again(world.session, [product.id])
        assert heard == []
        revoke(world.session, certificate.id, cause=next(iter(REVOCATION_CAUSES)))
    assert heard == told


def test_a_point_of_sale_is_told_of_when_buyers_see_the_change(world: World, heard: list[Any]) -> None:
    channel = world.channel()
    first, second = world.listing(channel), world.listing(channel)
    gone = world.listing(channel)
    world.listing()  # elsewhere
    listings.change_state(world.session, SYSTEM, gone, "delisted", None)
    taken(heard)
    both = ListingsChanged(tuple(sorted([first.product_id, second.product_id])))
    amend_channel(world.session, SYSTEM, channel, {"name": "演示新馆"})
    assert taken(heard) == [both]
    amend_channel(world.session, SYSTEM, channel, {"name": "演示新馆", "terms": {}})
    assert heard == []
    close_channel(world.session, SYSTEM, channel, day_of(NOON) + timedelta(days=3))
    assert taken(heard) == [both]
    with pytest.raises(Conflict):
        close_channel(world.session, SYSTEM, channel, day_of(NOON))
    assert heard == []


def test_closing_today_tells_of_the_listings_it_takes_down_when_they_are_down(
    world: World, heard: list[Any]
) -> None:
    listing = world.listing()
    empty = world.channel()
    taken(heard)
    close_channel(world.session, SYSTEM, empty, day_of(NOON))
    assert heard == []
    channel = world.session.get_one(type(empty), listing.channel_id)
    close_channel(world.session, SYSTEM, channel, day_of(NOON))
    assert heard == [ListingsChanged((listing.product_id,))]
    world.session.refresh(listing)
    assert listing.state == "delisted"


def test_an_offer_is_told_of_when_it_is_amended_or_withdrawn(world: World, heard: list[Any]) -> None:
    offer = world.offer()
    listing = world.listing(offer=offer)
    taken(heard)
    told = [ListingsChanged((offer.product_id,))]
    offers.amend_offer(world.session, SYSTEM, offer, {"title": "白沙百香果"})
    assert taken(heard) == told
    with pytest.raises(Conflict):
        offers.withdraw_offer(world.session, SYSTEM, offer)
    assert heard == []
    listings.change_state(world.session, SYSTEM, listing, "delisted", None)
    taken(heard)
    offers.withdraw_offer(world.session, SYSTEM, offer)
    assert taken(heard) == told
    with pytest.raises(Conflict):
        offers.amend_offer(world.session, SYSTEM, offer, {"title": "别的"})
    assert heard == []


def test_availability_is_told_of_only_when_it_turns(world: World, heard: list[Any]) -> None:
    session, listing = world.session, world.listing()
    item, turned = listing.stock_item_id, [StockTurned((listing.product_id,))]
    first, second, shipped, back = line_ids(4)
    taken(heard)
    stock.take_in(session, [Units(item, 5)], NOON, None)
    assert taken(heard) == turned
    stock.take_in(session, [Units(item, 5)], NOON, None)
    stock.reserve(session, [Units(item, 9, first)], NOON, None)
    assert heard == []
    stock.reserve(session, [Units(item, 1, second)], NOON, None)
    assert taken(heard) == turned
    stock.reserve(session, [Units(item, 1, second)], NOON, None)  # the same line again
    with pytest.raises(OutOfStock), session.begin_nested():
        stock.reserve(session, [Units(item, 1, shipped)], NOON, None)
    stock.ship(session, [Units(item, 9, shipped)], NOON, None)
    assert heard == []
    stock.release(session, [Units(item, 1, second)], NOON, None)
    assert taken(heard) == turned
    stock.adjust(session, [Units(item, -1)], NOON, None, "盘亏")
    assert taken(heard) == turned
    stock.restock(session, [Units(item, 1, back)], NOON, None)
    assert heard == turned


def test_a_batch_tells_of_the_products_that_turned_in_its_one_statement(
    world: World, heard: list[Any]
) -> None:
    session = world.session
    scarce, plenty, other = (world.listing(units=units) for units in (1, 5, 2))
    taken(heard)
    lines = line_ids(3)
    sent: list[str] = []
    connection = session.connection()

    def write_down(_c: object, _u: object, statement: str, *_: object) -> None:
        if "search.change" not in statement:  # the news itself, for the index
            sent.append(statement)

    event.listen(connection, "before_cursor_execute", write_down)
    places = (scarce.stock_item_id, plenty.stock_item_id, other.stock_item_id)
    wanted = [Units(*asked) for asked in zip(places, (1, 1, 2), lines, strict=True)]
    stock.reserve(session, wanted, NOON, None)
    event.remove(connection, "before_cursor_execute", write_down)
    assert len(sent) == 1
    assert heard == [StockTurned(tuple(sorted([scarce.product_id, other.product_id])))]
