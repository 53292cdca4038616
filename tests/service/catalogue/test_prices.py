"""Prices: history, one price in a group, quotes that a checkout compares, and a change against a listing that joins."""

from __future__ import annotations

import threading
import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from marketplace.accounts.models import InboxNotice
from marketplace.catalogue.models import Listing
from marketplace.catalogue.rules.prices import price_per_500g_fen
from marketplace.catalogue.service import listings, prices
from marketplace.catalogue.service.quotes import quote, require_sellable
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import Database, transaction
from marketplace.core.errors import Conflict, Invalid, PriceChanged
from tests.catalogue_world import NOON, World
from tests.support.threads import in_threads

SYSTEM = system_actor()
LATER = NOON + timedelta(hours=1)


def test_every_price_is_a_row_with_its_instant(world: World) -> None:
    listing = world.listing()
    with frozen_at(LATER):
        assert prices.set_price(world.session, SYSTEM, listing, 5_200, "运费上涨") == [listing.id]
        assert prices.set_price(world.session, SYSTEM, listing, 5_200, None) == []
    assert [
        (row.price_fen, row.from_at, row.reason) for row in prices.history(world.session, listing.id)
    ] == [
        (4_900, NOON, None),
        (5_200, LATER, "运费上涨"),
    ]
    assert prices.price_at(world.session, listing.id, LATER - timedelta(seconds=1)) == 4_900
    assert prices.price_at(world.session, listing.id, LATER) == 5_200
    assert prices.price_at(world.session, listing.id, NOON - timedelta(seconds=1)) is None
    assert (listing.price_fen, listing.row_version) == (5_200, 2)


@pytest.mark.parametrize("net_weight_g", [2_500, 300, 1_001, 7])
@pytest.mark.parametrize("price_fen", [1, 4_900, 5_201, 99_999])
def test_the_price_by_weight_is_the_same_in_sql_and_in_python(
    world: World, net_weight_g: int, price_fen: int
) -> None:
    listing = world.listing(offer=world.offer(world.product(net_weight_g=net_weight_g)), price_fen=77)
    prices.set_price(world.session, SYSTEM, listing, price_fen, None)
    assert listing.price_per_500g_fen == price_per_500g_fen(price_fen, net_weight_g)


def test_goods_without_weight_have_no_price_by_weight(world: World) -> None:
    listing = world.listing(offer=world.offer(world.product(net_weight_g=None)))
    prices.set_price(world.session, SYSTEM, listing, 5_000, None)
    assert (listing.price_fen, listing.price_per_500g_fen) == (5_000, None)


@pytest.mark.parametrize("price_fen", [0, -1, 10**16 + 1])
def test_a_price_is_above_zero_and_within_bounds(world: World, price_fen: int) -> None:
    listing = world.listing()
    with pytest.raises(Invalid) as refused:
        prices.set_price(world.session, SYSTEM, listing, price_fen, None)
    assert refused.value.code == "price"
    assert listing.price_fen == 4_900


def test_a_delisted_listing_keeps_its_price(world: World) -> None:
    listing = world.listing()
    listings.change_state(world.session, SYSTEM, listing, "delisted", None)
    with pytest.raises(Conflict) as refused:
        prices.set_price(world.session, SYSTEM, listing, 5_000, None)
    assert refused.value.code == "listing_delisted"


def test_the_net_shop_and_the_shop_of_one_hall_have_one_price(world: World) -> None:
    operator, offer = world.organisation(), world.offer()
    online = world.listing(world.channel("hall_online", operator_id=operator.id), offer)
    offline = world.listing(world.channel("hall_offline", operator_id=operator.id), offer)
    counter = world.listing(world.channel("counter", operator_id=operator.id), offer)
    stranger = world.listing(world.channel("hall_online"), offer)
    assert online.price_group_id is not None
    assert offline.price_group_id == online.price_group_id
    assert (counter.price_group_id, stranger.price_group_id) == (None, None)
    assert prices.set_price(world.session, SYSTEM, offline, 5_500, None) == sorted([online.id, offline.id])
    world.session.refresh(online)
    assert (online.price_fen, counter.price_fen, stranger.price_fen) == (5_500, 4_900, 4_900)


def test_a_second_hall_takes_the_price_of_the_first_and_no_other(world: World) -> None:
    operator, offer = world.organisation(), world.offer()
    world.listing(world.channel("hall_online", operator_id=operator.id), offer, price_fen=6_000)
    shop = world.channel("hall_offline", operator_id=operator.id)
    with pytest.raises(Conflict) as refused:
        world.listing(shop, offer, price_fen=6_100)
    assert (refused.value.code, refused.value.extra) == ("price_group_differs", {"price_fen": "6000"})
    assert world.listing(shop, offer).price_fen == 6_000


