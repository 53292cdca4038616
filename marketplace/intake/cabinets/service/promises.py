"""What of a cabinet may be promised to an order: the catalogue's stock of the channel is kept at what is certain to be there.

The catalogue reserves from one place per offer and channel, so an order of another channel never takes a cabinet's units. What an
order of the cabinet's own channel may take is set here, after every movement and every ten minutes, under the lock of the place:
units that left by orders are booked to the cabinet first, then the place is brought to what is certain. What is promised
already is never taken back; where it is more than is certain, that is a finding.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel, Listing, Offer, StockItem, StockMovement
from marketplace.catalogue.service import stock
from marketplace.core.clock import day_of, utcnow
from marketplace.core.db import transaction
from marketplace.intake.cabinets.models import Cabinet, CabinetMovement, CabinetStock
from marketplace.intake.cabinets.rules.certain import LOOK_BACK, certain_units
from marketplace.intake.cabinets.rules.goods import MILLI, Goods
from marketplace.intake.cabinets.rules.shelf import Shelf
from marketplace.intake.cabinets.service import hearing
from marketplace.intake.cabinets.service.books import Movement, book, lock_cabinets, shelf_of
from marketplace.intake.cabinets.service.findings import Found, keep

_KINDS: Final = {"ship": "order_out", "restock": "order_back"}
_BEST_DAYS: Final = sql("""
    SELECT device_id, goods_key, max(milli) AS milli FROM (
        SELECT device_id, goods_key, date(at AT TIME ZONE 'Asia/Shanghai') AS day, -sum(change_milli)::bigint AS milli
        FROM intake.cabinet_movement
        WHERE device_id = ANY(:devices) AND kind IN ('sale', 'sale_withdrawn') AND at >= :since
        GROUP BY 1, 2, 3) days
    GROUP BY 1, 2
