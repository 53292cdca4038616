"""Batches are read: each row becomes a sale, mends one, says what is known, or is kept apart. All of a batch is taken or none.

Batches of a channel come one after the other (an advisory lock): of two that say the same at once the second finds what the
first wrote. Rows that waited for a sale they speak of are looked at again whenever their channel reports.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core import held_jobs
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import DomainError
from marketplace.core.ids import uuid7
from marketplace.core.json_rows import JsonRows
from marketplace.intake.models import Batch, RowOutcome
from marketplace.intake.rules.rows import PASSED_OVER, refusal_outcome
from marketplace.intake.service.beside import of_other_orders, waiting_beside
from marketplace.intake.service.desk import Taken
from marketplace.intake.service.opening import Opened, Record, opened
from marketplace.intake.service.quarantine import LOCK_SPACE, retry_waiting
from marketplace.intake.service.receive import job_key
from marketplace.intake.service.together import take_together

_CHANNEL: Final = select(Batch.channel_id).where(Batch.id == bindparam("id"))
_AT_ONCE: Final = 2_000
_ROWS: Final = JsonRows(RowOutcome)
_INSERT: Final = sql(_ROWS.insert("rows"))
log = structlog.get_logger(__name__)


def process_batch(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    """Read a received batch, alone; done twice it is done once."""
    batch = _turn_of(session, payload)
    if batch.state == "received":
        _read(session, [batch])
    return _receipt(batch)


def process_waiting(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    """The job of a received batch: it is read, and with it what else of its channel waits."""
    batch = _turn_of(session, payload)
    if batch.state == "received":
        beside = waiting_beside(session, batch)
        _read(session, [batch, *beside])
        held_jobs.finish(session, [job_key(one.id) for one in beside if one.state != "received"])
    return _receipt(batch)


def _turn_of(session: Session, payload: dict[str, Any]) -> Batch:
    """The batch, its channel locked."""
    batch_id = uuid.UUID(payload["batch_id"])
    channel_id = session.scalars(_CHANNEL, {"id": batch_id}).one()
    lock_exclusive(session, LOCK_SPACE, str(channel_id))
    return session.get_one(Batch, batch_id, with_for_update=True, populate_existing=True)


def _receipt(batch: Batch) -> dict[str, Any]:
    if batch.state != "done":
        return {"state": batch.state}
    return {"state": batch.state, "accepted": batch.accepted, "quarantined": batch.quarantined}


def _read(session: Session, batches: Sequence[Batch]) -> None:
    """Take batches of one channel, in order: as one after the other, in as few statements as one."""
    channel = session.get_one(Channel, batches[0].channel_id)
    readings = list(of_other_orders(_opened(batches)))
    if readings:
        _take(session, channel, readings)
    session.flush()


def _take(session: Session, channel: Channel, readings: Sequence[Opened]) -> None:
    all_taken = take_together(session, channel, [(one.batch, one.rows) for one in readings])
    outcomes = [
        row for reading, taken in zip(readings, all_taken, strict=True) for row in _settle(reading, taken)
    ]
    for first in range(0, len(outcomes), _AT_ONCE):
        session.connection().execute(_INSERT, {"rows": _ROWS.dump(outcomes[first : first + _AT_ONCE])})
    retry_waiting(session, channel, {ref for reading in readings for ref in reading.order_refs})
    for reading in readings:
        reading.batch.state, reading.batch.done_at = "done", utcnow()


def _opened(batches: Iterable[Batch]) -> Iterator[Opened]:
    """The batches that are what their manifests say; the others are refused."""
    for batch in batches:
        try:
            yield opened(batch)
        except DomainError as error:
            batch.state, batch.refusal, batch.done_at = "refused", error.code, utcnow()
            log.warning("intake_batch_refused", batch=batch.number, reason=error.code)


def _settle(reading: Opened, taken: Taken) -> list[dict[str, Any]]:
    """Write on the batch what became of its rows; the rows that were not simply accepted, to be written."""
    batch, refused = reading.batch, [*reading.refused, *taken.refused]
    passed_over = [one for one in refused if one[1].reason in PASSED_OVER]
    batch.accepted = len(taken.accepted)
    batch.duplicate = len(taken.duplicate) + len(taken.overtaken)
    batch.corrected = len(taken.corrected)
    batch.passed_over = len(passed_over)
    batch.quarantined = len(refused) - len(passed_over)
    read = dict(reading.rows)
    outcomes: list[tuple[int, str, str | None, str | None]] = [
        *((number, refusal_outcome(why), why.reason, why.field) for number, why in refused),
        *((number, "duplicate", None, None) for number in taken.duplicate),
        *((number, "corrected", None, None) for number in taken.corrected),
        *((number, "duplicate", "overtaken", None) for number in taken.overtaken),
    ]
    return [
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
            "record": _keepable(reading.records[number]) if outcome == "quarantined" else None,
        }
        for number, outcome, reason, field in outcomes
    ]


def _keepable(record: Record) -> dict[str, str | None]:
    """What a row said, as far as the database can hold it: it has no NUL."""
    return {
        _keepable_text(name): None if text is None else _keepable_text(text) for name, text in record.items()
    }


def _keepable_text(text: str) -> str:
    return text.replace("\0", "\ufffd")
