"""What the rows of a batch mean for the stock of its cabinets, in the batch's own transaction.

Sales and corrections are taken from the sales as they now stand, so that the same batch read twice moves nothing twice; a
refund brings its units back to the device that sold them. Sales before a cabinet was kept are none of its stock.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.intake.cabinets.models import Cabinet, CabinetMovement
from marketplace.intake.cabinets.rules.goods import Goods
from marketplace.intake.cabinets.service.books import Movement, book, lock_cabinets
from marketplace.intake.cabinets.service.promises import keep_promises
from marketplace.intake.models import Batch, ForeignSale
from marketplace.intake.rules.rows import SaleRow
from marketplace.intake.service.matching import UNREGISTERED

_SUPERSEDED: Final = "superseded"


def follow(session: Session, channel: Channel, said: Sequence[SaleRow]) -> None:
    """Move the stock of the channel's cabinets by the rows that were taken. The channel is held by the caller."""
    cabinets = lock_cabinets(session, channel.id)
    if not cabinets or not said:
        return
    session.flush()
    sales = _sales(session, channel, {row.key for row in said})
    known = _moved(session, {sale.id for sale, _ in sales})
    by_device: dict[uuid.UUID, list[Movement]] = {device: [] for device in cabinets}
    for sale, device in sales:
        if device in cabinets:
            by_device[device] += _of_sale(sale, cabinets[device], known)
    newest = {(sale.order_ref, sale.line_ref): (sale, device) for sale, device in sales}
    for row in said:
        if row.action == "refund" and row.key in newest and newest[row.key][1] in cabinets:
            sale, device = newest[row.key]
            by_device[device] += _of_refund(channel, row, sale, cabinets[device])
    if sum(book(session, cabinets[device], moved) for device, moved in by_device.items()):
        keep_promises(session, channel)


def goods_of(sale: ForeignSale) -> Goods:
    """What was sold, as slots name it."""
    name = str(sale.frozen["product_name"])
    return Goods(None if sale.product_id == UNREGISTERED else sale.product_id, name)


def _sales(
    session: Session, channel: Channel, keys: set[tuple[str, str]]
) -> list[tuple[ForeignSale, uuid.UUID]]:
    """All revisions of the sales, in order, each with the device that reported its first one: that is where the goods stood."""
    rows = session.execute(
        select(ForeignSale, Batch.device_id)
        .join(Batch, Batch.id == ForeignSale.batch_id)
        .where(ForeignSale.channel_id == channel.id, ForeignSale.order_ref.in_({order for order, _ in keys}))
        .order_by(ForeignSale.order_ref, ForeignSale.line_ref, ForeignSale.revision)
    )
    first: dict[tuple[str, str], uuid.UUID] = {}
    found = []
    for sale, device in rows:
        key = (sale.order_ref, sale.line_ref)
        if key in keys:
            found.append((sale, first.setdefault(key, device)))
    return found


def _moved(session: Session, sale_ids: set[uuid.UUID]) -> set[uuid.UUID]:
    """Of the sales, those that moved stock before."""
    return {
        one
        for one in session.scalars(
            select(CabinetMovement.source_id).where(
                CabinetMovement.source_id.in_(sale_ids), CabinetMovement.kind == "sale"
            )
        )
        if one is not None
    }


def _of_sale(sale: ForeignSale, cabinet: Cabinet, known: set[uuid.UUID]) -> Iterator[Movement]:
    """A sale that was never moved before it was put right needs no movement at all."""
    if sale.state == _SUPERSEDED:
        if sale.id in known:
            yield _movement("sale_withdrawn", sale)
    elif sale.sold_at >= cabinet.since:
        yield _movement("sale", sale)


def _movement(kind: str, sale: ForeignSale) -> Movement:
    return Movement(
        goods=goods_of(sale), kind=kind, at=sale.sold_at, milli=sale.quantity_milli, source_id=sale.id
    )


def _of_refund(channel: Channel, row: SaleRow, sale: ForeignSale, cabinet: Cabinet) -> Iterator[Movement]:
    if sale.sold_at >= cabinet.since:
        source = uuid.uuid5(channel.id, "\0".join(row.report_key))
        yield Movement(
            goods=goods_of(sale), kind="refund", at=row.sold_at, milli=row.quantity_milli, source_id=source
        )
