"""Orders on the producer's pages: what waits, confirm, freight, ship in parts, refuse, papers for packing."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from marketplace.core.db import transaction
from marketplace.orders import service
from marketplace.orders.models import OrderEvent, SalesOrder
from tests.orders_world import Shop
from tests.support.statements import counted
from tests.support.visitors import HTTPS, Visitor, form_of, main_of, text_of

Visit = Callable[..., Visitor]


def kept(number: str) -> SalesOrder:
    with transaction() as session:
        return session.scalars(select(SalesOrder).where(SalesOrder.number == number)).one()


def test_the_start_says_how_many_orders_wait_and_leads_to_them(seller: Visitor, order: str) -> None:
    start = seller.read("/producer")
    assert "待确认订单 1" in text_of(start)
    assert order in seller.read("/producer/orders?task=to_confirm")
    assert order not in seller.read("/producer/orders?task=to_ship")


def test_an_order_is_confirmed_and_leaves_in_two_parts(seller: Visitor, order: str) -> None:
    here = f"/producer/orders/{order}"
    assert "待发货" in seller.follow(seller.send(here, to=f"{here}/confirmation"))
    answer = seller.send(
        f"{here}/shipment",
        **{
            "lines.0.quantity": "1",
            "lines.1.quantity": "",
            "carrier": "<b>演示快递</b>",
            "tracking_no": "T1",
        },
    )
    page = seller.follow(answer)
    assert "部分发货" in page
    assert "&lt;b&gt;演示快递&lt;/b&gt;" in page
    rest = seller.read(f"{here}/shipment")
    assert 'name="lines.0.quantity" type="text" value="1"' in rest
    assert 'name="lines.1.quantity" type="text" value="3"' in rest
    seller.follow(seller.send(f"{here}/shipment", **{"lines.0.quantity": "1", "lines.1.quantity": "3"}))
    assert kept(order).state == "shipped"
    seller.follow(seller.send(here, to=f"{here}/delivery"))
    assert kept(order).state == "delivered"


def test_too_many_units_are_refused_at_the_line_where_they_were_typed(seller: Visitor, order: str) -> None:
    here = f"/producer/orders/{order}"
    seller.send(here, to=f"{here}/confirmation")
    answer = seller.send(f"{here}/shipment", **{"lines.0.quantity": "", "lines.1.quantity": "9"})
    assert answer.status_code == 422
    shown = main_of(answer)
    assert 'id="f-lines-1-quantity-error"' in shown
    assert 'id="f-lines-0-quantity-error"' not in shown
    assert 'value="9"' in shown
    assert kept(order).state == "confirmed"


def test_a_confirmation_sent_twice_is_one_step(seller: Visitor, order: str) -> None:
    here = f"/producer/orders/{order}"
    form = form_of(seller.read(here), f"{here}/confirmation")
    for _ in range(2):
        answer = seller.client.post(f"{here}/confirmation", data=form, base_url=HTTPS)
        assert answer.status_code == 303
    with transaction() as session:
        kinds = session.scalars(
            select(OrderEvent.kind).join(SalesOrder, SalesOrder.id == OrderEvent.order_id)
        ).all()
    assert kinds.count("confirmed") == 1


def test_a_refusal_needs_a_reason_and_tells_it(seller: Visitor, order: str) -> None:
    here = f"/producer/orders/{order}"
    answer = seller.send(f"{here}/refusal", reason=" ")
    assert answer.status_code == 422
    assert 'id="f-reason-error"' in main_of(answer)
    page = seller.follow(seller.send(f"{here}/refusal", reason="霜冻减产"))
    assert "已取消" in page
    assert "霜冻减产" in page
    assert "现在可以办理" not in page


def test_freight_is_typed_in_yuan_and_refused_once_goods_have_left(seller: Visitor, order: str) -> None:
    here = f"/producer/orders/{order}"
    page = seller.follow(seller.send(f"{here}/freight", freight_fen="12.50"))
    assert "¥12.50" in page
    assert kept(order).freight_fen == 1_250
    seller.send(here, to=f"{here}/confirmation")
    seller.follow(seller.send(f"{here}/shipment", **{"lines.0.quantity": "2"}))
    refused = seller.client.post(
        f"{here}/freight",
        data=form_of(seller.read(f"{here}/freight")) | {"freight_fen": "1"},
        base_url=HTTPS,
    )
    assert refused.status_code == 409
    assert "运费不能再改" in main_of(refused)


def test_the_papers_for_packing_show_what_is_left_and_where_it_goes(seller: Visitor, order: str) -> None:
    picking = text_of(seller.read(f"/producer/orders/{order}/picking-list"))
    assert "待拣" in picking
    assert "演示收货人" not in picking
    note = text_of(seller.read(f"/producer/orders/{order}/delivery-note"))
    assert "演示收货人" in note
    assert "演示路1号" in note


def test_what_cannot_be_done_has_no_button(visitor: Visit, shop: Shop, order: str) -> None:
    finance = visitor("producer_finance", organisation_id=shop.seller_actor.organisation_id)
    page = finance.read(f"/producer/orders/{order}")
    assert "确认接单" not in page
    assert finance.get(f"/producer/orders/{order}/shipment").status_code == 403


def test_another_producer_and_a_citizen_see_nothing(visitor: Visit, shop: Shop, order: str) -> None:
    with transaction() as session:
        shop.world.session = session
        elsewhere = shop.world.producer(name="别家合作社").organisation_id
    other = visitor("producer", organisation_id=elsewhere)
    assert other.get(f"/producer/orders/{order}").status_code == 404
    assert order not in other.read("/producer/orders")
    buyer = visitor("buyer", organisation_id=shop.buyer.id)
    assert buyer.get("/producer").status_code == 403


def test_a_return_is_answered_on_its_order(seller: Visitor, shop: Shop, order: str) -> None:
    with transaction() as session:
        shop.session = session
        sold = service.lock_order(session, order)
        shop.deliver(sold)
        service.accept(session, shop.buyer_actor, order)
        back = service.request_return(
            session, shop.buyer_actor, order, [service.Part(1, 1)], "quality"
        ).number
    assert back in seller.read("/producer/returns?state=requested")
    here = f"/producer/orders/{order}"
    seller.follow(seller.send(f"{here}/returns/{back}/decision", approve="true", opinion="同意"))
    page = seller.follow(seller.send(here, to=f"{here}/returns/{back}/receipt"))
    assert "已收到退货" not in page
    assert back not in seller.read("/producer/returns?state=requested")


def test_the_list_takes_few_statements_and_is_a_file_too(seller: Visitor, order: str) -> None:
    with counted() as few:
        seller.read("/producer/orders")
    answer = seller.get("/producer/orders?format=csv")
    assert order in answer.get_data(as_text=True)
    assert len(few) <= ALLOWED, few


#: The list, its tabs, the badge of the menu, and what the frame of every page asks.
ALLOWED = 9
