"""Cabinets as operators and officials of their area read them: stock by slot and lot, movements, tasks, findings."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible
from marketplace.intake.cabinets.models import (
    Cabinet,
    CabinetFinding,
    CabinetMovement,
    CabinetStock,
    CabinetTask,
    PlanogramSlot,
    Pulse,
)
from marketplace.intake.cabinets.rules.shelf import Shelf
from marketplace.intake.cabinets.rules.work import CAUSES
from marketplace.intake.cabinets.service import hearing
from marketplace.intake.cabinets.service.books import shelf_of
from marketplace.intake.cabinets.service.plans import slots_at
from marketplace.intake.models import Device
from marketplace.intake.service.keys import managed_channel

READ: Final = "intake.read"
#: Why the stock of a cabinet changed: code → words for people.
MOVEMENTS: Final = {
    "restock": "补货入柜",
    "refund": "退货回柜",
    "sale": "售出",
    "sale_withdrawn": "售出撤回",
    "order_out": "订单出柜",
    "order_back": "订单退回",
    "recall": "下架出柜",
    "count": "盘点",
    "shrinkage": "盘点差额",
}
#: What is said of some of them: why goods were taken out, what a difference comes from.
REASONS: Final = CAUSES | {"count": "实点与账面之差", "late_report": "后到的上报解释了差额"}


@dataclass(frozen=True, slots=True)
class Standing:
    """A cabinet now: its plan, what stands in it, its last heartbeat, and up to when its sales are known."""

    device: Device
    cabinet: Cabinet
    plan: Mapping[str, PlanogramSlot]
    stocks: Sequence[tuple[CabinetStock, Shelf]]
    pulse: Pulse | None
    known_until: datetime


def cabinets_of(session: Session, actor: Actor, channel_code: str) -> list[Standing]:
    """The cabinets of a channel by device code."""
    channel = managed_channel(session, actor, channel_code, READ)
    rows = session.execute(
        select(Device, Cabinet, Pulse)
        .join(Cabinet, Cabinet.device_id == Device.id)
        .outerjoin(Pulse, Pulse.device_id == Device.id)
        .where(Cabinet.channel_id == channel.id)
        .order_by(Device.code)
    ).all()
    known = hearing.known_until(session, [row.Device.id for row in rows])
    stocks: dict[uuid.UUID, list[tuple[CabinetStock, Shelf]]] = {row.Device.id: [] for row in rows}
    for stock in session.scalars(
        select(CabinetStock).where(CabinetStock.device_id.in_(stocks)).order_by(CabinetStock.goods_key)
    ):
        stocks[stock.device_id].append((stock, shelf_of(stock)))
    now = utcnow()
    return [
        Standing(
            row.Device,
            row.Cabinet,
            slots_at(session, row.Device.id, now),
            stocks[row.Device.id],
            row.Pulse,
            known[row.Device.id].until,
        )
        for row in rows
    ]


def movements_of(
    session: Session, actor: Actor, channel_code: str, device_code: str
) -> Select[*tuple[Any, ...]]:
    """The movements of a cabinet, unsorted, for a paged list. NotFound (``cabinet_not_found``)."""
    channel = managed_channel(session, actor, channel_code, READ)
    device_id = session.scalar(
        select(Cabinet.device_id)
        .join(Device, Device.id == Cabinet.device_id)
        .where(Cabinet.channel_id == channel.id, Device.code == device_code)
    )
    if device_id is None:
        raise NotFound("cabinet_not_found", "该设备尚无陈列图")
    return select(CabinetMovement).where(CabinetMovement.device_id == device_id)


def goods_names(session: Session, channel: Channel, device_code: str) -> dict[str, str]:
    """What stands or stood in a cabinet of the channel, in use or not: key of the goods → their name."""
    rows = session.execute(
        select(CabinetStock.goods_key, CabinetStock.goods_name)
        .join(Cabinet, Cabinet.device_id == CabinetStock.device_id)
        .join(Device, Device.id == CabinetStock.device_id)
        .where(Cabinet.channel_id == channel.id, Device.code == device_code)
    )
    return {row.goods_key: row.goods_name for row in rows}


def tasks_seen(
    actor: Actor, *, channel: str | None, state: str | None, kind: str | None
) -> Select[*tuple[Any, ...]]:
    """Tasks with their device and channel that the actor may see, unsorted, for a paged list."""
    statement = _seen(actor, CabinetTask)
    if channel is not None:
        statement = statement.where(Channel.code == channel)
    if state is not None:
        statement = statement.where(CabinetTask.state == state)
    return statement if kind is None else statement.where(CabinetTask.kind == kind)


def findings_seen(
    actor: Actor, *, channel: str | None, state: str | None, kind: str | None
) -> Select[*tuple[Any, ...]]:
    """Findings with their device and channel that the actor may see, unsorted, for a paged list."""
    statement = _seen(actor, CabinetFinding)
    if channel is not None:
        statement = statement.where(Channel.code == channel)
    if state is not None:
        statement = statement.where(CabinetFinding.state == state)
    return statement if kind is None else statement.where(CabinetFinding.kind == kind)


def _seen(actor: Actor, what: type[CabinetTask] | type[CabinetFinding]) -> Select[*tuple[Any, ...]]:
    statement: Select[*tuple[Any, ...]] = (
        select(what, Device.code.label("device_code"), Channel.code.label("channel_code"))
        .join(Channel, Channel.id == what.channel_id)
        .join(Device, Device.id == what.device_id)
        .where(visible(actor, READ, area=Channel.area_code, owners=[Channel.operator_id]))
    )
    return statement
