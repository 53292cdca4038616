"""Planograms: what stands in which slot, by version. The first one begins the keeping of a cabinet's stock."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.catalogue.channels import channel_kind
from marketplace.catalogue.models import Channel, Listing
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.intake.cabinets.models import Cabinet, Planogram, PlanogramSlot
from marketplace.intake.cabinets.rules.goods import Goods
from marketplace.intake.cabinets.service.books import lock_cabinets
from marketplace.intake.models import Device
from marketplace.intake.service.keys import managed_channel
from marketplace.producers.models import Product


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSlot:
    """A slot to plan: a listing of the channel, a product, or goods in no register by the name under which they are sold."""

    slot: str
    capacity: int
    par_level: int
    listing_id: uuid.UUID | None = None
    product_id: uuid.UUID | None = None
    goods_name: str | None = None


def device_of(session: Session, channel: Channel, code: str) -> Device:
    """A device of the channel that is in use. NotFound (``device_not_found``)."""
    device = session.scalars(
        select(Device).where(
            Device.channel_id == channel.id, Device.code == code, Device.retired_at.is_(None)
        )
    ).one_or_none()
    if device is None:
        raise NotFound("device_not_found", "该销售点没有此设备")
    return device


def plan(
    session: Session,
    actor: Actor,
    channel_code: str,
    device_code: str,
    slots: Sequence[NewSlot],
    *,
    from_at: datetime | None = None,
    reason: str | None = None,
) -> Planogram:
    """A new version of a device's planogram, from now on or from a later instant.

    Conflict (``not_a_counter``; ``planogram_order`` for one that begins before the newest one); Invalid (``slot_twice``,
    ``slot_goods``, ``par_level``, ``listing_elsewhere``); NotFound (``device_not_found``).
    """
    channel = managed_channel(session, actor, channel_code)
    if channel_kind(channel.kind).group != "counter":
        # Elsewhere goods stand on shelves too; a cabinet inside a hall is a counter of its own with the hall as its parent.
        raise Conflict(
            "not_a_counter", "只有专柜按设备记账,专馆内的货柜应作为下设专柜登记", kind=channel.kind
        )
    device = device_of(session, channel, device_code)
    now = utcnow()
    begins = from_at or now
    if begins < now:
        raise Invalid("planogram_past", "陈列图不能追溯生效", pointer="/from_at")
    _check(slots)
    session.execute(
        insert(Cabinet)
        .values(device_id=device.id, channel_id=channel.id, since=begins, made_at=now)
        .on_conflict_do_nothing()
    )
    lock_cabinets(session, channel.id)
    newest = session.scalars(
        select(Planogram).where(Planogram.device_id == device.id).order_by(Planogram.version.desc()).limit(1)
    ).one_or_none()
    if newest is not None and begins <= newest.from_at:
        raise Conflict(
            "planogram_order", "新陈列图的生效时间应晚于上一版", from_at=newest.from_at.isoformat()
        )
    made = Planogram(
        id=uuid7(),
        device_id=device.id,
        version=1 if newest is None else newest.version + 1,
        from_at=begins,
        made_by=actor.audit_id,
        made_at=now,
        reason=reason,
    )
    session.add(made)
    session.flush()
    goods = _goods(session, channel, slots)
    session.add_all(_slot(made, one, goods[one.slot]) for one in slots)
    session.flush()
    detail = {"device": device.code, "version": made.version, "slots": len(slots)}
    audit.record(
        session, actor, "intake.planogram.made", "channel", channel.code, area_code=channel.area_code,
        detail=detail,
    )  # fmt: skip
    return made


def slots_at(session: Session, device_id: uuid.UUID, at: datetime) -> dict[str, PlanogramSlot]:
    """The slots of the plan in force at that instant, by code; none before the first one."""
    newest = (
        select(Planogram.id)
        .where(Planogram.device_id == device_id, Planogram.from_at <= at)
        .order_by(Planogram.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.scalars(select(PlanogramSlot).where(PlanogramSlot.planogram_id == newest))
    return {one.slot_code: one for one in rows}


def goods_in(slot: PlanogramSlot) -> Goods:
    """What a slot is planned for."""
    return Goods(slot.product_id, slot.goods_name)


def _check(slots: Sequence[NewSlot]) -> None:
    codes = [one.slot for one in slots]
    if len(set(codes)) != len(codes):
        raise Invalid("slot_twice", "货道编号重复", pointer="/slots")
    for number, one in enumerate(slots):
        if sum(given is not None for given in (one.listing_id, one.product_id, one.goods_name)) != 1:
            raise Invalid(
                "slot_goods", "每个货道应填上架商品、产品、商品名称之一", pointer=f"/slots/{number}"
            )
        if not 0 <= one.par_level <= one.capacity:
            raise Invalid("par_level", "补货线不能高于容量", pointer=f"/slots/{number}/par_level")


def _goods(
    session: Session, channel: Channel, slots: Sequence[NewSlot]
) -> Mapping[str, tuple[Goods, uuid.UUID | None]]:
    listings = {
        one.id: one
        for one in session.scalars(
            select(Listing).where(Listing.id.in_({one.listing_id for one in slots} - {None}))
        )
    }
    products = {
        one.id: one
        for one in session.scalars(
            select(Product).where(Product.id.in_({one.product_id for one in slots} - {None}))
        )
    }
    found: dict[str, tuple[Goods, uuid.UUID | None]] = {}
    for number, one in enumerate(slots):
        if one.listing_id is not None:
            listing = listings.get(one.listing_id)
            if listing is None or listing.channel_id != channel.id:
                pointer = f"/slots/{number}/listing_id"
                raise Invalid("listing_elsewhere", "不是该销售点的上架商品", pointer=pointer)
            found[one.slot] = Goods(listing.product_id, listing.title), listing.id
        elif one.product_id is not None:
            product = products.get(one.product_id)
            if product is None:
                pointer = f"/slots/{number}/product_id"
                raise Invalid("product_not_found", "没有这个产品", pointer=pointer)
            found[one.slot] = Goods(product.id, product.name), None
        else:
            found[one.slot] = Goods(None, one.goods_name or ""), None
    return found


def _slot(made: Planogram, one: NewSlot, goods: tuple[Goods, uuid.UUID | None]) -> PlanogramSlot:
    return PlanogramSlot(
        planogram_id=made.id,
        slot_code=one.slot,
        goods_key=goods[0].key,
        product_id=goods[0].product_id,
        goods_name=goods[0].name,
        listing_id=goods[1],
        capacity=one.capacity,
        par_level=one.par_level,
    )