def test_a_quote_has_what_an_order_line_freezes(world: World) -> None:
    counter = world.channel("counter", terms={"levy_bp": 100, "levy_from": "2020-05-01"})
    product = world.product()
    certificate = world.certificate(product)
    listing = world.listing(counter, world.offer(product))
    found = quote(world.session, [listing.id], NOON)[listing.id]
    assert (found.price_fen, found.levy_bp, found.channel_kind, found.channel_area) == (
        4_900,
        100,
        "counter",
        "440106",
    )
    assert (found.product_name, found.spec, found.unit, found.net_weight_g) == (
        product.name,
        "5斤/箱",
        "箱",
        2_500,
    )
    assert (found.producer_kind, found.tax_treatment, found.state, found.is_open) == (
        "cooperative",
        "exempt_self_produced",
        "listed",
        True,
    )
    assert (found.verdict.goods_class, found.verdict.certificate_id, found.verdict.schemes) == (
        "certified_aid",
        certificate.id,
        ("national_2020",),
    )


def test_the_goods_class_is_judged_again_at_the_instant_of_the_sale(world: World) -> None:
    listing = world.listing()
    last = quote(world.session, [listing.id], shanghai(2022, 9, 11, 23, 59, 59), lock=True)
    next_day = quote(world.session, [listing.id], shanghai(2022, 9, 12), lock=True)
    assert last[listing.id].verdict.goods_class == "certified_aid"
    assert (next_day[listing.id].verdict.goods_class, next_day[listing.id].verdict.reason) == (
        "area_produce",
        "certificate_expired",
    )


def test_an_unknown_listing_is_refused_by_id(world: World) -> None:
    unknown = uuid.uuid4()
    with pytest.raises(Invalid) as refused:
        quote(world.session, [world.listing().id, unknown], NOON)
    assert (refused.value.code, refused.value.extra) == ("unknown_listing", {"listing_id": str(unknown)})


def test_another_price_than_the_one_shown_is_refused_with_the_present_one(world: World) -> None:
    listing = world.listing()
    found = quote(world.session, [listing.id], NOON)
    require_sellable(found, {listing.id: 4_900}, "enterprise")
    with pytest.raises(PriceChanged) as refused:
        require_sellable(found, {listing.id: 4_899}, "enterprise")
    assert refused.value.extra == {"listings": [str(listing.id)], "prices_fen": ["4900"]}


def test_what_is_paused_or_closed_is_not_sold(world: World) -> None:
    paused = world.listing()
    listings.change_state(world.session, SYSTEM, paused, "paused", None)
    shut = world.listing(world.channel(opened_on=date(2020, 10, 1)))
    for found in (
        quote(world.session, [paused.id], NOON),
        quote(world.session, [shut.id], NOON - timedelta(days=1)),
    ):
        with pytest.raises(Conflict) as refused:
            require_sellable(found, {paused.id: 4_900, shut.id: 4_900}, "enterprise")
        assert refused.value.code == "listing_not_open"


def test_an_enterprise_does_not_buy_on_the_832_platform(world: World) -> None:
    product = world.certified_product()
    world.certificate(product, scheme="platform_832")
    listing = world.listing(world.channel("platform_832"), world.offer(product))
    found = quote(world.session, [listing.id], NOON)
    require_sellable(found, {listing.id: 4_900}, "budget_unit")
    require_sellable(found, {listing.id: 4_900}, "individual", for_budget_unit=True)
    with pytest.raises(Conflict) as refused:
        require_sellable(found, {listing.id: 4_900}, "enterprise")
    assert refused.value.code == "buyer_not_accepted"


def test_a_listing_that_joins_while_the_price_changes_ends_with_the_same_price(
    own_database: Database,
) -> None:
    with frozen_at(NOON), transaction() as session:
        world = World(session)
        operator, offer = world.organisation(), world.offer()
        online = world.listing(world.channel("hall_online", operator_id=operator.id), offer)
        shop = world.channel("hall_offline", operator_id=operator.id)
        ids = online.id, shop.id, offer.id
    barrier = threading.Barrier(2)

    def price() -> None:
        with frozen_at(LATER), transaction() as session:
            barrier.wait()
            prices.set_price(session, SYSTEM, listings.get_listing(session, ids[0]), 6_000, None)

    def join() -> None:
        from marketplace.catalogue.service.channels import get_channel

        with frozen_at(LATER), transaction() as session:
            barrier.wait()
            listings.list_offer(session, SYSTEM, get_channel(session, ids[1]), ids[2])

    in_threads(price, join)
    with transaction() as session:
        assert session.scalars(select(Listing.price_fen)).all() == [6_000, 6_000]


def test_the_other_side_of_the_shelf_hears_of_a_new_price(world: World) -> None:
    operator, producer = world.organisation(), world.producer()
    listing = world.listing(
        world.channel("counter", operator_id=operator.id), world.offer(world.product(producer=producer))
    )
    seller = Actor(uuid.uuid4(), uuid.uuid4(), producer.organisation_id)
    prices.set_price(world.session, seller, listing, 5_200, "运费上涨")
    prices.set_price(world.session, seller, listing, 5_200, None)
    prices.set_price(world.session, SYSTEM, listing, 5_300, None)
    notices = world.session.scalars(
        select(InboxNotice).where(InboxNotice.kind == "price_changed").order_by(InboxNotice.id)
    ).all()
    told = [(notice.organisation_id, notice.detail["price_fen"]) for notice in notices]
    assert told[0] == (operator.id, 5_200)
    assert sorted(told[1:], key=str) == sorted(
        [(operator.id, 5_300), (producer.organisation_id, 5_300)], key=str
    )
