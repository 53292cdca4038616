"""A cabinet whose stock is kept: slots A1 and A2, what stands in it, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core.actor import system_actor
from marketplace.core.clock import SHANGHAI
from marketplace.intake.cabinets.models import CabinetFinding, CabinetMovement, CabinetStock
from marketplace.intake.cabinets.service import acting, plans
from marketplace.intake.cabinets.service.acting import Brought
from marketplace.intake.cabinets.service.plans import NewSlot
from marketplace.intake.models import Device
from tests.support.reporting_device import Cabinet

CAPACITY = 10


def keep_stock(cabinet: Cabinet, slots: Mapping[str, int] | None = None, **changes: Any) -> None:
    """Plan the cabinet's product in the slots (code → par level); its stock is kept from now on."""
    new = [
        NewSlot(slot=code, capacity=CAPACITY, par_level=par, product_id=cabinet.product.id)
        for code, par in (slots or {"A1": 3}).items()
    ]
    plans.plan(cabinet.session, system_actor(), cabinet.channel.code, cabinet.device, new, **changes)


def bring(cabinet: Cabinet, units: int, slot: str = "A1", **line: Any) -> None:
    at = line.pop("at", None)
    lines = [Brought(slot=slot, units=units, **line)]
    acting.restock(cabinet.session, system_actor(), cabinet.channel.code, cabinet.device, lines, at=at)


def count(cabinet: Cabinet, slots: Mapping[str, int], at: datetime | None = None) -> None:
    acting.count(cabinet.session, system_actor(), cabinet.channel.code, cabinet.device, slots, at=at)


def sold(cabinet: Cabinet, order_ref: str, at: datetime, units: int = 1, **changes: Any) -> dict[str, Any]:
    """A row of a sale of so many boxes at that instant."""
    return cabinet.row(
        order_ref,
        paytm=said(at),
        qty=str(units),
        payamt=f"{49 * units}.00",
        **changes,
    )


def said(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def stock_of(session: Session, cabinet: Cabinet) -> CabinetStock:
    return session.scalars(
        select(CabinetStock)
        .join(Device, Device.id == CabinetStock.device_id)
        .where(Device.channel_id == cabinet.channel.id, CabinetStock.product_id == cabinet.product.id)
        .execution_options(populate_existing=True)
    ).one()


def balance(cabinet: Cabinet) -> int:
    """Thousandths of a unit; the sum of the movements must say the same."""
    stock = stock_of(cabinet.session, cabinet)
    moved = cabinet.session.scalar(
        select(func.sum(CabinetMovement.change_milli)).where(
            CabinetMovement.device_id == stock.device_id, CabinetMovement.goods_key == stock.goods_key
        )
    )
    assert stock.on_hand_milli == moved
    return stock.on_hand_milli


def findings(cabinet: Cabinet, state: str | None = "open") -> list[tuple[str, int, int]]:
    """(kind, there, sold) in thousandths, by instant."""
    cabinet.session.flush()
    statement = select(CabinetFinding).where(CabinetFinding.channel_id == cabinet.channel.id)
    if state is not None:
        statement = statement.where(CabinetFinding.state == state)
    rows = cabinet.session.scalars(
        statement.order_by(CabinetFinding.since, CabinetFinding.kind).execution_options(
            populate_existing=True
        )
    )
    return [(one.kind, one.there_milli, one.sold_milli) for one in rows]


def shrinkage(cabinet: Cabinet) -> list[tuple[int, str | None]]:
    """(thousandths, reason) in the order in which they were booked."""
    rows = cabinet.session.execute(
        select(CabinetMovement.change_milli, CabinetMovement.reason)
        .where(CabinetMovement.kind == "shrinkage")
        .order_by(CabinetMovement.movement_no)
    )
    return [tuple(row) for row in rows]
