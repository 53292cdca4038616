"""Parcels of an order to many addresses on the producer's pages: masked, sent one by one, delivered one by one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.core.db import transaction
from marketplace.core.models import AuditRecord
from marketplace.orders import service
from marketplace.orders.buying.service import gifts
from marketplace.orders.models import SalesOrder
from tests.orders_world import Shop
from tests.support.pages import personal
from tests.support.visitors import Visitor, main_of, text_of


@pytest.fixture
def gift(shop: Shop) -> str:
    """The number of a confirmed order to two people, paid."""
    with transaction() as session:
        shop.session = session
        listing = shop.listings[0]
        people = [
            gifts.Recipient(name, "13812341234", "440104", f"演示路{place}号", {listing.id: place})
            for place, name in enumerate(("张三丰", "李四光"), 1)
        ]
        placed = gifts.place_gifts(
            session, shop.buyer_actor, shop.basket(()), {listing.id: listing.price_fen}, people
        )
        order = service.lock_order(session, placed.orders[0]["number"])
        shop.pay(order)
        service.confirm(session, shop.seller_actor, order.number)
        return order.number


def test_parcels_are_masked_and_sent_one_by_one(seller: Visitor, gift: str) -> None:
    here = f"/producer/orders/{gift}"
    assert f'href="{here}/parcels"' in seller.read(here)
    listed = seller.read(f"{here}/parcels")
    assert "张*" in listed
    assert personal(listed) == []
    assert "张三丰" not in listed
    typed = {"parcels.0.tracking_no": "", "parcels.1.tracking_no": "YS2", "parcels.1.carrier": "演示快递"}
    page = text_of(seller.follow(seller.send(f"{here}/parcels/shipment", **typed)))
    assert "演示快递 YS2" in page
    assert "待发货" in page
    rest = seller.read(f"{here}/parcels/shipment")
    assert rest.count('name="parcels.') == 3  # number, carrier and tracking number of the one that is left
    seller.follow(seller.send(f"{here}/parcels/shipment", **{"parcels.0.tracking_no": "YS1"}))
    for parcel_no in (1, 2):
        seller.follow(seller.send(f"{here}/parcels", to=f"{here}/parcels/{parcel_no}/delivery"))
    with transaction() as session:
        assert session.scalars(select(SalesOrder.state).where(SalesOrder.number == gift)).one() == "delivered"


def test_nothing_typed_sends_nothing(seller: Visitor, gift: str) -> None:
    refused = seller.send(f"/producer/orders/{gift}/parcels/shipment")
    assert refused.status_code == 422
    assert "parcels" in main_of(refused)


def test_the_list_with_persons_is_handed_out_for_a_purpose_that_is_written_down(
    seller: Visitor, gift: str
) -> None:
    page = seller.read(f"/producer/orders/{gift}/parcels")
    address = page.split('action="', 1)[1].split('"', 1)[0]
    answer = seller.get(f"{address}?purpose=打印快递单&format=csv")
    assert answer.status_code == 200
    assert "张三丰" in answer.get_data(as_text=True)
    with transaction() as session:
        told = session.scalars(
            select(AuditRecord.purpose).where(AuditRecord.action == "orders.parcels.downloaded")
        ).one()
    assert told == "打印快递单"
