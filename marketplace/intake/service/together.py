"""Batches of one channel enter the books: their rows are taken one after the other, and what came of them is written at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.intake.cabinets import service as cabinets
from marketplace.intake.models import Batch
from marketplace.intake.rules.rows import SaleRow
from marketplace.intake.service.books import AnySale, begin_counting, publish_counted
from marketplace.intake.service.desk import Taken, open_desks
from marketplace.intake.service.duplicates.notice import is_looked_at, notice
from marketplace.intake.service.sales import write_changed, write_new
from marketplace.intake.service.taking import take_rows


def take(session: Session, batch: Batch, channel: Channel, rows: Sequence[tuple[int, SaleRow]]) -> Taken:
    """Put the rows into the books; those that cannot be are in `refused` and have changed nothing."""
    return take_together(session, channel, [(batch, rows)])[0]


def take_together(
    session: Session, channel: Channel, batches: Sequence[tuple[Batch, Sequence[tuple[int, SaleRow]]]]
) -> list[Taken]:
    """`take` for batches of a channel one after the other, by as many statements as one costs; what became of each.

    No two of them may speak of one order: then none could tell whether what the other did is written yet.
    """
    desks = open_desks(session, channel, batches)
    all_taken = [take_rows(desk, rows) for desk, (_, rows) in zip(desks, batches, strict=True)]
    ready, suspects = [], []
    for desk in desks:
        sales, looked_at = [*desk.new.values(), *desk.changed.values()], is_looked_at(desk.batch)
        suspects.append([sale.id for sale in sales if looked_at(sale)])
        ready.append(begin_counting(sale for sale in sales if not looked_at(sale)))
    write_changed(session, [sale for desk in desks for sale in desk.changed.values()])
    write_new(
        session,
        [sale for desk in desks for sale in desk.new.values()],
        [said for desk in desks for said in desk.said],
    )
    # What may be another's report of a sale stands in the table by now, and the ledger knows nothing of it yet.
    found = [notice(session, desk.batch, ids) for desk, ids in zip(desks, suspects, strict=True)]
    counted: list[tuple[uuid.UUID, list[AnySale]]] = [
        (desk.batch.id, [*sales, *more]) for desk, sales, more in zip(desks, ready, found, strict=True)
    ]
    publish_counted(session, counted)
    cabinets.follow(session, channel, _moving(batches, all_taken))
    return all_taken


def _moving(
    batches: Sequence[tuple[Batch, Sequence[tuple[int, SaleRow]]]], all_taken: Sequence[Taken]
) -> list[SaleRow]:
    """The rows that were taken: goods left a shelf, or came back to it."""
    moving = []
    for (_, rows), taken in zip(batches, all_taken, strict=True):
        numbers = {*taken.accepted, *taken.corrected}
        moving += [row for number, row in rows if number in numbers]
    return moving
