"""Reports of sales and our own orders as the rules see them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, Uuid, any_, literal, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.catalogue.models import Channel
from marketplace.core.clock import day_of
from marketplace.intake.models import Batch, ForeignSale
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.duplicates import Side
from marketplace.intake.rules.sources import OWN_ORDER, source_of
from marketplace.intake.service.matching import UNREGISTERED
from marketplace.orders.models import SalesOrder
from marketplace.producers.models import Producer

#: What is compared; transfers and raw material are no sales.
COMPARED: Final = ("purchase", "brokered")
_SAID: Final = ("seller", "buyer", "broker", "original_no", "invoice_no", "invoice_total_fen", "lot")

_NOW: Final = sql("""
    SELECT f.id FROM unnest(CAST(:channels AS uuid[]), CAST(:orders AS text[]), CAST(:lines AS text[]))
         AS asked (channel_id, order_ref, line_ref)
    JOIN intake.foreign_sale f USING (channel_id, order_ref, line_ref) WHERE f.state <> 'superseded'
""")


def node_of(channel_id: uuid.UUID, order_ref: str, line_ref: str) -> uuid.UUID:
    """One id for all revisions of a sale."""
    return uuid.uuid5(channel_id, f"{order_ref}\x1f{line_ref}")


def sides_of(session: Session, sales: Sequence[ForeignSale]) -> list[Side]:
    """The sales as sides, in their order; one statement for who reported them."""
    batches = {sale.batch_id for sale in sales}
    rows = session.execute(select(Batch.id, Batch.adapter, Batch.key_version).where(Batch.id.in_(batches)))
    reporters = {
        batch_id: source_of(adapter_of(adapter).source, is_by_hand=version is None).code
        for batch_id, adapter, version in rows
    }
    return [_side(sale, reporters[sale.batch_id]) for sale in sales]


def _side(sale: ForeignSale, reporter: str) -> Side:
    frozen: dict[str, Any] = sale.frozen
    producer_id = uuid.UUID(frozen["producer_id"])
    said: dict[str, Any] = {name: sale.said.get(name) for name in _SAID}
    return Side(
        node=node_of(sale.channel_id, sale.order_ref, sale.line_ref),
        sale_id=sale.id,
        reporter=reporter,
        channel_id=sale.channel_id,
        channel_area=frozen["channel_area"],
        order_ref=sale.order_ref,
        line_ref=sale.line_ref,
        sold_on=day_of(sale.sold_at),
        amount_fen=sale.sale_fen,
        net_fen=sale.net_fen,
        is_live=sale.state in {"waiting", "counted"},
        is_sale=sale.role in COMPARED,
        producer_id=None if producer_id == UNREGISTERED else producer_id,
        product_id=None if sale.product_id == UNREGISTERED else sale.product_id,
        **said,
    )


def sales_with(session: Session, ids: Collection[uuid.UUID]) -> list[ForeignSale]:
    """Sales that are compared, of these ids, in order of id; superseded ones left out."""
    if not ids:
        return []
    return list(
        session.scalars(
            select(ForeignSale)
            .where(ForeignSale.id == any_(literal(list(ids), ARRAY(Uuid))), ForeignSale.state != "superseded")
            .where(ForeignSale.role.in_(COMPARED))
            .order_by(ForeignSale.id)
        )
    )


def sales_now(
    session: Session, places: Collection[tuple[uuid.UUID, str, str]]
) -> dict[tuple[uuid.UUID, str, str], ForeignSale]:
    """(channel, order, line) → the sale as it now stands, read afresh."""
    if not places:
        return {}
    values = {
        "channels": [place[0] for place in places],
        "orders": [place[1] for place in places],
        "lines": [place[2] for place in places],
    }
    ids = list(session.scalars(_NOW, values))
    found = session.scalars(
        select(ForeignSale)
        .where(ForeignSale.id == any_(literal(ids, ARRAY(Uuid))))
        .order_by(ForeignSale.id)
        .execution_options(populate_existing=True)
    )
    return {(sale.channel_id, sale.order_ref, sale.line_ref): sale for sale in found}


def orders_numbered(session: Session, numbers: Collection[str]) -> dict[str, Side]:
    """Our own orders with these numbers, by number."""
    return (
        {side.order_ref: side for side in _orders(session, SalesOrder.number.in_(numbers))} if numbers else {}
    )


def orders_with(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Side]:
    """Our own orders of these ids."""
    return {side.node: side for side in _orders(session, SalesOrder.id.in_(ids))} if ids else {}


def is_called_off(order: SalesOrder) -> bool:
    """Whether nothing of an order is owed any more."""
    return order.state == "cancelled" or order.deducted_fen >= order.total_fen


def _orders(session: Session, condition: Any) -> Iterable[Side]:
    rows = session.execute(
        select(SalesOrder, Producer.uscc, Organisation.uscc)
        .join(Producer, Producer.id == SalesOrder.producer_id)
        .join(Organisation, Organisation.id == SalesOrder.buyer_id)
        .where(condition)
    )
    for order, seller, buyer in rows:
        yield Side(
            node=order.id,
            sale_id=order.id,
            reporter=OWN_ORDER,
            channel_id=None,
            channel_area=order.producer_area,
            order_ref=order.number,
            line_ref="",
            sold_on=day_of(order.sold_at or order.placed_at),
            amount_fen=order.total_fen,
            net_fen=order.total_fen - order.deducted_fen,
            is_live=not is_called_off(order),
            producer_id=order.producer_id,
            seller=seller,
            buyer=buyer,
        )


def operators_of(
    session: Session, channel_ids: Collection[uuid.UUID | None]
) -> dict[uuid.UUID, uuid.UUID | None]:
    """Who runs the points of sale."""
    rows = session.execute(select(Channel.id, Channel.operator_id).where(Channel.id.in_(channel_ids)))
    return dict(rows.all())
