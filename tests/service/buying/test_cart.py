"""The cart reserves nothing, shows what changed, and becomes an order once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Listing, StockItem
from marketplace.core import db
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import Conflict, Invalid, NotFound, PriceChanged
from marketplace.orders.buying.models import CartLine
from marketplace.orders.buying.service import cart, cart_view, favourites
from marketplace.orders.models import Checkout, SalesOrder
from tests.orders_world import NOON, Heard, Shop, actor_of, open_shop
from tests.support.threads import race


def _put(session: Session, shop: Shop, *quantities: int) -> None:
    for listing, quantity in zip(shop.listings, quantities, strict=False):
        cart.put(session, shop.buyer_actor, listing.id, quantity)


def _lines(session: Session, shop: Shop) -> list[cart_view.ShownLine]:
    found = cart_view.read_cart(session, shop.buyer_actor)
    return [line for block in found.blocks for line in block.lines]


def test_what_is_put_in_twice_is_one_line_and_reserves_nothing(session: Session, shop: Shop) -> None:
    _put(session, shop, 2, 1)
    cart.put(session, shop.buyer_actor, shop.listings[0].id, 3)
    found = cart_view.read_cart(session, shop.buyer_actor)
    assert len(found.blocks) == 1
    quantities = {line.line.listing_id: line.line.quantity for line in found.blocks[0].lines}
    assert quantities == {shop.listings[0].id: 5, shop.listings[1].id: 1}
    assert (found.ticked_lines, found.total_fen) == (2, 5 * 4_900 + 5_900)
    assert found.can_be_ordered
    assert session.scalar(select(func.sum(StockItem.reserved))) == 0


def test_the_reserve_line_names_the_unit_and_what_would_count(session: Session, shop: Shop) -> None:
    _put(session, shop, 2)
    reserve = cart_view.read_cart(session, shop.buyer_actor).reserve
    assert reserve is not None
    assert (reserve.budget_unit_id, reserve.year) == (shop.buyer.id, 2020)
    assert (reserve.filed_fen, reserve.counting_fen) == (None, 9_800)


def test_a_changed_price_is_shown_in_place_and_refused_until_it_is_accepted(
    session: Session, shop: Shop
) -> None:
    _put(session, shop, 2)
    key = shop.listings[0].id
    session.execute(update(Listing).where(Listing.id == key).values(price_fen=6_200))
    (line,) = _lines(session, shop)
    assert (line.changes, line.can_be_ordered) == (("price_changed",), False)
    assert (line.line.seen_price_fen, line.quote.price_fen) == (4_900, 6_200)
    with pytest.raises(PriceChanged):
        cart.change(session, shop.buyer_actor, key, accepted_price_fen=5_000)
    cart.change(session, shop.buyer_actor, key, accepted_price_fen=6_200)
    assert _lines(session, shop)[0].changes == ()


def test_a_lapsed_certificate_is_told_but_does_not_block(session: Session, shop: Shop) -> None:
    _put(session, shop, 1)
    assert _lines(session, shop)[0].line.seen_goods_class == "certified_aid"
    with frozen_at(shanghai(2030, 1, 1)):
        (line,) = _lines(session, shop)
    assert (line.changes, line.can_be_ordered) == (("certificate_lapsed",), True)


def test_what_is_delisted_or_short_is_said(session: Session, shop: Shop) -> None:
    _put(session, shop, 2, 2, 2)
    first, second, third = shop.listings
    session.execute(update(Listing).where(Listing.id == first.id).values(state="delisted"))
    session.execute(
        update(StockItem).where(StockItem.id == second.stock_item_id).values(on_hand=1, reserved=0)
    )
    session.execute(update(StockItem).where(StockItem.id == third.stock_item_id).values(on_hand=0))
    said = {line.line.listing_id: line.changes for line in _lines(session, shop)}
    assert said == {first.id: ("delisted",), second.id: ("short_of_stock",), third.id: ("sold_out",)}
    with pytest.raises(Conflict) as refused:
        cart.put(session, shop.buyer_actor, first.id, 1)
    assert refused.value.code == "listing_not_open"


def test_only_the_ticked_lines_are_ordered_and_leave(session: Session, shop: Shop) -> None:
    _put(session, shop, 2, 1)
    cart.tick(session, shop.buyer_actor, [shop.listings[1].id], is_ticked=False)
    placed = cart.check_out(session, shop.buyer_actor, shop.basket(()), 9_800)
    assert placed.total_fen == 9_800
    assert [line.line.listing_id for line in _lines(session, shop)] == [shop.listings[1].id]
    with pytest.raises(Conflict) as refused:
        cart.check_out(session, shop.buyer_actor, shop.basket(()), 9_800)
    assert refused.value.code == "cart_empty"


def test_a_sum_that_the_buyer_did_not_see_is_refused(session: Session, shop: Shop) -> None:
    _put(session, shop, 2)
    with pytest.raises(Conflict) as refused:
        cart.check_out(session, shop.buyer_actor, shop.basket(()), 9_801)
    assert (refused.value.code, refused.value.extra["total_fen"]) == ("cart_changed", 9_800)
    assert len(_lines(session, shop)) == 1


def test_a_strangers_cart_is_another_cart(session: Session, shop: Shop) -> None:
    _put(session, shop, 2)
    other = actor_of("buyer", shop.buyer.id)
    assert cart_view.read_cart(session, other).blocks == []
    with pytest.raises(NotFound):
        cart.change(session, other, shop.listings[0].id, quantity=1)
    cart.remove(session, other, [shop.listings[0].id])
    assert len(_lines(session, shop)) == 1


def test_quantities_stay_in_range_when_they_are_added_up(session: Session, shop: Shop) -> None:
    _put(session, shop, 1_000_000)
    with pytest.raises(Invalid):
        _put(session, shop, 1)
    assert _lines(session, shop)[0].line.quantity == 1_000_000


def test_a_favourite_is_kept_once(session: Session, shop: Shop) -> None:
    key = shop.listings[0].id
    favourites.keep(session, shop.buyer_actor, key)
    favourites.keep(session, shop.buyer_actor, key)
    rows = session.execute(favourites.kept(shop.buyer_actor)).all()
    assert [row.listing_id for row in rows] == [key]
    favourites.drop(session, shop.buyer_actor, key)
    assert session.execute(favourites.kept(shop.buyer_actor)).all() == []


def test_a_cart_that_is_checked_out_twice_at_once_is_one_order(
    own_database: db.Database, heard: Heard
) -> None:
    with frozen_at(NOON), db.transaction() as session:
        shop = open_shop(session, units=100)
        _put(session, shop, 3)
    outcome = race(
        lambda session, _: cart.check_out(session, shop.buyer_actor, shop.basket(()), 14_700), 8, NOON
    )
    assert outcome == {"done": 1, "cart_empty": 7}
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Checkout)) == 1
        assert session.scalar(select(func.sum(SalesOrder.total_fen))) == 14_700
        assert session.scalar(select(func.count()).select_from(CartLine)) == 0


def test_the_limit_of_lines_holds_when_several_are_put_in_at_once(
    own_database: db.Database, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cart, "MOST_LINES", 2)
    with frozen_at(NOON), db.transaction() as session:
        shop = open_shop(session, (100, 200, 300, 400))
    keys = [listing.id for listing in shop.listings]
    outcome = race(lambda session, n: cart.put(session, shop.buyer_actor, keys[n], 1), 4, NOON)
    assert outcome == {"done": 2, "cart_full": 2}
