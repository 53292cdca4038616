"""What people and devices do at a cabinet: bring goods, take them out, count them. Each is booked with all that follows from
it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.intake.cabinets.models import Cabinet, CabinetStock, PlanogramSlot
from marketplace.intake.cabinets.rules.goods import MILLI
from marketplace.intake.cabinets.service.books import Movement, book, lock_cabinets, shelf_of
from marketplace.intake.cabinets.service.plans import device_of, goods_in, slots_at
from marketplace.intake.cabinets.service.promises import keep_promises
from marketplace.intake.cabinets.service.recalls import recalls_of
from marketplace.intake.service.keys import managed_channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Units brought to a slot, of a lot; `expires_on` is the last day on which they may be sold."""

    slot: str
    units: int
    lot_no: str = ""
    expires_on: date | None = None


def restock(
    session: Session,
    actor: Actor,
    channel_code: str,
    device_code: str,
    lines: Sequence[Brought],
    *,
    at: datetime | None = None,
) -> int:
    """Book goods that were brought; how many lines. Refuses as `bring` does."""
    channel, cabinet = _held(session, actor, channel_code, device_code)
    booked = bring(session, actor, channel, cabinet, lines, at)
    _record(session, actor, "restocked", channel, device_code, {"lines": booked})
    return booked


def count(
    session: Session,
    actor: Actor,
    channel_code: str,
    device_code: str,
    slots: Mapping[str, int],
    *,
    at: datetime | None = None,
) -> int:
    """Book what somebody counted; how many sorts of goods. Refuses as `take_count` does."""
    channel, cabinet = _held(session, actor, channel_code, device_code)
    booked = take_count(session, channel, cabinet, slots, at or utcnow(), actor.audit_id)
    _record(session, actor, "counted", channel, device_code, {"slots": len(slots)})
    return booked


def bring(
    session: Session,
    actor: Actor,
    channel: Channel,
    cabinet: Cabinet,
    lines: Sequence[Brought],
    at: datetime | None,
) -> int:
    """Book goods brought to slots of the plan in force then. The channel's cabinets are held by the caller.

    Invalid: ``cabinet_time``, ``slot_unknown``, ``over_capacity``, ``lot_expired``. Conflict: ``lot_recalled``.
    """
    when = _instant(cabinet, at)
    plan = slots_at(session, cabinet.device_id, when)
    recalls = recalls_of(session, channel)
    moved = []
    for number, line in enumerate(lines):
        slot = _slot(plan, line.slot, f"/lines/{number}/slot")
        if line.units > slot.capacity:
            raise Invalid("over_capacity", "补货数量超过货道容量", pointer=f"/lines/{number}/units")
        if line.expires_on is not None and line.expires_on < day_of(when):
            raise Invalid("lot_expired", "该批次已过保质期", pointer=f"/lines/{number}/expires_on")
        if any(one.product_id == slot.product_id and one.lot_no in (None, line.lot_no) for one in recalls):
            raise Conflict("lot_recalled", "该产品或批次已召回", slot=line.slot)
        moved.append(
            Movement(
                goods=goods_in(slot),
                kind="restock",
                at=when,
                milli=line.units * MILLI,
                slot=line.slot,
                lot_no=line.lot_no,
                expires_on=line.expires_on,
                source_id=uuid7(),
            )
        )
    book(session, cabinet, moved, actor.audit_id)
    keep_promises(session, channel)
    return len(moved)


def take_count(
    session: Session,
    channel: Channel,
    cabinet: Cabinet,
    slots: Mapping[str, int],
    at: datetime,
    actor_id: uuid.UUID | None,
) -> int:
    """Book what stood in slots at that instant (whole units). The channel's cabinets are held by the caller.

    A sale does not say from which slot it came, so goods are counted in all their slots at once: Conflict (``slots_missing``)
    names those that were left out. Invalid: ``cabinet_time``, ``slot_unknown``.
    """
    when = _instant(cabinet, at)
    plan = slots_at(session, cabinet.device_id, when)
    counted: dict[str, dict[str, int]] = {}
    for code, units in slots.items():
        slot = _slot(plan, code, f"/slots/{code}")
        counted.setdefault(slot.goods_key, {})[code] = units * MILLI
    left_out = sorted(
        code for code, one in plan.items() if one.goods_key in counted and code not in counted[one.goods_key]
    )
    if left_out:
        raise Conflict("slots_missing", "同一商品的全部货道须一并盘点", slots=left_out)
    source = uuid7()
    moved = []
    for slot in {one.goods_key: one for one in plan.values() if one.goods_key in counted}.values():
        found = _outside_the_plan(session, cabinet, plan, slot.goods_key) | counted[slot.goods_key]
        moved.append(Movement(goods=goods_in(slot), kind="count", at=when, counted=found, source_id=source))
    book(session, cabinet, moved, actor_id)
    keep_promises(session, channel)
    return len(moved)


def _outside_the_plan(
    session: Session, cabinet: Cabinet, plan: Mapping[str, PlanogramSlot], goods_key: str
) -> dict[str, int]:
    """What the books say stands in slots that are planned for other goods now: nobody counted it, so it stays."""
    stock = session.get(CabinetStock, (cabinet.device_id, goods_key))
    if stock is None:
        return {}
    return {
        code: milli
        for code, milli in shelf_of(stock).in_slots().items()
        if code and (code not in plan or plan[code].goods_key != goods_key)
    }


def hold(session: Session, channel: Channel, device_code: str) -> Cabinet:
    """The cabinet, with all of its channel's held. NotFound (``cabinet_not_found``) for a device without a planogram."""
    device = device_of(session, channel, device_code)
    cabinet = lock_cabinets(session, channel.id).get(device.id)
    if cabinet is None:
        raise NotFound("cabinet_not_found", "该设备尚无陈列图")
    return cabinet


def _held(session: Session, actor: Actor, channel_code: str, device_code: str) -> tuple[Channel, Cabinet]:
    channel = managed_channel(session, actor, channel_code)
    return channel, hold(session, channel, device_code)


def _instant(cabinet: Cabinet, at: datetime | None) -> datetime:
    now = utcnow()
    when = at or now
    if not cabinet.since <= when <= now:
        raise Invalid("cabinet_time", "时间应在货柜建账之后、当前时间之前", pointer="/at")
    return when


def _slot(plan: Mapping[str, PlanogramSlot], code: str, pointer: str) -> PlanogramSlot:
    if code not in plan:
        raise Invalid("slot_unknown", "陈列图中没有这个货道", pointer=pointer)
    return plan[code]


def _record(
    session: Session, actor: Actor, what: str, channel: Channel, device: str, detail: dict[str, object]
) -> None:
    audit.record(
        session,
        actor,
        f"intake.cabinet.{what}",
        "channel",
        channel.code,
        area_code=channel.area_code,
        detail={"device": device} | detail,
    )