""")


@dataclass(frozen=True, slots=True)
class _Place:
    item: StockItem
    product_id: uuid.UUID
    is_first: bool  # of several offers of a product only the first may be ordered: they are the same units


def keep_promises(session: Session, channel: Channel) -> int:
    """Bring the stock that orders may take at the channel to what is certain now; how many places changed.

    The channel's cabinets are locked, then its places of stock, each in ascending order.
    """
    places = _places(session, channel)
    if not places:
        return 0
    cabinets = lock_cabinets(session, channel.id)
    ids = [place.item.id for place in places]
    session.scalars(
        select(StockItem)
        .where(StockItem.id.in_(ids))
        .order_by(StockItem.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    _book_orders(session, cabinets, places)
    now = utcnow()
    certain = _certain(session, cabinets, now)
    reserved: Counter[uuid.UUID] = Counter()
    for place in places:
        reserved[place.product_id] += place.item.reserved
    changed = 0
    for place in places:
        item, units = place.item, certain.get(place.product_id, 0)
        wanted = item.reserved
        if place.is_first:
            _note(session, cabinets, place.product_id, units, reserved[place.product_id], now)
            wanted += max(0, units - reserved[place.product_id])
        if wanted != item.on_hand:
            change = [stock.Units(item.id, wanted - item.on_hand)]
            stock.adjust(session, change, now, None, "cabinet")
            changed += 1
    session.flush()
    return changed


def keep_all_promises() -> int:
    """The periodic work: `keep_promises` of every channel with a cabinet, each in a transaction of its own."""
    with transaction() as session:
        channels = session.scalars(select(Cabinet.channel_id).distinct().order_by(Cabinet.channel_id)).all()
    changed = 0
    for channel_id in channels:
        with transaction() as session:
            changed += keep_promises(session, session.get_one(Channel, channel_id))
    return changed


def _places(session: Session, channel: Channel) -> list[_Place]:
    """Every place of stock at the channel with goods that its cabinets keep; those that are listed before those that are not."""
    is_listed = (
        select(Listing.id).where(Listing.stock_item_id == StockItem.id, Listing.state != "delisted").exists()
    )
    kept = (
        select(CabinetStock.product_id)
        .join(Cabinet, Cabinet.device_id == CabinetStock.device_id)
        .where(Cabinet.channel_id == channel.id)
    )
    rows = session.execute(
        select(StockItem, Offer.product_id)
        .join(Offer, Offer.id == StockItem.offer_id)
        .where(StockItem.channel_id == channel.id, Offer.product_id.in_(kept))
        .order_by(is_listed.desc(), StockItem.id)
    )
    found: list[_Place] = []
    seen: set[uuid.UUID] = set()
    for item, product_id in rows:
        found.append(_Place(item, product_id, product_id not in seen))
        seen.add(product_id)
    return found


def _book_orders(session: Session, cabinets: Mapping[uuid.UUID, Cabinet], places: Sequence[_Place]) -> None:
    """Units that orders took out of a place, or brought back, left or entered the cabinet that holds most of them."""
    product_of = {place.item.id: place.product_id for place in places}
    booked = select(CabinetMovement.source_id).where(CabinetMovement.kind.in_(_KINDS.values()))
    rows = session.scalars(
        select(StockMovement)
        .where(
            StockMovement.stock_item_id.in_(product_of),
            StockMovement.kind.in_(_KINDS),
            StockMovement.source_id.is_not(None),
            StockMovement.at >= min(one.since for one in cabinets.values()),
            StockMovement.source_id.not_in(booked.where(CabinetMovement.source_id.is_not(None))),
        )
        .order_by(StockMovement.id)
    ).all()
    for row in rows:
        holder = _holder(session, cabinets, product_of[row.stock_item_id])
        goods = Goods(holder.product_id, holder.goods_name)
        moved = Movement(
            goods=goods,
            kind=_KINDS[row.kind],
            at=row.at,
            milli=abs(row.on_hand_change) * MILLI,
            source_id=row.source_id,
        )
        book(session, cabinets[holder.device_id], [moved])


def _holder(session: Session, cabinets: Mapping[uuid.UUID, Cabinet], product_id: uuid.UUID) -> CabinetStock:
    return session.scalars(
        select(CabinetStock)
        .where(CabinetStock.product_id == product_id, CabinetStock.device_id.in_(cabinets))
        .order_by(CabinetStock.on_hand_milli.desc(), CabinetStock.device_id)
        .limit(1)
    ).one()


def _certain(session: Session, cabinets: Mapping[uuid.UUID, Cabinet], now: datetime) -> dict[uuid.UUID, int]:
    """Product → units that are certain to be in the channel's cabinets."""
    since = now - LOOK_BACK
    best = {
        (row.device_id, row.goods_key): int(row.milli)
        for row in session.execute(_BEST_DAYS, {"devices": list(cabinets), "since": since})
    }
    heard = hearing.known_until(session, list(cabinets))
    counted = hearing.counted_at(session, list(cabinets))
    found: dict[uuid.UUID, int] = {}
    for one in session.scalars(select(CabinetStock).where(CabinetStock.device_id.in_(cabinets))):
        if one.product_id is not None:
            known = heard[one.device_id].with_count(counted.get((one.device_id, one.goods_key)))
            best_day = best.get((one.device_id, one.goods_key), 0)
            units = certain_units(_sellable(shelf_of(one), now), best_day, known.until, now, known.unsent)
            found[one.product_id] = found.get(one.product_id, 0) + units
    return found


def _sellable(shelf: Shelf, now: datetime) -> int:
    today = day_of(now)
    return sum(
        milli for lot, milli in shelf.lots.items() if lot.expires_on is None or lot.expires_on >= today
    )


def _note(
    session: Session,
    cabinets: Mapping[uuid.UUID, Cabinet],
    product_id: uuid.UUID,
    units: int,
    reserved: int,
    now: datetime,
) -> None:
    """Orders that hold more than is certain: a finding while it is so."""
    holder = _holder(session, cabinets, product_id)
    found: list[Found] = []
    if reserved > units:
        found = [Found("over_promised", "", now, units * MILLI, reserved * MILLI)]
    keep(session, cabinets[holder.device_id], holder, found, ("over_promised",))
