"""Batches: made once, kept as bytes, sent until they are held."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.core.ids import uuid7
from marketplace.intake.models import UpwardSource, UpwardTotal
from marketplace.intake.rules.upward import Fed, chained, line_of
from marketplace.intake.rules.upward_totals import read_total
from marketplace.statistics.upward.link import Sending, digest_of
from marketplace.statistics.upward.models import MonthTotal, UpwardBatch
from marketplace.statistics.upward.rows import own_rows, previous_hash, relayed

#: Rows of a batch: some megabytes before they are packed.
MOST_ROWS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed month that is to be sent, ours or one that is passed on."""

    id: uuid.UUID
    period: str
    version: int
    content: bytes
    public_key: bytes
    signature: bytes

    @property
    def last_position(self) -> int:
        """Up to which entry the upper instance must hold the chain before it gets this."""
        return read_total(self.content).last_position


def source_passed_on(session: Session, source: str) -> UpwardSource | None:
    """The source whose entries were fed to us; None for our own."""
    return session.scalars(select(UpwardSource).where(UpwardSource.source == source)).one_or_none()


def make_of_entries(
    session: Session, source: str, own: tuple[str, str], after: int, sequence: int
) -> UpwardBatch | None:
    """The next entries as a batch; None when there are none. `own` is our own source with its area. RowsChanged."""
    if source == own[0]:
        previous = previous_hash(session, source, after)
        if previous is None:
            raise LookupError(f"no batch of ours ends at {after}")
        fed: Sequence[Fed] = list(chained(previous, own_rows(session, own[1], after, MOST_ROWS)))
    else:
        passed_on = source_passed_on(session, source)
        fed = [] if passed_on is None else relayed(session, passed_on, after, MOST_ROWS)
    if not fed:
        return None
    total = sum(one.row["sale_fen"] for one in fed if one.row.get("kind") == "sale")
    batch = _kept(source, sequence, [line_of(one) for one in fed], total)
    batch.from_position, batch.to_position = fed[0].position, fed[-1].position
    batch.hash = fed[-1].hash
    session.add(batch)
    session.flush()
    return batch


def make_of_total(session: Session, source: str, total: Sealed, sequence: int) -> UpwardBatch:
    """A sealed month as a batch of one row."""
    line = orjson.dumps(
        {
            "sealed": total.content.decode(),
            "public_key": total.public_key.hex(),
            "signature": total.signature.hex(),
        }
    )
    batch = _kept(source, sequence, [line], 0)
    batch.total_id = total.id
    session.add(batch)
    session.flush()
    return batch


def sealed_totals(session: Session, source: str, own: str) -> list[Sealed]:
    """Every sealed month of the source that no batch holds yet, by month and version."""
    in_batches = select(UpwardBatch.total_id).where(
        UpwardBatch.source == source, UpwardBatch.total_id.is_not(None), UpwardBatch.state != "void"
    )
    if source == own:
        rows = session.execute(
            select(
                MonthTotal.id,
                MonthTotal.period,
                MonthTotal.version,
                MonthTotal.content,
                MonthTotal.public_key,
                MonthTotal.signature,
            )
            .where(
                MonthTotal.source == source, MonthTotal.state == "sealed", MonthTotal.id.not_in(in_batches)
            )
            .order_by(MonthTotal.period, MonthTotal.version)
        ).all()
    else:
        rows = session.execute(
            select(
                UpwardTotal.id,
                UpwardTotal.period,
                UpwardTotal.version,
                UpwardTotal.content,
                UpwardTotal.public_key,
                UpwardTotal.signature,
            )
            .join(UpwardSource, UpwardSource.id == UpwardTotal.source_id)
            .where(UpwardSource.source == source, UpwardTotal.id.not_in(in_batches))
            .order_by(UpwardTotal.period, UpwardTotal.version)
        ).all()
    return [
        Sealed(total_id, period, version, bytes(content), bytes(key or b""), bytes(signature or b""))
        for total_id, period, version, content, key, signature in rows
    ]


def month_of(session: Session, batch: UpwardBatch) -> tuple[str, int]:
    """Month and version of the sealed month that a batch holds."""
    for model in (MonthTotal, UpwardTotal):
        found = session.execute(
            select(model.period, model.version).where(model.id == batch.total_id)
        ).one_or_none()
        if found is not None:
            return found[0], found[1]
    raise LookupError(f"batch {batch.id} holds no month")


def as_sending(batch: UpwardBatch) -> Sending:
    """What is sent of it."""
    return Sending(
        batch.source, batch.sequence, batch.rows, batch.total_fen, batch.digest.hex(), bytes(batch.content)
    )


def _kept(source: str, sequence: int, lines: Sequence[bytes], total_fen: int) -> UpwardBatch:
    content = b"\n".join(lines)
    return UpwardBatch(
        id=uuid7(),
        source=source,
        sequence=sequence,
        rows=len(lines),
        total_fen=total_fen,
        content=gzip.compress(content, 6, mtime=0),
        digest=digest_of(content),
        state="open",
        made_at=utcnow(),
    )
