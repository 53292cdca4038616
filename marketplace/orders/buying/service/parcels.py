"""Parcels of an order: listed masked, downloaded by its two sides, shipped and delivered one by one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, exists, select, update
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.ids import uuid7
from marketplace.core.privacy import mask_name, mask_phone
from marketplace.core.sheets.export import Value, write_csv, write_xlsx
from marketplace.orders.buying.models import Parcel, ParcelLine
from marketplace.orders.buying.service.addresses import unseal
from marketplace.orders.models import OrderLine, SalesOrder, Shipment
from marketplace.orders.service.fulfilment import Part, deliver, require_either_side, ship
from marketplace.orders.service.queries import require_side
from marketplace.orders.service.reading import lock_order, read_order, require, seen_by, sellers

PARCEL_STATES = {"waiting": "待发货", "shipped": "已发货", "delivered": "已送达", "cancelled": "已取消"}
HEADINGS = ("序号", "姓名", "电话", "区划", "地址", "商品", "状态", "承运", "单号")


@dataclass(frozen=True, slots=True)
class Sending:
    """How one parcel leaves."""

    parcel_no: int
    carrier: str | None = None
    tracking_no: str | None = None


def parcels_of(session: Session, actor: Actor, number: str) -> tuple[SalesOrder, Select[Any]]:
    """The order and its parcels as (Parcel, Shipment or None), unsorted, for a list paged by `parcel_no`. NotFound as orders."""
    order = read_order(session, actor, number)
    statement: Any = (
        select(Parcel, Shipment)
        .outerjoin(Shipment, Shipment.id == Parcel.shipment_id)
        .where(Parcel.order_id == order.id)
    )
    return order, statement


def has_parcels(session: Session, order: SalesOrder) -> bool:
    """Whether an order goes to many addresses."""
    return session.scalar(select(exists().where(Parcel.order_id == order.id))) or False


def gift_orders_seen(actor: Actor) -> Select[SalesOrder]:
    """The orders with parcels that an actor may see, unsorted, for a list paged by `order_no`."""
    return select(SalesOrder).where(seen_by(actor), exists().where(Parcel.order_id == SalesOrder.id))


def progress_of(session: Session, orders: Sequence[SalesOrder]) -> dict[uuid.UUID, dict[str, int]]:
    """How many parcels of each order stand in which state (codes of PARCEL_STATES), in one statement; empty for no gift order."""
    by_id = {order.id: order for order in orders}
    found: dict[uuid.UUID, dict[str, int]] = {key: {} for key in by_id}
    rows = session.execute(
        select(Parcel.order_id, Shipment)
        .outerjoin(Shipment, Shipment.id == Parcel.shipment_id)
        .where(Parcel.order_id.in_(list(by_id)))
    )
    for order_id, shipment in rows:
        state = state_of(by_id[order_id], cast("Shipment | None", shipment))
        found[order_id][state] = found[order_id].get(state, 0) + 1
    return found


def shown(
    session: Session, order: SalesOrder, rows: Sequence[tuple[Parcel, Shipment | None]]
) -> list[dict[str, Any]]:
    """Parcels as a list shows them: person masked (empty once deleted), goods, state."""
    goods = _goods(session, [parcel.id for parcel, _ in rows])
    found = []
    for parcel, shipment in rows:
        person = _person(parcel)
        found.append(
            {
                "parcel_no": parcel.parcel_no,
                "area": parcel.area_code,
                "name": mask_name(person["name"]) if person else None,
                "telephone": mask_phone(person["telephone"]) if person else None,
                "lines": [
                    {"line_no": line_no, "product_name": name, "quantity": units}
                    for line_no, name, units in goods[parcel.id]
                ],
                "state": state_of(order, shipment),
                "carrier": shipment.carrier if shipment else None,
                "tracking_no": shipment.tracking_no if shipment else None,
                "shipped_at": shipment.shipped_at if shipment else None,
                "delivered_at": _delivered_at(order, shipment),
            }
        )
    return found


def state_of(order: SalesOrder, shipment: Shipment | None) -> str:
    """A code of PARCEL_STATES: what became of its shipment, or of the whole order."""
    if _delivered_at(order, shipment) is not None:
        return "delivered"
    if shipment is not None or order.state == "shipped":
        return "shipped"
    return "cancelled" if order.state == "cancelled" else "waiting"


def parcel_file(session: Session, actor: Actor, number: str, file_format: str, purpose: str) -> bytes:
    """The parcels with persons in full as CSV or XLSX, for the two sides of the order only; recorded with its purpose."""
    order = read_order(session, actor, number)
    require_side(actor, order)
    read = session.execute(
        select(Parcel, Shipment)
        .outerjoin(Shipment, Shipment.id == Parcel.shipment_id)
        .where(Parcel.order_id == order.id)
        .order_by(Parcel.parcel_no)
    )
    # The join is outer, which the type checker does not see.
    rows = [(row[0], cast("Shipment | None", row[1])) for row in read]
    if not rows:
        raise NotFound
    goods = _goods(session, [parcel.id for parcel, _ in rows])
    table: list[Sequence[Value]] = []
    for parcel, shipment in rows:
        person = _person(parcel)
        table.append(
            (
                parcel.parcel_no,
                person.get("name"),
                person.get("telephone"),
                parcel.area_code,
                person.get("address"),
                "；".join(f"{name}×{units}" for _, name, units in goods[parcel.id]),
                PARCEL_STATES[state_of(order, shipment)],
                shipment.carrier if shipment else None,
                shipment.tracking_no if shipment else None,
            )
        )
    audit.record(
        session, actor, "orders.parcels.downloaded", "order", order.number,
        area_code=order.buyer_area, purpose=purpose, detail={"parcels": len(table)},
    )  # fmt: skip
    return write_xlsx(HEADINGS, table) if file_format == "xlsx" else write_csv(HEADINGS, table)


def ship_parcels(session: Session, actor: Actor, number: str, sendings: Sequence[Sending]) -> SalesOrder:
    """Ship parcels, each as a shipment of its own. Conflict (`parcel_sent`), NotFound for none, and what `ship` raises."""
    order = lock_order(session, number)
    require(actor, "orders.fulfil", order, sellers(order))
    for one in sendings:
        parcel = _parcel(session, order, one.parcel_no)
        if parcel.shipment_id is not None:
            raise Conflict("parcel_sent", "该包裹已发货", parcel_no=one.parcel_no)
        shipment_id = uuid7()
        parts = [Part(line_no, units) for line_no, _, units in _goods(session, [parcel.id])[parcel.id]]
        order = ship(
            session, actor, number, parts=parts, carrier=one.carrier, tracking_no=one.tracking_no,
            shipment_id=shipment_id,
        )  # fmt: skip
        parcel.shipment_id = shipment_id
        session.flush()
    return order


def deliver_parcel(session: Session, actor: Actor, number: str, parcel_no: int) -> SalesOrder:
    """One parcel has arrived; when it was the last of a shipped order, so has the order.

    The producer, the channel's operator or the buyer may record it. Conflict (`parcel_not_sent`); again changes nothing.
    """
    order = lock_order(session, number)
    require_either_side(actor, order)
    parcel = _parcel(session, order, parcel_no)
    if parcel.shipment_id is None:
        raise Conflict("parcel_not_sent", "该包裹尚未发货", parcel_no=parcel_no)
    session.execute(
        update(Shipment)
        .where(Shipment.id == parcel.shipment_id, Shipment.delivered_at.is_(None))
        .values(delivered_at=utcnow())
    )
    on_the_way = session.scalar(
        select(Shipment.id).where(Shipment.order_id == order.id, Shipment.delivered_at.is_(None)).limit(1)
    )
    if on_the_way is None and order.state == "shipped":
        return deliver(session, actor, number)
    return order


def _delivered_at(order: SalesOrder, shipment: Shipment | None) -> datetime | None:
    if shipment is not None and shipment.delivered_at is not None:
        return shipment.delivered_at
    return order.delivered_at


def _parcel(session: Session, order: SalesOrder, parcel_no: int) -> Parcel:
    found = session.scalars(
        select(Parcel)
        .where(Parcel.order_id == order.id, Parcel.parcel_no == parcel_no)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def _person(parcel: Parcel) -> dict[str, Any]:
    return unseal("orders.parcel", "recipient_enc", parcel.id, parcel.recipient_enc)


def _goods(session: Session, parcel_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[tuple[int, str, int]]]:
    """(line number, name, units) by parcel."""
    found: dict[uuid.UUID, list[tuple[int, str, int]]] = {key: [] for key in parcel_ids}
    rows = session.execute(
        select(ParcelLine.parcel_id, OrderLine.line_no, OrderLine.product_name, ParcelLine.quantity)
        .join(OrderLine, OrderLine.id == ParcelLine.line_id)
        .where(ParcelLine.parcel_id.in_(parcel_ids))
        .order_by(ParcelLine.parcel_id, OrderLine.line_no)
    )
    for key, line_no, name, units in rows:
        found[key].append((line_no, name, units))
    return found
