"""Files that operators hand in: each becomes a batch of the channel's device "by hand", numbered like any device's.

The same rows again are answered with the receipt that they had: the device is locked, and the database has one batch of them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.ids import uuid7
from marketplace.core.trying import taken_back
from marketplace.intake.models import Batch, Device
from marketplace.intake.rules.adapters import reporting_adapter
from marketplace.intake.rules.manifests import MOST_ROWS, TABLE, Manifest, table_lines
from marketplace.intake.rules.rows import RowRefused
from marketplace.intake.rules.shapes import Adapter, Record
from marketplace.intake.rules.uploads import upload_records
from marketplace.intake.service.keys import managed_channel
from marketplace.intake.service.process import process_batch
from marketplace.intake.service.receipts import RowResult, results_of
from marketplace.intake.service.receive import keep_batch

#: A preview holds the channel while it lasts, so it is of no more rows than that.
MOST_PREVIEWED: Final = 2_000
BY_HAND: Final = "HAND"


@dataclass(frozen=True, slots=True)
class Handed:
    """What came of a file: its batch, and whether these rows had been handed in before."""

    batch: Batch
    known: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of each row of a file; nothing of it was kept. `known`: the rows had been handed in before."""

    known: bool
    number: str | None
    rows: list[RowResult]


def hand_in(session: Session, actor: Actor, channel_code: str, adapter_code: str, content: bytes) -> Handed:
    """Take a file (CSV or XLSX); a job reads its rows.

    Invalid (``sheet_…``, ``no_headings``, ``no_rows``, ``adapter``), Conflict (``adapter_misfit``), NotFound, Forbidden.
    """
    channel = managed_channel(session, actor, channel_code)
    adapter = fitting_adapter(channel, reporting_adapter(adapter_code))
    return hand_in_rows(session, actor, channel, adapter, upload_records(content, adapter))


def hand_in_rows(
    session: Session, actor: Actor, channel: Channel, adapter: Adapter, rows: list[tuple[int, Record]]
) -> Handed:
    """The same, of rows that were read already by somebody who may."""
    if len(rows) > MOST_ROWS:
        raise Invalid("batch_rows", f"一批应有 1 至 {MOST_ROWS} 行", pointer="/file")
    lines = table_lines(rows)
    digest = hashlib.sha256(lines).digest()
    device = _device_by_hand(session, actor, channel, adapter)
    known = session.scalars(
        select(Batch).where(Batch.device_id == device.id, Batch.digest == digest)
    ).one_or_none()
    if known is not None:
        return Handed(known, known=True)
    manifest = Manifest(
        channel=channel.code,
        device=device.code,
        sequence=device.last_sequence + 1,
        format=TABLE,
        rows=len(rows),
        sha256=digest.hex(),
        total_fen=_total_fen(adapter, rows),
    )
    return Handed(keep_batch(session, device, None, manifest, lines, actor=actor), known=False)


def preview(session: Session, actor: Actor, channel_code: str, adapter_code: str, content: bytes) -> Preview:
    """What would become of each row, found out by doing it and taking it back. Invalid (``preview_rows``) for too many."""
    channel = managed_channel(session, actor, channel_code)
    adapter = fitting_adapter(channel, reporting_adapter(adapter_code))
    rows = upload_records(content, adapter)
    if len(rows) > MOST_PREVIEWED:
        raise Invalid("preview_rows", f"一次至多预览 {MOST_PREVIEWED} 行", pointer="/file")
    with taken_back(session):
        handed = hand_in_rows(session, actor, channel, adapter, rows)
        if not handed.known:
            process_batch(session, {"batch_id": str(handed.batch.id)})
        return Preview(
            handed.known, handed.batch.number if handed.known else None, results_of(session, handed.batch)
        )


def fitting_adapter(channel: Channel, adapter: Adapter) -> Adapter:
    """The shape, if the channel's kind may report in it. Conflict (``adapter_misfit``)."""
    if channel.kind not in adapter.channel_kinds:
        raise Conflict("adapter_misfit", "该上报接口不适用于此类销售点", kind=channel.kind)
    return adapter


def _device_by_hand(session: Session, actor: Actor, channel: Channel, adapter: Adapter) -> Device:
    """The channel's device of those who hand in by hand in this shape, made when first needed; locked."""
    code = f"{BY_HAND}-{adapter.code}"
    made = session.scalar(
        insert(Device)
        .values(
            id=uuid7(),
            channel_id=channel.id,
            code=code,
            adapter=adapter.code,
            registered_at=utcnow(),
            last_sequence=0,
        )
        .on_conflict_do_nothing(index_elements=["channel_id", "code"])
        .returning(Device.id)
    )
    if made is not None:
        audit.record(
            session,
            actor,
            "intake.channel.device_registered",
            "channel",
            channel.code,
            area_code=channel.area_code,
            detail={"device": code},
        )
    return session.scalars(
        select(Device)
        .where(Device.channel_id == channel.id, Device.code == code)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def _total_fen(adapter: Adapter, rows: list[tuple[int, Record]]) -> int:
    total = 0
    for _, record in rows:
        try:
            row = adapter.read(record)
        except RowRefused:
            continue
        total += row.amount_fen if row.action == "sale" else 0
    return total
