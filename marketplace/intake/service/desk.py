"""What is known of the sales that a batch speaks of, and what the batch makes of them, until it is written."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core.clock import utcnow
from marketplace.core.ids import many_uuid7
from marketplace.intake.models import Batch
from marketplace.intake.rules.rows import Refused, SaleRow
from marketplace.intake.service.registers import Registers, read_registers
from marketplace.intake.service.sales import Sale, known_reports, known_sales, said_last

#: How far a device's clock may be ahead.
CLOCK_AHEAD: Final = timedelta(minutes=10)


@dataclass(slots=True)
class Taken:
    """Numbers of rows by what became of them."""

    accepted: list[int] = field(default_factory=list)
    duplicate: list[int] = field(default_factory=list)
    corrected: list[int] = field(default_factory=list)
    # Corrections that are older than what the device has said since.
    overtaken: list[int] = field(default_factory=list)
    refused: list[tuple[int, Refused]] = field(default_factory=list)


@dataclass(slots=True)
class Desk:
    """What is known of the sales that a batch speaks of, and what the batch adds.

    `sales`, `reports` and `registers` are those of all batches that are taken together. What every row asks of the batch and its
    channel stands here by itself: the mapper's attributes take their time.
    """

    session: Session
    batch: Batch
    batch_id: uuid.UUID
    sequence: int
    channel_id: uuid.UUID
    opened_on: date  # the channel's first Shanghai day
    latest: datetime  # what is said to have been sold after it is of the future
    registers: Registers
    sales: dict[tuple[str, str], Sale]
    reports: dict[tuple[str, str, str], bytes]
    new: dict[uuid.UUID, Sale] = field(default_factory=dict)
    changed: dict[uuid.UUID, Sale] = field(default_factory=dict)  # of those that were there before
    said: list[tuple[Any, ...]] = field(default_factory=list)  # rows of `Report`, by `sales.OF_REPORT`
    ids: Iterator[uuid.UUID] = field(default_factory=many_uuid7)  # for what the batch adds
    # Where this device last corrected a sale: (number of the batch, row).
    said_at: dict[uuid.UUID, tuple[int, int]] = field(default_factory=dict)

    def note(self, sale: Sale) -> None:
        """A sale is not what it was: one of this batch is written as it is at the end, one that was there must be updated."""
        if sale.id not in self.new:
            self.changed[sale.id] = sale


def open_desks(
    session: Session, channel: Channel, batches: Sequence[tuple[Batch, Sequence[tuple[int, SaleRow]]]]
) -> list[Desk]:
    """A desk for each batch, in order: reports, sales and registers that their rows speak of are read at once."""
    rows = [row for _, numbered in batches for _, row in numbered]
    reports = known_reports(session, channel.id, {row.order_ref for row in rows})
    # A sale that was never reported is not there, so only rows that say more of one ask for it.
    spoken_of = {row.order_ref for row in rows if row.action != "sale" or row.report_key in reports}
    sales = known_sales(session, channel.id, spoken_of)
    registers = read_registers(session, channel, rows)
    desks = []
    for batch, numbered in batches:
        corrected = [sales[row.key] for _, row in numbered if row.action == "correction" and row.key in sales]
        said_at = said_last(session, corrected, batch.device_id)
        # A row that people look at again is of the past once its time has come, whatever the clock of its till was.
        seen_at = batch.received_at if batch.state == "received" else utcnow()
        desks.append(
            Desk(
                session,
                batch,
                batch.id,
                batch.sequence,
                channel.id,
                channel.opened_on,
                seen_at + CLOCK_AHEAD,
                registers,
                sales,
                reports,
                said_at=said_at,
            )
        )
    return desks
