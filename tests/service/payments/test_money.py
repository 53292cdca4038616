"""Money recorded by finance: never above due, never another currency, the same bank line once; certificates at payment."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from marketplace.accounts.models import InboxNotice
from marketplace.catalogue.models import StockItem
from marketplace.certification.models import Certificate
from marketplace.core.clock import frozen_at
from marketplace.core.errors import (
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    Invalid,
)
from marketplace.orders import service
from marketplace.orders.models import OrderEvent, SalesOrder
from marketplace.payments import service as payments
from marketplace.payments.models import Payment, Refund
from tests.orders_world import NOON, Heard, Shop, actor_of


def _record(shop: Shop, order: SalesOrder, **changes: object) -> Payment:
    values: dict[str, object] = {
        "amount_fen": 9800,
        "currency": "CNY",
        "reference": "R-1",
        "payer_name": "演示预算单位",
        "paid_at": NOON,
    }
    return payments.record_transfer(shop.session, shop.finance, order.number, **(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_fen": 9801}, "above_due"),
        ({"amount_fen": 0}, "amount_fen"),
        ({"amount_fen": -1}, "amount_fen"),
        ({"currency": "USD"}, "currency"),
        ({"paid_at": NOON + timedelta(seconds=1)}, "paid_at"),
        ({"paid_at": NOON - timedelta(seconds=1)}, "paid_at"),
    ],
)
def test_a_wrong_amount_currency_or_instant_is_refused(
    shop: Shop, changes: dict[str, object], code: str
) -> None:
    order = shop.place([2])
    with pytest.raises(DomainError) as refused:
        _record(shop, order, **changes)
    assert refused.value.code == code
    assert isinstance(refused.value, Conflict | Invalid)
    fresh = service.lock_order(shop.session, order.number)
    assert (fresh.paid_fen, fresh.payment_state, fresh.sold_at) == (0, "unpaid", None)
    assert shop.session.scalar(select(func.count()).select_from(Payment)) == 0


def test_parts_add_up_and_the_one_that_completes_the_sum_is_the_sale(shop: Shop) -> None:
    order = shop.place([2])
    _record(shop, order, amount_fen=4000)
    assert (order.payment_state, order.sold_at, order.paid_at) == ("partly_paid", None, None)
    later = NOON + timedelta(days=2)
    with frozen_at(later + timedelta(hours=1)):
        _record(shop, order, amount_fen=5800, reference="R-2", paid_at=later)
    assert (order.payment_state, order.sold_at, order.paid_at) == ("paid", later, later)
    with pytest.raises(Conflict) as refused:
        _record(shop, order, amount_fen=1, reference="R-3")
    assert refused.value.code == "above_due"


def test_only_finance_of_the_seller_or_the_platform_records_money(shop: Shop) -> None:
    order = shop.place([2])
    for actor in (shop.buyer_actor, shop.seller_actor):
        with pytest.raises(Forbidden):
            payments.record_transfer(
                shop.session,
                actor,
                order.number,
                amount_fen=9800,
                currency="CNY",
                reference="R-1",
                payer_name="x",
                paid_at=NOON,
            )
    own = actor_of("producer_finance", order.producer_organisation_id)
    payments.record_transfer(
        shop.session,
        own,
        order.number,
        amount_fen=9800,
        currency="CNY",
        reference="R-1",
        payer_name="x",
        paid_at=NOON,
    )
    assert order.payment_state == "paid"


def test_a_certificate_in_force_at_the_payment_makes_the_line_certified_aid(shop: Shop) -> None:
    order = shop.place([2])
    shop.pay(order)
    line = shop.lines(order)[0]
    assert (line.goods_class, line.goods_class_reason) == ("certified_aid", None)
    assert (line.certificate_id, line.scheme) == (line.shown_certificate_id, "national_2020")


def test_a_certificate_that_lapsed_before_the_payment_leaves_area_produce_with_the_reason(
    shop: Shop, heard: Heard
) -> None:
    order = shop.place([2])
    shop.session.execute(update(Certificate).values(valid_to=date(2020, 10, 1)))
    with frozen_at(NOON + timedelta(days=1)):
        shop.pay(order, at=NOON + timedelta(days=1))
    line = shop.lines(order)[0]
    assert line.shown_goods_class == "certified_aid"
    assert (line.goods_class, line.goods_class_reason) == ("area_produce", "certificate_expired")
    assert (line.certificate_id, line.scheme, line.schemes) == (None, None, [])
    told = shop.session.scalars(
        select(InboxNotice.detail).where(
            InboxNotice.kind == "payment_recorded", InboxNotice.organisation_id == shop.buyer.id
        )
    ).all()
    assert told == [{"certificate_lapsed": [1]}]
    assert "certificate_lapsed" in shop.session.scalars(select(OrderEvent.kind)).all()
    with frozen_at(NOON + timedelta(days=1)):
        service.cancel(shop.session, shop.buyer_actor, order.number, "认定已失效")
    assert order.state == "cancelled"


def test_paid_in_the_last_second_of_validity_counts_and_a_second_later_does_not(shop: Shop) -> None:
    last_second = NOON.replace(hour=15, minute=59, second=59)  # 23:59:59 in Shanghai
    shop.session.execute(update(Certificate).values(valid_to=date(2020, 10, 1)))
    in_time, too_late = shop.place([1]), shop.place([1])
    with frozen_at(NOON + timedelta(days=2)):
        shop.pay(in_time, at=last_second)
        shop.pay(too_late, at=last_second + timedelta(seconds=1))
    assert shop.lines(in_time)[0].goods_class == "certified_aid"
    assert shop.lines(too_late)[0].goods_class == "area_produce"


def test_the_goods_class_is_resolved_once_and_a_later_revocation_does_not_move_it(shop: Shop) -> None:
    order = shop.place([2], payment_method="after_delivery")
    shop.session.execute(update(Certificate).values(revoked_at=NOON, void_from=NOON))
    shop.deliver(order)
    with frozen_at(NOON + timedelta(days=1)):
        shop.pay(order)
    line = shop.lines(order)[0]
    assert (line.goods_class, order.sold_at) == ("certified_aid", NOON)


def test_a_paid_order_that_is_cancelled_owes_all_back_and_gives_its_stock_back_once(
    shop: Shop, heard: Heard
) -> None:
    order = shop.place([2])
    shop.pay(order)
    service.cancel(shop.session, shop.seller_actor, order.number, "无货")
    [refund] = shop.session.scalars(select(Refund)).all()
    assert (refund.amount_fen, refund.state) == (9800, "requested")
    stock = shop.session.execute(
        select(StockItem.on_hand, StockItem.reserved).where(StockItem.id == shop.listings[0].stock_item_id)
    ).one()
    assert tuple(stock) == (100, 0)
    with pytest.raises(IllegalTransition):
        service.cancel(shop.session, shop.seller_actor, order.number, "无货")
    with pytest.raises(Conflict) as refused:
        _record(shop, order, amount_fen=1)
    assert refused.value.code == "order_cancelled"
    payments.confirm_refund(shop.session, shop.finance, refund.number, reference="B-1")
    assert (order.payment_state, order.refunded_fen) == ("refunded", 9800)
    assert (heard.counted, heard.reversed) == ([], [])


def test_a_partly_paid_order_that_is_cancelled_owes_back_what_was_received(shop: Shop) -> None:
    order = shop.place([2])
    shop.pay(order, 1234)
    service.cancel(shop.session, shop.buyer_actor, order.number, "不要了")
    assert shop.session.scalars(select(Refund.amount_fen)).all() == [1234]
