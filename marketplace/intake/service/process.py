"""A batch is read: each row becomes a sale, mends one, says what is known, or is kept apart. All of it or none changes the books.

One batch of a channel at a time (an advisory lock): of two that say the same at once the second finds what the first wrote. Rows
that waited for a sale they speak of are looked at again whenever their channel reports.
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import DomainError, Invalid
from marketplace.core.ids import uuid7
from marketplace.core.json_rows import JsonRows
from marketplace.intake.models import Batch, RowOutcome
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.manifests import records
from marketplace.intake.rules.rows import PASSED_OVER, Refused, RowRefused, SaleRow, refusal_outcome
from marketplace.intake.service.desk import Taken
from marketplace.intake.service.quarantine import LOCK_SPACE, retry_waiting
from marketplace.intake.service.taking import take

_AT_ONCE: Final = 2_000
_ROWS: Final = JsonRows(RowOutcome)
_INSERT: Final = sql(_ROWS.insert("rows"))
log = structlog.get_logger(__name__)
Record = Mapping[str, str | None]


def process_batch(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    """The job of a received batch; done twice it is done once."""
    batch_id = uuid.UUID(payload["batch_id"])
    channel_id = session.scalars(select(Batch.channel_id).where(Batch.id == batch_id)).one()
    lock_exclusive(session, LOCK_SPACE, str(channel_id))
    batch = session.get_one(Batch, batch_id, with_for_update=True, populate_existing=True)
    if batch.state != "received":
        return {"state": batch.state}
    try:
        # No more than the manifest says, and one: a batch of ten million rows is known for what it is at the first too many.
        read = records(zlib.decompress(batch.content), batch.format, adapter_of(batch.adapter))
        rows = dict(islice(read, batch.row_count + 1))
        if len(rows) != batch.row_count:
            raise Invalid("batch_rows", "行数与清单不符")
        reading = _read(batch, rows)
        _check_total(batch, reading)
    except DomainError as error:
        batch.state, batch.refusal, batch.done_at = "refused", error.code, utcnow()
        session.flush()
        log.warning("intake_batch_refused", batch=batch.number, reason=error.code)
        return {"state": batch.state}
    channel = session.get_one(Channel, batch.channel_id)
    _settle(session, batch, rows, reading, take(session, batch, channel, reading.rows))
    retry_waiting(session, channel, {row.order_ref for _, row in reading.rows})
    batch.state, batch.done_at = "done", utcnow()
    session.flush()
    return {"state": batch.state, "accepted": batch.accepted, "quarantined": batch.quarantined}


@dataclass(frozen=True, slots=True)
class _Reading:
    rows: list[tuple[int, SaleRow]]
    refused: list[tuple[int, Refused]]


def _read(batch: Batch, rows: Mapping[int, Record]) -> _Reading:
    adapter, reading = adapter_of(batch.adapter), _Reading([], [])
    for number, record in rows.items():
        try:
            reading.rows.append((number, adapter.read(record)))
        except RowRefused as error:
            reading.refused.append((number, error.refused))
    return reading


def _check_total(batch: Batch, reading: _Reading) -> None:
    """Invalid for a batch whose money is not what its manifest says; what an unreadable row is worth is not known."""
    total = sum(row.amount_fen for _, row in reading.rows if row.action == "sale")
    if total > batch.total_fen or (total < batch.total_fen and not reading.refused):
        raise Invalid("batch_total", "金额合计与清单不符")


def _settle(
    session: Session, batch: Batch, rows: Mapping[int, Record], reading: _Reading, taken: Taken
) -> None:
    refused = [*reading.refused, *taken.refused]
    passed_over = [one for one in refused if one[1].reason in PASSED_OVER]
    outcomes = [
        *((number, refusal_outcome(why), why.reason, why.field) for number, why in refused),
        *((number, "duplicate", None, None) for number in taken.duplicate),
        *((number, "corrected", None, None) for number in taken.corrected),
        *((number, "duplicate", "overtaken", None) for number in taken.overtaken),
    ]
    _write_outcomes(session, batch, rows, dict(reading.rows), outcomes)
    batch.accepted = len(taken.accepted)
    batch.duplicate = len(taken.duplicate) + len(taken.overtaken)
    batch.corrected = len(taken.corrected)
    batch.passed_over = len(passed_over)
    batch.quarantined = len(refused) - len(passed_over)


def _write_outcomes(
    session: Session,
    batch: Batch,
    rows: Mapping[int, Record],
    read: Mapping[int, SaleRow],
    outcomes: Sequence[tuple[int, str, str | None, str | None]],
) -> None:
    written = [
        {
            "id": uuid7(),
            "batch_id": batch.id,
            "channel_id": batch.channel_id,
            "row_no": number,
            "attempt": 1,
            "outcome": outcome,
            "reason": reason,
            "field": None if field is None else _keepable_text(field),
            "order_ref": read[number].order_ref if number in read else None,
            "record": _keepable(rows[number]) if outcome == "quarantined" else None,
        }
        for number, outcome, reason, field in outcomes
    ]
    for first in range(0, len(written), _AT_ONCE):
        session.connection().execute(_INSERT, {"rows": _ROWS.dump(written[first : first + _AT_ONCE])})


def _keepable(record: Record) -> dict[str, str | None]:
    """What a row said, as far as the database can hold it: it has no NUL."""
    return {
        _keepable_text(name): None if text is None else _keepable_text(text) for name, text in record.items()
    }


def _keepable_text(text: str) -> str:
    return text.replace("\0", "\ufffd")
