"""Rows of one channel become sales, refunds, corrections and steps of sales, each once. The channel is locked by the caller."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core.clock import day_of
from marketplace.core.ids import uuid7
from marketplace.intake.cabinets import service as cabinets
from marketplace.intake.models import Batch, ForeignSale, Report
from marketplace.intake.rules.rows import Refused, RowRefused, SaleRow
from marketplace.intake.service.books import count, frozen_json, take_back
from marketplace.intake.service.matching import match
from marketplace.intake.service.registers import Registers, read_registers

#: How far a device's clock may be ahead.
CLOCK_AHEAD: Final = timedelta(minutes=10)
# Within a batch a sale comes before what is said of it.
_ORDER: Final = {"sale": 0, "correction": 1, "refund": 2}


@dataclass(slots=True)
class Taken:
    """Numbers of rows by what became of them."""

    accepted: list[int] = field(default_factory=list)
    duplicate: list[int] = field(default_factory=list)
    corrected: list[int] = field(default_factory=list)
    refused: list[tuple[int, Refused]] = field(default_factory=list)


@dataclass(slots=True)
class _Desk:
    """What is known of the sales that a batch speaks of, and what the batch adds."""

    session: Session
    batch: Batch
    channel: Channel
    registers: Registers
    sales: dict[tuple[str, str], ForeignSale]
    reports: dict[tuple[str, str, str], bytes]
    touched: list[ForeignSale] = field(default_factory=list)


def take(session: Session, batch: Batch, channel: Channel, rows: Sequence[tuple[int, SaleRow]]) -> Taken:
    """Put the rows into the books; those that cannot be are in `refused` and have changed nothing."""
    desk = _desk(session, batch, channel, [row for _, row in rows])
    taken = Taken()
    for number, row in sorted(rows, key=lambda one: (_ORDER[one[1].action], one[0])):
        try:
            _one(desk, number, row, taken)
        except RowRefused as error:
            taken.refused.append((number, error.refused))
    session.flush()
    count(session, desk.touched, batch.id)
    cabinets.follow(session, channel, rows, {*taken.accepted, *taken.corrected})
    return taken


def digest_of(row: SaleRow) -> bytes:
    """What a row says, as 32 bytes; its state left out, for a sale moves on and is the same sale."""
    values = {name: getattr(row, name) for name in SaleRow.__slots__ if name != "facts"}
    return hashlib.sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).digest()


def _desk(session: Session, batch: Batch, channel: Channel, rows: Sequence[SaleRow]) -> _Desk:
    refs = sorted({row.order_ref for row in rows})
    reports = session.execute(
        select(Report.order_ref, Report.line_ref, Report.action_ref, Report.digest).where(
            Report.channel_id == channel.id, Report.order_ref.in_(refs)
        )
    )
    sales = session.scalars(
        select(ForeignSale).where(
            ForeignSale.channel_id == channel.id,
            ForeignSale.order_ref.in_(refs),
            ForeignSale.state != "superseded",
        )
    )
    return _Desk(
        session,
        batch,
        channel,
        read_registers(session, channel, rows),
        {(sale.order_ref, sale.line_ref): sale for sale in sales},
        {(order, line, action): digest for order, line, action, digest in reports},
    )


def _one(desk: _Desk, number: int, row: SaleRow, taken: Taken) -> None:
    _check_time(desk, row)
    digest = digest_of(row)
    known = desk.reports.get(row.report_key)
    if known is not None:
        if known != digest:
            raise RowRefused("differs")
        moved_on = row.action == "sale" and _advance(desk, row)
        (taken.accepted if moved_on else taken.duplicate).append(number)
        return
    sale = _DO[row.action](desk, row)
    desk.reports[row.report_key] = digest
    desk.session.add(
        Report(
            id=uuid7(),
            channel_id=desk.channel.id,
            order_ref=row.order_ref,
            line_ref=row.line_ref,
            action_ref=row.action_ref,
            digest=digest,
            batch_id=desk.batch.id,
            row_no=number,
            sale_id=sale.id,
        )
    )
    (taken.corrected if row.action == "correction" else taken.accepted).append(number)


def _check_time(desk: _Desk, row: SaleRow) -> None:
    if row.sold_at > desk.batch.received_at + CLOCK_AHEAD:
        raise RowRefused("future")
    if day_of(row.sold_at) < desk.channel.opened_on:
        raise RowRefused("too_old")
    if row.amount_fen == 0:
        raise RowRefused("out_of_range")


def _advance(desk: _Desk, row: SaleRow) -> bool:
    """The same sale, further on; False when that was known. It never goes back."""
    sale = desk.sales[row.key]
    if sale.state != "waiting" or row.facts <= set(sale.facts):
        return False
    sale.facts = sorted(row.facts.union(sale.facts))
    desk.touched.append(sale)
    return True


def _new_sale(desk: _Desk, row: SaleRow, revision: int = 1) -> ForeignSale:
    matched = match(desk.registers, row)
    sale = ForeignSale(
        id=uuid7(),
        channel_id=desk.channel.id,
        order_ref=row.order_ref,
        line_ref=row.line_ref,
        revision=revision,
        batch_id=desk.batch.id,
        state="waiting",
        counting_policy=matched.counting_policy,
        facts=sorted(row.facts),
        product_id=matched.product_id,
        sale_fen=row.amount_fen,
        quantity_milli=row.quantity_milli,
        weight_g=matched.weight_g,
        refunded_fen=0,
        refunded_milli=0,
        sold_at=row.sold_at,
        frozen=frozen_json(matched.frozen),
    )
    desk.session.add(sale)
    desk.sales[row.key] = sale
    desk.touched.append(sale)
    return sale


def _refund(desk: _Desk, row: SaleRow) -> ForeignSale:
    sale = _known_sale(desk, row)
    if row.sold_at < sale.sold_at:
        raise RowRefused("too_old")
    fen, milli = sale.refunded_fen + row.amount_fen, sale.refunded_milli + row.quantity_milli
    if fen > sale.sale_fen or milli > sale.quantity_milli:
        raise RowRefused("above_sale")
    if sale.state == "counted":
        take_back(
            desk.session,
            sale,
            row.amount_fen,
            row.quantity_milli,
            event_id=uuid7(),
            at=row.sold_at,
            reason="return",
        )
    sale.refunded_fen, sale.refunded_milli = fen, milli
    return sale


def _correction(desk: _Desk, row: SaleRow) -> ForeignSale:
    """The sale as it should have been said: the old one is taken back whole, another revision stands in its place."""
    old = _known_sale(desk, row)
    if row.amount_fen < old.refunded_fen or row.quantity_milli < old.refunded_milli:
        raise RowRefused("above_sale")
    left_fen, left_milli = old.sale_fen - old.refunded_fen, old.quantity_milli - old.refunded_milli
    if old.state == "counted" and left_fen:
        take_back(
            desk.session,
            old,
            left_fen,
            left_milli,
            event_id=uuid7(),
            at=desk.batch.received_at,
            reason="correction",
        )
    old.state = "superseded"
    desk.session.flush()
    new = _new_sale(desk, row, old.revision + 1)
    new.facts = sorted(row.facts.union(old.facts))
    new.refunded_fen, new.refunded_milli = old.refunded_fen, old.refunded_milli
    return new


def _known_sale(desk: _Desk, row: SaleRow) -> ForeignSale:
    sale = desk.sales.get(row.key)
    if sale is None:
        raise RowRefused("sale_unknown")
    return sale


_DO: Final[Mapping[str, Callable[[_Desk, SaleRow], ForeignSale]]] = {
    "sale": _new_sale,
    "refund": _refund,
    "correction": _correction,
}
