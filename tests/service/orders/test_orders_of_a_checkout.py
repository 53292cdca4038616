from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.orders import service
from marketplace.orders.models import Checkout
from tests.orders_world import actor_of, open_shop


def test_the_orders_of_a_checkout_are_seen_by_its_two_sides_alone(session: Session) -> None:
    shop = open_shop(session, (4_900, 5_900))
    order = shop.place((1, 1))
    number = session.scalars(select(Checkout.number).where(Checkout.id == order.checkout_id)).one()
    for actor in (shop.buyer_actor, shop.seller_actor):
        assert session.scalars(service.orders_of_checkout(actor, number)).all() == [order]
    stranger = actor_of("buyer", shop.world.organisation().id)
    assert session.scalars(service.orders_of_checkout(stranger, number)).all() == []
