"""One checkout to many recipients: parcels add up to the lines, persons are sealed, shown to the two sides, and forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.models import AuditRecord
from marketplace.orders import service
from marketplace.orders.buying.models import Parcel, ParcelLine
from marketplace.orders.buying.service import gift_files, gifts, parcels
from marketplace.orders.buying.service.parcels import Sending
from marketplace.orders.models import OrderLine, SalesOrder, Shipment
from tests.orders_world import NOON, Shop, actor_of


def _recipient(name: str, **units: int) -> gifts.Recipient:
    return gifts.Recipient(
        name, "13812341234", "440104", "演示路1号", {uuid.UUID(key): n for key, n in units.items()}
    )


def _place(session: Session, shop: Shop, quantities: Sequence[Sequence[int]]) -> SalesOrder:
    """Recipients with so many units of each listing."""
    keys = [listing.id for listing in shop.listings]
    recipients = [
        gifts.Recipient(
            f"张三{place}",
            "13812341234",
            "440104",
            f"演示路{place}号",
            {key: n for key, n in zip(keys, row, strict=False) if n},
        )
        for place, row in enumerate(quantities)
    ]
    prices = {listing.id: listing.price_fen for listing in shop.listings}
    placed = gifts.place_gifts(session, shop.buyer_actor, shop.basket(()), prices, recipients)
    return service.lock_order(session, placed.orders[0]["number"])


def _states(session: Session, shop: Shop, order: SalesOrder) -> list[str]:
    found, statement = parcels.parcels_of(session, shop.buyer_actor, order.number)
    rows = session.execute(statement.order_by(Parcel.parcel_no)).all()
    return [row["state"] for row in parcels.shown(session, found, [(one[0], one[1]) for one in rows])]


def test_parcels_add_up_to_the_lines(session: Session, shop: Shop) -> None:
    order = _place(session, shop, [(2, 1, 0), (1, 0, 0), (0, 0, 3)])
    assert order.total_fen == 3 * 4_900 + 5_900 + 3 * 6_900
    packed = dict(
        session.execute(
            select(ParcelLine.line_id, func.sum(ParcelLine.quantity)).group_by(ParcelLine.line_id)
        ).all()
    )
    assert packed == {line.id: line.quantity for line in session.scalars(select(OrderLine))}
    assert _states(session, shop, order) == ["waiting"] * 3
    row = session.scalars(select(Parcel).where(Parcel.parcel_no == 1)).one()
    assert row.recipient_enc is not None
    assert "张三".encode() not in row.recipient_enc


@pytest.mark.parametrize("case", ["nobody", "nothing", "other listing"])
def test_what_does_not_add_up_is_refused_and_orders_nothing(session: Session, shop: Shop, case: str) -> None:
    prices = {shop.listings[0].id: 4_900}
    recipients = {
        "nobody": [],
        "nothing": [_recipient("张三")],
        "other listing": [_recipient("张三", **{str(shop.listings[1].id): 1})],
    }[case]
    with pytest.raises(Invalid):
        gifts.place_gifts(session, shop.buyer_actor, shop.basket(()), prices, recipients)
    assert session.scalar(select(func.count()).select_from(SalesOrder)) == 0


def test_parcels_are_shipped_and_delivered_one_by_one(session: Session, shop: Shop) -> None:
    order = _place(session, shop, [(1, 0, 0), (1, 1, 0), (0, 2, 0)])
    shop.pay(order)
    service.confirm(session, shop.seller_actor, order.number)
    parcels.ship_parcels(session, shop.seller_actor, order.number, [Sending(1, "演示快递", "A1")])
    parcels.ship_parcels(session, shop.seller_actor, order.number, [Sending(2)])
    assert _states(session, shop, order) == ["shipped", "shipped", "waiting"]
    with pytest.raises(Conflict) as twice:
        parcels.ship_parcels(session, shop.seller_actor, order.number, [Sending(1)])
    assert twice.value.code == "parcel_sent"
    parcels.deliver_parcel(session, shop.buyer_actor, order.number, 1)
    with pytest.raises(Conflict):
        parcels.deliver_parcel(session, shop.buyer_actor, order.number, 3)
    done = parcels.ship_parcels(session, shop.seller_actor, order.number, [Sending(3)])
    assert done.state == "shipped"
    assert _states(session, shop, order) == ["delivered", "shipped", "shipped"]
    parcels.deliver_parcel(session, shop.seller_actor, order.number, 2)
    assert parcels.deliver_parcel(session, shop.seller_actor, order.number, 3).state == "delivered"
    assert _states(session, shop, order) == ["delivered"] * 3
    assert session.scalar(select(func.count()).select_from(Shipment)) == 3
    assert [(line.quantity, line.shipped) for line in shop.lines(order)] == [(2, 2), (3, 3)]


def test_an_order_leaves_in_more_than_two_parts(session: Session, shop: Shop) -> None:
    order = shop.place([3])
    shop.pay(order)
    service.confirm(session, shop.seller_actor, order.number)
    states = [
        service.ship(session, shop.seller_actor, order.number, parts=[service.Part(1, 1)]).state
        for _ in range(3)
    ]
    assert states == ["partly_shipped", "partly_shipped", "shipped"]


def test_the_list_with_persons_is_for_the_two_sides_and_is_recorded(session: Session, shop: Shop) -> None:
    order = _place(session, shop, [(1, 0, 0), (0, 2, 0)])
    text = parcels.parcel_file(session, shop.seller_actor, order.number, "csv", "发货").decode("utf-8-sig")
    assert "张三0,13812341234,440104" in text
    assert text.count("\r\n") == 3
    session.flush()
    record = session.scalars(
        select(AuditRecord).where(AuditRecord.action == "orders.parcels.downloaded")
    ).one()
    assert (record.purpose, record.detail) == ("发货", {"parcels": 2})
    with pytest.raises(Forbidden):
        parcels.parcel_file(session, actor_of("platform_operator"), order.number, "csv", "看")
    stranger = actor_of("producer", shop.world.producer().organisation_id)
    with pytest.raises(NotFound):
        parcels.parcel_file(session, stranger, order.number, "csv", "看")
    with pytest.raises(NotFound):
        parcels.ship_parcels(session, stranger, order.number, [Sending(1)])


def test_persons_are_forgotten_when_the_time_after_the_end_is_over(session: Session, shop: Shop) -> None:
    order = _place(session, shop, [(1, 0, 0), (0, 2, 0)])
    kept = _place(session, shop, [(1, 0, 0)])
    service.cancel(session, shop.buyer_actor, order.number, "取消")
    with frozen_at(NOON + timedelta(days=179)):
        assert gifts.forget_recipients(session) == 0
    with frozen_at(NOON + timedelta(days=180)):
        assert gifts.forget_recipients(session) == 2
        assert gifts.forget_recipients(session) == 0
    session.expire_all()
    left = session.scalars(select(Parcel).where(Parcel.recipient_enc.is_not(None))).all()
    assert [row.order_id for row in left] == [kept.id]
    found, statement = parcels.parcels_of(session, shop.buyer_actor, order.number)
    rows = [(one[0], one[1]) for one in session.execute(statement).all()]
    shown = parcels.shown(session, found, rows)
    assert {(row["name"], row["telephone"], row["state"]) for row in shown} == {(None, None, "cancelled")}


def test_a_file_of_recipients_is_read_with_every_error_by_row() -> None:
    keys = [uuid.uuid4(), uuid.uuid4()]
    good = "姓名,电话,区划,地址,商品1,商品2\n张三,13812341234,440104,演示路1号,2,\n李四,13912341234,越秀区,演示路2号,,1\n"
    found, errors = gift_files.read_recipients(good.encode(), keys)
    assert errors == []
    assert [one.quantities for one in found] == [{keys[0]: 2}, {keys[1]: 1}]
    assert {one.area for one in found} == {"440104"}
    bad = "姓名,电话,区划,地址,商品1,商品2\n张三,abc,无此地,演示路1号,-1,\n李四,13912341234,440104,演示路2号,,\n"
    _, errors = gift_files.read_recipients(bad.encode(), keys)
    assert [(error.row, error.code) for error in errors] == [
        (2, "telephone"), (2, "unknown_division"), (2, "out_of_range"), (3, "recipient_empty"),
    ]  # fmt: skip
