"""What orders may take of a cabinet: nothing of another channel's, and no more than is certain to be there."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from marketplace.catalogue.models import Listing, StockItem
from marketplace.catalogue.service import stock
from marketplace.catalogue.service.stock import Units
from marketplace.core.clock import frozen_at
from marketplace.core.errors import OutOfStock
from marketplace.intake.cabinets.service import promises
from marketplace.intake.cabinets.service.heartbeats import Heartbeat, hear
from marketplace.intake.rules.signatures import sign
from tests.catalogue_world import NOON, World, differences, line_ids
from tests.support.reporting_device import Cabinet
from tests.support.stocked_cabinet import balance, bring, findings, keep_stock, sold

LATER = NOON + timedelta(hours=1)


def listed(cabinet: Cabinet) -> tuple[Listing, Listing]:
    """The cabinet's product at its counter and in an online hall, which sends from the producer's store (5 units)."""
    world = World(cabinet.session)
    offer = world.offer(cabinet.product)
    at_counter = world.listing(cabinet.channel, offer)
    return at_counter, world.listing(world.channel("hall_online"), offer, units=5)


def free(cabinet: Cabinet, listing: Listing) -> int:
    item = cabinet.session.scalars(
        select(StockItem)
        .where(StockItem.id == listing.stock_item_id)
        .execution_options(populate_existing=True)
    ).one()
    return item.on_hand - item.reserved


def beat(cabinet: Cabinet, **said: int) -> None:
    heartbeat = Heartbeat(
        channel=cabinet.channel.code,
        device=cabinet.device,
        at=said.pop("at", None) or LATER,  # type: ignore[arg-type]
        last_sequence=cabinet.sequence,
        **said,
    )
    hear(cabinet.session, heartbeat, b"x", f"k=1,s={sign(cabinet.secret, b'x', b'').hex()}")


def test_an_order_of_another_channel_never_takes_the_units_of_a_cabinet(cabinet: Cabinet) -> None:
    at_counter, online = listed(cabinet)
    keep_stock(cabinet)
    bring(cabinet, 8)
    assert (free(cabinet, at_counter), free(cabinet, online)) == (7, 5)
    with pytest.raises(OutOfStock):
        stock.reserve(cabinet.session, [Units(online.stock_item_id, 6, line_ids(1)[0])], NOON, None)
    stock.reserve(cabinet.session, [Units(online.stock_item_id, 5, line_ids(1)[0])], NOON, None)
    promises.keep_promises(cabinet.session, cabinet.channel)
    assert (free(cabinet, at_counter), free(cabinet, online), balance(cabinet)) == (7, 0, 8_000)


def test_a_silent_cabinet_promises_less_every_day_and_after_three_days_nothing(cabinet: Cabinet) -> None:
    at_counter, _ = listed(cabinet)
    keep_stock(cabinet)
    bring(cabinet, 8)
    left = []
    for hours in (0, 11, 24, 72, 73):
        with frozen_at(NOON + timedelta(hours=hours)):
            promises.keep_promises(cabinet.session, cabinet.channel)
        left.append(free(cabinet, at_counter))
    assert left == [7, 7, 5, 1, 0]
    assert differences(cabinet.session) == []


def test_a_heartbeat_that_vouches_for_every_batch_makes_certain_again_what_is_there(cabinet: Cabinet) -> None:
    at_counter, _ = listed(cabinet)
    keep_stock(cabinet)
    bring(cabinet, 8)
    with frozen_at(NOON + timedelta(hours=73)):
        beat(cabinet, at=NOON + timedelta(hours=73))  # type: ignore[arg-type]
        promises.keep_promises(cabinet.session, cabinet.channel)
        assert free(cabinet, at_counter) == 7
    with frozen_at(NOON + timedelta(hours=74)):
        beat(cabinet, at=NOON + timedelta(hours=74), unsent=3)  # type: ignore[arg-type]
        promises.keep_promises(cabinet.session, cabinet.channel)
        assert free(cabinet, at_counter) == 4


def test_with_a_batch_missing_a_heartbeat_vouches_for_nothing(cabinet: Cabinet) -> None:
    at_counter, _ = listed(cabinet)
    keep_stock(cabinet)
    bring(cabinet, 8)
    with frozen_at(NOON + timedelta(hours=73)):
        cabinet.report(sold(cabinet, "A1", LATER), sequence=2)
        cabinet.sequence = 2
        beat(cabinet, at=NOON + timedelta(hours=73))  # type: ignore[arg-type]
        promises.keep_promises(cabinet.session, cabinet.channel)
    assert (free(cabinet, at_counter), balance(cabinet)) == (0, 7_000)


def test_what_is_expired_is_never_promised(cabinet: Cabinet) -> None:
    at_counter, _ = listed(cabinet)
    keep_stock(cabinet)
    bring(cabinet, 4, expires_on=date(2020, 10, 1))
    bring(cabinet, 4)
    assert free(cabinet, at_counter) == 7
    with frozen_at(NOON + timedelta(hours=13)):
        promises.keep_promises(cabinet.session, cabinet.channel)
    assert free(cabinet, at_counter) == 2


def test_an_order_that_left_the_cabinet_is_booked_to_it_and_not_promised_again(cabinet: Cabinet) -> None:
    at_counter, _ = listed(cabinet)
    keep_stock(cabinet)
    bring(cabinet, 8)
    line, shipment, back = line_ids(3)
    stock.reserve(cabinet.session, [Units(at_counter.stock_item_id, 3, line)], NOON, None)
    promises.keep_promises(cabinet.session, cabinet.channel)
    assert free(cabinet, at_counter) == 4
    stock.ship(cabinet.session, [Units(at_counter.stock_item_id, 3, shipment)], NOON, None)
    promises.keep_promises(cabinet.session, cabinet.channel)
    promises.keep_promises(cabinet.session, cabinet.channel)
    assert (free(cabinet, at_counter), balance(cabinet)) == (4, 5_000)
    stock.restock(cabinet.session, [Units(at_counter.stock_item_id, 1, back)], NOON, None)
    promises.keep_promises(cabinet.session, cabinet.channel)
    assert (free(cabinet, at_counter), balance(cabinet)) == (5, 6_000)
    assert differences(cabinet.session) == []


def test_orders_that_hold_more_than_is_certain_are_a_finding_while_it_is_so(cabinet: Cabinet) -> None:
    at_counter, _ = listed(cabinet)
    keep_stock(cabinet)
    bring(cabinet, 8)
    stock.reserve(cabinet.session, [Units(at_counter.stock_item_id, 6, line_ids(1)[0])], NOON, None)
    with frozen_at(NOON + timedelta(hours=3)):
        cabinet.report(sold(cabinet, "A1", NOON + timedelta(hours=2), 4))
        promises.keep_promises(cabinet.session, cabinet.channel)
    assert (free(cabinet, at_counter), findings(cabinet)) == (0, [("over_promised", 3_000, 6_000)])
    with frozen_at(NOON + timedelta(hours=3)):
        bring(cabinet, 6)
    assert (findings(cabinet), findings(cabinet, "explained")) == ([], [("over_promised", 3_000, 6_000)])
    assert differences(cabinet.session) == []


def test_of_two_offers_of_the_same_units_only_the_first_may_be_ordered(cabinet: Cabinet) -> None:
    at_counter, _ = listed(cabinet)
    world = World(cabinet.session)
    second = world.listing(cabinet.channel, world.offer(cabinet.product, price_fen=5_000), units=20)
    keep_stock(cabinet)
    bring(cabinet, 8)
    assert (free(cabinet, at_counter), free(cabinet, second)) == (7, 0)
    assert differences(cabinet.session) == []
