"""From confirmation to evaluation: what each step asks, does and refuses, and when lines count."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.catalogue.models import StockItem
from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict, Forbidden, IllegalTransition, Invalid, NotFound
from marketplace.orders import service
from marketplace.orders.models import OrderEvent, OrderReturn, SalesOrder
from marketplace.orders.service.queries import standing_of
from marketplace.orders.service.reading import lines_of
from marketplace.payments.models import Refund
from tests.catalogue_world import differences
from tests.orders_world import NOON, Heard, Shop, actor_of, open_shop


def _stock(shop: Shop) -> tuple[int, int]:
    row = shop.session.execute(
        select(StockItem.on_hand, StockItem.reserved).where(StockItem.id == shop.listings[0].stock_item_id)
    ).one()
    return row.on_hand, row.reserved


def _missing(shop: Shop, order: SalesOrder) -> list[str]:
    return [fact for fact, _ in standing_of(order, lines_of(shop.session, order)[0]).missing]


def test_an_832_line_counts_with_the_evaluation_and_not_before(shop: Shop, heard: Heard) -> None:
    order = shop.place([2])
    assert _missing(shop, order) == ["delivered", "accepted", "paid", "evaluated"]
    shop.pay(order)
    assert _missing(shop, order) == ["delivered", "accepted", "evaluated"]
    shop.deliver(order)
    assert _missing(shop, order) == ["accepted", "evaluated"]
    service.accept(shop.session, shop.buyer_actor, order.number)
    assert _missing(shop, order) == ["evaluated"]
    assert heard.counted == []
    with frozen_at(NOON + timedelta(days=3)):
        service.evaluate(shop.session, shop.buyer_actor, order.number, stars=4, comment="好")
    assert _missing(shop, order) == []
    [fact] = heard.counted
    [line] = fact.lines
    assert (fact.source, fact.event_id) == ("order", order.id)
    assert (line.sale_fen, line.quantity_milli, line.weight_g) == (9800, 2000, 5000)
    assert (line.sold_at, line.counted_at) == (NOON, NOON + timedelta(days=3))
    assert (line.frozen.goods_class, line.frozen.scheme, line.frozen.schemes) == (
        "certified_aid",
        "national_2020",
        ("national_2020",),
    )
    assert (line.frozen.channel_kind, line.frozen.channel_area, line.frozen.origin_area) == (
        "platform_832",
        "440106",
        "469025",
    )
    assert (line.frozen.buyer_kind, line.frozen.buyer_area, line.frozen.buyer_sector) == (
        "budget_unit",
        "440100",
        "education",
    )
    assert (line.frozen.reserve_year, line.frozen.participation_mode) == (2020, "government_procurement")
    assert (order.counted_at, line.frozen.is_demo) == (NOON + timedelta(days=3), True)


def test_goods_first_money_later_counts_with_the_payment(shop: Shop, heard: Heard) -> None:
    order = shop.place([2], payment_method="after_delivery")
    shop.deliver(order)
    assert order.due_on == date(2020, 10, 31)
    service.accept(shop.session, shop.buyer_actor, order.number)
    service.evaluate(shop.session, shop.buyer_actor, order.number, stars=5)
    assert heard.counted == []
    shop.pay(order)
    assert [line.sale_fen for line in heard.counted[0].lines] == [9800]


def test_a_contract_of_90_days_is_due_after_60_for_a_public_buyer(shop: Shop) -> None:
    order = shop.place([2], payment_method="after_delivery", contract_days=90)
    shop.deliver(order)
    assert order.due_on == date(2020, 11, 30)


def test_a_counter_sale_counts_when_it_is_paid_and_handed_over(session: Session, heard: Heard) -> None:
    shop = open_shop(session, kind="counter", buyer_kind="enterprise")
    order = shop.place([1])
    shop.pay(order)
    assert heard.counted == []
    shop.deliver(order)
    assert [line.sale_fen for line in heard.counted[0].lines] == [4900]


def test_goods_to_be_paid_first_do_not_leave_before_the_whole_sum_is_there(shop: Shop) -> None:
    order = shop.place([2])
    service.confirm(shop.session, shop.seller_actor, order.number)
    shop.pay(order, 9799)
    with pytest.raises(Conflict) as refused:
        service.ship(shop.session, shop.seller_actor, order.number)
    assert refused.value.code == "not_paid"
    assert (order.state, _stock(shop)) == ("confirmed", (100, 2))


def test_an_order_ships_in_parts_and_its_stock_leaves_with_them(shop: Shop) -> None:
    order = shop.place([5])
    shop.pay(order)
    service.confirm(shop.session, shop.seller_actor, order.number)
    service.ship(
        shop.session, shop.seller_actor, order.number, parts=[service.Part(1, 2)], carrier="演示快递"
    )
    assert (order.state, _stock(shop)) == ("partly_shipped", (98, 3))
    with pytest.raises(IllegalTransition):
        service.deliver(shop.session, shop.seller_actor, order.number)
    with pytest.raises(Invalid) as refused:
        service.ship(shop.session, shop.seller_actor, order.number, parts=[service.Part(1, 4)])
    assert refused.value.pointer == "/lines/0/quantity"
    service.ship(shop.session, shop.seller_actor, order.number)
    assert (order.state, _stock(shop)) == ("shipped", (95, 0))
    assert differences(shop.session) == []


def test_a_producer_who_cannot_ship_the_rest_gives_its_stock_and_money_back(shop: Shop, heard: Heard) -> None:
    order = shop.place([5])
    shop.pay(order)
    service.confirm(shop.session, shop.seller_actor, order.number)
    with pytest.raises(Conflict) as refused:
        service.declare_shortfall(shop.session, shop.seller_actor, order.number, "歉收")
    assert refused.value.code == "not_partly_shipped"
    service.ship(shop.session, shop.seller_actor, order.number, parts=[service.Part(1, 3)])
    service.declare_shortfall(shop.session, shop.seller_actor, order.number, "歉收")
    assert (order.state, _stock(shop), order.deducted_fen) == ("shipped", (97, 0), 9800)
    assert [refund.amount_fen for refund in shop.session.scalars(select(Refund))] == [9800]
    service.deliver(shop.session, shop.seller_actor, order.number)
    service.accept(shop.session, shop.buyer_actor, order.number)
    service.evaluate(shop.session, shop.buyer_actor, order.number, stars=4)
    [line] = heard.counted[0].lines
    assert (line.sale_fen, line.quantity_milli) == (14_700, 3000)
    assert differences(shop.session) == []


def test_a_second_confirmation_is_409_and_changes_nothing(shop: Shop) -> None:
    order = shop.place([1])
    service.confirm(shop.session, shop.seller_actor, order.number)
    version = order.row_version
    with pytest.raises(IllegalTransition) as refused:
        service.confirm(shop.session, shop.seller_actor, order.number)
    assert refused.value.extra["allowed"] == ["partly_shipped", "shipped", "cancelled"]
    assert service.lock_order(shop.session, order.number).row_version == version


def test_the_buyer_may_not_confirm_and_a_stranger_does_not_learn_of_the_order(shop: Shop) -> None:
    order = shop.place([1])
    with pytest.raises(Forbidden):
        service.confirm(shop.session, shop.buyer_actor, order.number)
    stranger = actor_of("producer", shop.world.producer().organisation_id)
    with pytest.raises(NotFound):
        service.confirm(shop.session, stranger, order.number)
    with pytest.raises(NotFound):
        service.picture(shop.session, stranger, order.number)


def test_rejected_units_of_an_unpaid_order_lower_what_is_due(shop: Shop, heard: Heard) -> None:
    order = shop.place([3], payment_method="after_delivery")
    shop.deliver(order)
    refused = service.Rejected([service.Part(1, 1)], "破损")
    service.accept(shop.session, shop.buyer_actor, order.number, refused)
    assert (order.state, order.deducted_fen, service.due_fen(order)) == ("partly_accepted", 4900, 9800)
    assert shop.session.scalars(select(OrderReturn.state)).all() == ["settled"]
    service.evaluate(shop.session, shop.buyer_actor, order.number, stars=3)
    shop.pay(order)
    [line] = heard.counted[0].lines
    assert (line.sale_fen, line.quantity_milli) == (9800, 2000)
    assert shop.session.scalars(select(Refund)).all() == []


def test_rejected_units_of_a_paid_order_are_owed_back_and_never_count(shop: Shop, heard: Heard) -> None:
    order = shop.place([3])
    shop.pay(order)
    shop.deliver(order)
    service.accept(
        shop.session, shop.buyer_actor, order.number, service.Rejected([service.Part(1, 1)], "破损")
    )
    service.evaluate(shop.session, shop.buyer_actor, order.number, stars=3)
    [refund] = shop.session.scalars(select(Refund)).all()
    assert (refund.amount_fen, refund.state) == (4900, "requested")
    assert [line.sale_fen for line in heard.counted[0].lines] == [9800]
    assert heard.reversed == []


def test_an_order_of_which_every_unit_is_rejected_closes_and_owes_nothing(shop: Shop, heard: Heard) -> None:
    order = shop.place([3], payment_method="after_delivery")
    shop.deliver(order)
    service.accept(
        shop.session, shop.buyer_actor, order.number, service.Rejected([service.Part(1, 3)], "变质")
    )
    assert (order.state, order.payment_state, service.due_fen(order)) == ("closed", "void", 0)
    assert _missing(shop, order) == []
    assert heard.counted == []


def test_a_second_evaluation_is_refused(shop: Shop, heard: Heard) -> None:
    order = shop.complete([1])
    with pytest.raises(IllegalTransition):
        service.evaluate(shop.session, shop.buyer_actor, order.number, stars=1)
    assert len(heard.counted) == 1


def test_an_unpaid_order_is_cancelled_once_and_its_stock_comes_back(shop: Shop) -> None:
    order = shop.place([2])
    service.cancel(shop.session, shop.buyer_actor, order.number, "重复下单")
    assert (order.state, order.payment_state, _stock(shop)) == ("cancelled", "void", (100, 0))
    with pytest.raises(IllegalTransition):
        service.cancel(shop.session, shop.buyer_actor, order.number, "重复下单")
    assert _stock(shop) == (100, 0)
    assert shop.session.scalars(select(Refund)).all() == []


def test_a_shipped_order_cannot_be_cancelled(shop: Shop) -> None:
    order = shop.place([2], payment_method="after_delivery")
    service.confirm(shop.session, shop.seller_actor, order.number)
    service.ship(shop.session, shop.seller_actor, order.number)
    with pytest.raises(IllegalTransition):
        service.cancel(shop.session, shop.buyer_actor, order.number, "不要了")
    assert (order.state, _stock(shop)) == ("shipped", (98, 0))


def test_the_payment_day_is_put_off_once_by_15_days(shop: Shop) -> None:
    order = shop.place([1])
    service.extend_deadline(shop.session, shop.buyer_actor, order.number)
    assert order.due_on == date(2020, 11, 15)
    with pytest.raises(Conflict) as refused:
        service.extend_deadline(shop.session, shop.buyer_actor, order.number)
    assert refused.value.code == "not_extendable"


def test_prepaid_orders_that_nobody_paid_are_cancelled_the_day_after(shop: Shop) -> None:
    late, paid = shop.place([1]), shop.place([1])
    shop.pay(paid)
    with frozen_at(NOON + timedelta(days=30)):
        assert service.cancel_unpaid(shop.session) == 0
    with frozen_at(NOON + timedelta(days=31)):
        assert service.cancel_unpaid(shop.session) == 1
    assert (late.state, paid.state) == ("cancelled", "placed")
    assert _stock(shop) == (100, 1)


def test_finished_orders_close_after_30_days_unless_a_return_is_under_way(shop: Shop) -> None:
    done, disputed, open_ = shop.complete([1]), shop.complete([1]), shop.place([1])
    service.request_return(shop.session, shop.buyer_actor, disputed.number, [service.Part(1, 1)], "quality")
    with frozen_at(NOON + timedelta(days=31)):
        assert service.close_finished(shop.session) == 1
    assert [order.state for order in (done, disputed, open_)] == ["closed", "evaluated", "placed"]


def test_every_step_leaves_one_line_of_history(shop: Shop) -> None:
    order = shop.complete([1])
    kinds = shop.session.scalars(
        select(OrderEvent.kind).where(OrderEvent.order_id == order.id).order_by(OrderEvent.id)
    ).all()
    assert kinds == [
        "placed",
        "paid",
        "confirmed",
        "shipped",
        "delivered",
        "accepted",
        "evaluated",
        "counted",
    ]


def _notices(shop: Shop, kind: str) -> list[tuple[object, dict[str, object]]]:
    rows = shop.session.scalars(select(InboxNotice).where(InboxNotice.kind == kind).order_by(InboxNotice.id))
    return [(row.organisation_id, row.detail) for row in rows]


def test_the_other_side_is_told_of_a_cancellation(shop: Shop) -> None:
    order = shop.place([1])
    service.cancel(shop.session, shop.buyer_actor, order.number, "重复下单")
    assert _notices(shop, "order_cancelled") == [(order.producer_organisation_id, {})]
