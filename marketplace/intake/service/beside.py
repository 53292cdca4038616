"""Which batches of a channel are read along with the one whose turn it is: small ones cost little more together than one alone.

Source: docs/adr/0028. A batch that failed before is read by itself, so that it keeps no other from the books.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import any_, bindparam, select
from sqlalchemy.orm import Session

from marketplace.core import held_jobs
from marketplace.core.arrays import many_uuids
from marketplace.intake.models import Batch
from marketplace.intake.rules.manifests import MOST_BYTES
from marketplace.intake.rules.upward import ADAPTER as UPWARD
from marketplace.intake.service.opening import Opened
from marketplace.intake.service.receive import job_key

#: Rows of batches that are read together, unless one alone has more: a second's work, so nobody waits long for their locks.
MOST_ROWS_TOGETHER: Final = 4_000
_MOST_BATCHES: Final = 200

_WAITING: Final = (
    select(Batch.id, Batch.row_count)
    .where(
        Batch.channel_id == bindparam("channel"),
        Batch.state == "received",
        Batch.adapter != UPWARD,
        Batch.id != bindparam("own"),
    )
    .order_by(Batch.received_at, Batch.id)
    .limit(_MOST_BATCHES)
)
_LOCKED: Final = (
    select(Batch)
    .where(Batch.id == any_(many_uuids("ids")))
    .order_by(Batch.received_at, Batch.id)
    .with_for_update()
    .execution_options(populate_existing=True)
)


def waiting_beside(session: Session, own: Batch) -> list[Batch]:
    """Batches of the same channel that wait and whose jobs nobody else has in hand, oldest first; held until the end.

    None for a batch that failed before. The channel is locked by the caller.
    """
    room = MOST_ROWS_TOGETHER - own.row_count
    chosen: dict[str, uuid.UUID] = {}
    for batch_id, row_count in session.execute(_WAITING, {"channel": own.channel_id, "own": own.id}):
        room -= row_count
        if room < 0:
            break
        chosen[job_key(batch_id)] = batch_id
    if not chosen:
        return []
    attempts = held_jobs.hold(session, [job_key(own.id), *chosen])
    if attempts.get(job_key(own.id), 0):
        return []
    ids = [batch_id for key, batch_id in chosen.items() if attempts.get(key) == 0]
    return list(session.scalars(_LOCKED, {"ids": ids}).all())


def of_other_orders(batches: Iterable[Opened]) -> Iterator[Opened]:
    """The batches up to the first that speaks of an order of one before it, or is too much to hold beside them."""
    orders: set[str] = set()
    size = 0
    for one in batches:
        size += one.size
        if orders and (size > MOST_BYTES or not orders.isdisjoint(one.order_refs)):
            return
        orders |= one.order_refs
        yield one
