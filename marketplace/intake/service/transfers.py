"""Goods moved to a point of sale that reports: internal, until so many days have passed; what is not sold on by then counts once.

Compared again and again while the transfer is watched: what is sold on later leaves the books, what came back to the shelf enters
them. Source: docs/rules.md, "Roles of a reported row".
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import db, facts
from marketplace.core.clock import day_of, utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.ids import uuid7
from marketplace.intake.models import ForeignSale
from marketplace.intake.rules.sources import DAYS
from marketplace.intake.rules.transfers import Moved, SoldOn, matched, part_fen
from marketplace.intake.service.books import counted_line, part_of_weight
from marketplace.intake.service.duplicates.settle import renewed
from marketplace.intake.service.internal import shrink
from marketplace.intake.service.matching import UNREGISTERED
from marketplace.intake.service.quarantine import LOCK_SPACE
from marketplace.orders.facts import LinesCounted
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.producers.models import Product

WAIT: Final = timedelta(days=DAYS["transfer"])
WATCH: Final = timedelta(days=DAYS["watched"])
_TRANSFER: Final = (ForeignSale.role == "transfer", ForeignSale.state == "internal")


def settle_transfers() -> None:
    """Every point of sale with transfers that are watched, each in a transaction of its own (loop)."""
    with db.transaction() as session:
        channels = session.scalars(
            select(ForeignSale.channel_id)
            .where(
                *_TRANSFER, ForeignSale.sold_at >= utcnow() - WATCH, ForeignSale.sold_at <= utcnow() - WAIT
            )
            .distinct()
            .order_by(ForeignSale.channel_id)
        ).all()
    for channel_id in channels:
        with db.transaction() as session:
            settle_channel(session, channel_id)


def settle_channel(session: Session, channel_id: uuid.UUID) -> int:
    """Put right what of a point of sale's transfers counts; of how many that changed."""
    lock_exclusive(session, LOCK_SPACE, str(channel_id))
    groups = session.execute(
        select(ForeignSale.transfer_to, ForeignSale.product_id)
        .where(*_TRANSFER, ForeignSale.channel_id == channel_id, ForeignSale.sold_at >= utcnow() - WATCH)
        .distinct()
        .order_by(ForeignSale.transfer_to, ForeignSale.product_id)
    ).all()
    return sum(
        _settle_group(session, channel_id, point, product_id)
        for point, product_id in groups
        if point is not None
    )


def _settle_group(session: Session, channel_id: uuid.UUID, point: uuid.UUID, product_id: uuid.UUID) -> int:
    now = utcnow()
    goods = session.scalars(
        select(ForeignSale)
        .where(*_TRANSFER, ForeignSale.transfer_to == point, ForeignSale.product_id == product_id)
        .where(ForeignSale.sold_at >= now - WATCH)
        .order_by(ForeignSale.id)
        .execution_options(populate_existing=True)
    ).all()
    sold_on = matched(
        [Moved(one.id, _lot(one), day_of(one.sold_at), one.net_milli) for one in goods],
        _sold_on(session, point, product_id, min(one.sold_at for one in goods)),
        is_known=product_id != UNREGISTERED,
    )
    changed = 0
    for one in goods:
        if one.channel_id == channel_id:
            milli = one.net_milli - sold_on[one.id] if one.sold_at <= now - WAIT else 0
            changed += int(_book(session, one, milli))
    return changed


def _lot(sale: ForeignSale) -> str | None:
    lot = sale.said.get("lot")
    return None if lot is None else str(lot)


def _sold_on(session: Session, point: uuid.UUID, product_id: uuid.UUID, since: datetime) -> Sequence[SoldOn]:
    """What the point of sale reported, passed on itself, or sold in our own checkout; a duplicate was sold too."""
    reported = session.scalars(
        select(ForeignSale)
        .where(ForeignSale.channel_id == point, ForeignSale.product_id == product_id)
        .where(ForeignSale.sold_at >= since - timedelta(days=1), ForeignSale.role != "input")
        .where(ForeignSale.state != "superseded")
    )
    found = [SoldOn(_lot(sale), day_of(sale.sold_at), sale.net_milli) for sale in reported]
    left = OrderLine.quantity - OrderLine.cancelled - OrderLine.rejected - OrderLine.returned
    ordered = session.execute(
        select(SalesOrder.placed_at, left)
        .join(OrderLine, OrderLine.order_id == SalesOrder.id)
        .join(Product, Product.producer_id == SalesOrder.producer_id)
        .where(Product.id == product_id, OrderLine.product_id == product_id, OrderLine.channel_id == point)
        .where(SalesOrder.placed_at >= since - timedelta(days=1), SalesOrder.state != "cancelled")
    )
    return [*found, *(SoldOn(None, day_of(at), units * 1_000) for at, units in ordered)]


def _book(session: Session, sale: ForeignSale, milli: int) -> bool:
    """So much of the transfer counts. More than before is another revision: a line counts once in the books."""
    fen = part_fen(sale.net_fen, sale.net_milli, milli) if milli else 0
    if (fen, milli) == (sale.booked_fen, sale.booked_milli):
        return False
    if sale.booked_milli and (fen > sale.booked_fen or milli > sale.booked_milli):
        shrink(session, sale, 0, 0)
    elif sale.booked_milli:
        shrink(session, sale, fen, milli)
        return True
    if sale.counted_at is not None:
        sale.state = "superseded"
        session.flush()
        sale = renewed(session, sale, "internal")
    _enter(session, sale, fen, milli)
    return True


def _enter(session: Session, sale: ForeignSale, fen: int, milli: int) -> None:
    sale.booked_fen, sale.booked_milli, sale.counted_at = fen, milli, sale.sold_at
    session.flush()
    line = replace(
        counted_line(sale), sale_fen=fen, quantity_milli=milli, weight_g=part_of_weight(sale, milli)
    )
    facts.publish(session, LinesCounted(source="intake", event_id=uuid7(), lines=(line,)))
