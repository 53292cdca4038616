"""Checkout: one order per producer, everything frozen, stock reserved, or nothing at all."""

import uuid
from datetime import date

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, OrganisationPlace
from marketplace.catalogue.models import Listing, StockItem
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Forbidden, Invalid, OutOfStock, PriceChanged
from marketplace.core.privacy import Cell, vault
from marketplace.orders import service
from marketplace.orders.models import Checkout, OrderEvent, OrderLine, SalesOrder
from tests.catalogue_world import differences
from tests.orders_world import NOON, Heard, Shop, actor_of, open_shop


def _counts(session: Session) -> tuple[int, int, int]:
    return tuple(  # type: ignore[return-value]
        session.scalar(select(func.count()).select_from(table)) for table in (Checkout, SalesOrder, OrderLine)
    )


def _reserved(session: Session, listing: Listing) -> tuple[int, int]:
    row = session.execute(
        select(StockItem.on_hand, StockItem.reserved).where(StockItem.id == listing.stock_item_id)
    ).one()
    return row.on_hand, row.reserved


def test_an_order_freezes_names_prices_tax_and_the_buyers_place(shop: Shop) -> None:
    order = shop.place([2], fund_source="canteen")
    line = shop.lines(order)[0]
    assert (order.total_fen, order.tax_fen) == (9800, 809)
    assert (line.amount_fen, line.tax_fen, line.quantity, line.unit_price_fen) == (9800, 809, 2, 4900)
    assert (order.buyer_name, order.buyer_kind, order.buyer_area) == ("演示预算单位", "budget_unit", "440100")
    assert order.buyer_path == str(shop.buyer.organisation_no)
    assert (order.participation_mode, order.budget_unit_id) == ("government_procurement", shop.buyer.id)
    assert (order.reserve_year, order.fund_source) == (2020, "canteen")
    assert (order.state, order.payment_state, order.invoice_state) == ("placed", "unpaid", "none")
    assert order.due_on == date(2020, 10, 31)
    assert (line.channel_kind, line.counting_policy) == ("platform_832", "platform_832_2019")
    assert (line.shown_goods_class, line.goods_class) == ("certified_aid", None)
    assert _reserved(shop.session, shop.listings[0]) == (100, 2)
    assert differences(shop.session) == []


def test_a_later_change_of_the_listing_does_not_touch_the_order(shop: Shop) -> None:
    order = shop.place([2])
    shop.session.execute(update(Listing).values(title="改名", price_fen=9900))
    shop.session.execute(update(Organisation).values(name="改名"))
    line = shop.lines(order)[0]
    assert line.product_name != "改名"
    assert line.unit_price_fen == 4900
    assert service.lock_order(shop.session, order.number).buyer_name == "演示预算单位"


def test_order_numbers_are_short_and_have_no_look_alikes(shop: Shop) -> None:
    order = shop.place([1])
    assert len(order.number) == 13
    assert not set(order.number) & set("ILOU")


def test_the_delivery_address_is_stored_encrypted_for_its_row(shop: Shop) -> None:
    order = shop.place([1])
    assert order.deliver_to_enc is not None
    assert "演示路".encode() not in order.deliver_to_enc
    text = vault().decrypt(Cell("orders.sales_order", "deliver_to_enc", order.id), order.deliver_to_enc)
    assert "演示路1号" in text
    seen = service.delivery_address(shop.session, shop.seller_actor, order.number, "发货")
    assert seen["telephone"] == "020-00000000"
    with pytest.raises(Forbidden):
        service.delivery_address(shop.session, actor_of("county_officer"), order.number, "查看")


def test_pay_after_delivery_is_sold_at_placement_with_its_certificate(shop: Shop) -> None:
    order = shop.place([2], payment_method="after_delivery", contract_days=90)
    line = shop.lines(order)[0]
    assert (order.sold_at, order.due_on) == (NOON, None)
    assert (line.goods_class, line.scheme, line.schemes) == (
        "certified_aid",
        "national_2020",
        ["national_2020"],
    )
    assert line.certificate_id == line.shown_certificate_id
    assert order.payment_terms == {"capped": True, "contract_days": 90}


def test_pay_after_delivery_is_refused_to_an_account_that_no_unit_opened(shop: Shop) -> None:
    own = actor_of("buyer", shop.buyer.id, opened_by_unit=False)
    with pytest.raises(Forbidden) as refused:
        service.place(shop.session, own, shop.basket([1], payment_method="after_delivery"))
    assert refused.value.code == "not_opened_by_unit"
    assert _counts(shop.session) == (0, 0, 0)


def test_another_price_is_refused_with_the_present_one_and_nothing_is_placed(shop: Shop) -> None:
    wanted = [service.Wanted(shop.listings[0].id, 2, 4800)]
    with pytest.raises(PriceChanged) as refused:
        service.place(shop.session, shop.buyer_actor, shop.basket(lines=wanted))
    assert refused.value.status == 409
    assert refused.value.extra["prices_fen"] == ["4900"]
    assert _counts(shop.session) == (0, 0, 0)
    assert _reserved(shop.session, shop.listings[0]) == (100, 0)


