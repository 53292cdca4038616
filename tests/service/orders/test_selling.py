"""What waits for a seller, counted at once."""

from marketplace.orders import service
from marketplace.orders.service import selling
from tests.orders_world import Shop


def counts(shop: Shop) -> dict[str, int]:
    return {task: count for task, count in selling.tasks_of(shop.session, shop.seller_actor).items() if count}


def test_an_order_waits_for_its_seller_by_what_is_to_be_done(shop: Shop) -> None:
    paid_later = shop.place([1], payment_method="after_delivery")
    prepaid = shop.place([1])
    assert counts(shop) == {"to_confirm": 2}
    for order in (paid_later, prepaid):
        service.confirm(shop.session, shop.seller_actor, order.number)
    assert counts(shop) == {"to_ship": 1, "waits_for_payment": 1}
    shop.pay(prepaid)
    assert counts(shop) == {"to_ship": 2}
    service.ship(shop.session, shop.seller_actor, prepaid.number)
    assert counts(shop) == {"to_ship": 1, "on_the_way": 1}
    found = shop.session.scalars(selling.orders_for(shop.seller_actor, "to_ship")).all()
    assert [order.number for order in found] == [paid_later.number]


def test_a_return_waits_until_the_goods_are_back(shop: Shop) -> None:
    order = shop.complete()
    row = service.request_return(
        shop.session, shop.buyer_actor, order.number, [service.Part(1, 1)], "quality"
    )
    assert counts(shop) == {"returns": 1}
    listed = shop.session.execute(service.returns_with_orders(shop.seller_actor)).one()
    assert (listed[0].number, listed[1], listed[2]) == (row.number, order.number, "演示预算单位")
    service.decide_return(shop.session, shop.seller_actor, row.number, approve=True, opinion=None)
    service.receive_return(shop.session, shop.seller_actor, row.number)
    assert counts(shop) == {}