def test_more_than_the_stock_is_refused(shop: Shop) -> None:
    with pytest.raises(OutOfStock):
        service.place(shop.session, shop.buyer_actor, shop.basket([101]))


def test_two_producers_make_two_orders_of_one_checkout(shop: Shop) -> None:
    other = open_shop(shop.session, (1_000, 2_000))
    lines = [*shop.basket([2]).lines, *other.basket([1, 3]).lines]
    placed = service.place(shop.session, shop.buyer_actor, shop.basket(lines=lines))
    assert placed.total_fen == 9800 + 1000 + 6000
    assert [order["total_fen"] for order in placed.orders] == [9800, 7000]
    assert [line["line_no"] for line in placed.lines] == [1, 1, 2]
    assert len({order["producer_id"] for order in placed.orders}) == 2
    assert len({order["checkout_id"] for order in _orders(shop.session)}) == 1
    kinds = shop.session.scalars(select(OrderEvent.kind)).all()
    assert kinds == ["placed", "placed"]


def _orders(session: Session) -> list[dict[str, uuid.UUID]]:
    return [{"checkout_id": row} for row in session.scalars(select(SalesOrder.checkout_id))]


def test_one_listing_in_two_lines_is_refused(shop: Shop) -> None:
    lines = [*shop.basket([2]).lines, *shop.basket([1]).lines]
    with pytest.raises(Invalid) as refused:
        service.place(shop.session, shop.buyer_actor, shop.basket(lines=lines))
    assert refused.value.code == "listing_repeated"


def test_somebody_elses_buyer_is_refused(shop: Shop) -> None:
    stranger = actor_of("buyer", shop.world.organisation("enterprise").id)
    with pytest.raises(Forbidden):
        service.place(shop.session, stranger, shop.basket([1]))
    assert _counts(shop.session) == (0, 0, 0)


def test_an_enterprise_may_not_buy_on_832(session: Session, heard: Heard) -> None:
    shop = open_shop(session, buyer_kind="enterprise")
    with pytest.raises(Conflict) as refused:
        service.place(session, shop.buyer_actor, shop.basket([1]))
    assert refused.value.code == "buyer_not_accepted"


def test_an_enterprise_in_a_hall_is_a_market_entity_without_reserve_year(
    session: Session, heard: Heard
) -> None:
    shop = open_shop(session, kind="hall_online", buyer_kind="enterprise")
    order = shop.place([1])
    assert (order.participation_mode, order.reserve_year, order.budget_unit_id) == (
        "market_entity",
        None,
        None,
    )
    assert order.payment_terms["capped"] is False


def test_a_declared_mode_that_the_table_contradicts_is_refused(shop: Shop) -> None:
    with pytest.raises(Invalid) as refused:
        service.place(shop.session, shop.buyer_actor, shop.basket([1], participation_mode="market_entity"))
    assert refused.value.code == "participation_mode"
    assert refused.value.extra["expected"] == "government_procurement"


def _place_in_tree(session: Session, organisation: Organisation, path: str) -> None:
    session.add(
        OrganisationPlace(
            organisation_id=organisation.id,
            organisation_no=organisation.organisation_no,
            parent_id=None,
            path=path,
            valid=Range(date(2020, 1, 1), None),
            reason="演示",
            created_at=utcnow(),
        )
    )
    session.flush()


def test_a_union_buys_for_the_unit_above_it_and_for_no_other(session: Session, heard: Heard) -> None:
    shop = open_shop(session, buyer_kind="union")
    unit, stranger = shop.world.organisation("budget_unit"), shop.world.organisation("budget_unit")
    _place_in_tree(session, unit, "900001")
    _place_in_tree(session, shop.buyer, f"900001.{shop.buyer.organisation_no}")
    order = shop.place([1], budget_unit_id=unit.id, fund_source="union")
    assert (order.budget_unit_id, order.reserve_year) == (unit.id, 2020)
    assert order.buyer_path == f"900001.{shop.buyer.organisation_no}"
    assert order.participation_mode == "social_organisation"
    with pytest.raises(Forbidden) as refused:
        shop.place([1], budget_unit_id=stranger.id)
    assert refused.value.code == "budget_unit_not_related"


def test_three_lines_of_one_producer_take_five_statements(session: Session, heard: Heard) -> None:
    shop = open_shop(session, (4_900, 5_900, 6_900))
    sent: list[str] = []

    def write_down(_c: object, _u: object, statement: str, *_: object) -> None:
        sent.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", write_down)
    try:
        service.place(session, shop.buyer_actor, shop.basket([1, 2, 3]))
    finally:
        event.remove(engine, "before_cursor_execute", write_down)
    assert len(sent) == 5, "\n".join(statement.split("\n")[0][:100] for statement in sent)
