"""A batch arrives: who sent it is known by its signature or by a person's account; it is kept whole, and a job reads it.

A batch that came before is answered with its receipt and changes nothing. One that says other things under the same number is
refused: a device counts its batches.
"""

from __future__ import annotations

import hashlib
import uuid
import zlib
from datetime import datetime
from typing import Final

from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, defer

from marketplace.catalogue.models import Channel
from marketplace.core import jobs
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import table_of
from marketplace.core.errors import Conflict, Invalid, NotAuthenticated
from marketplace.core.ids import readable_number, uuid7
from marketplace.intake.models import Batch, ChannelKey, Device
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.manifests import MOST_ROWS, Manifest, unpacked
from marketplace.intake.rules.signatures import is_signed, read_signature
from marketplace.intake.rules.tables import personal_columns
from marketplace.intake.rules.upward import ADAPTER as UPWARD
from marketplace.intake.service.keys import secret_in

JOB = "intake.batch"
UPWARD_JOB = "intake.upward"

# Built once: every batch asks these. A receipt needs no rows, so what was sent stays where it is.
_SENDER: Final = (
    select(ChannelKey, Device, Batch)
    .join(Channel, Channel.id == ChannelKey.channel_id)
    .join(Device, Device.channel_id == Channel.id)
    .outerjoin(Batch, and_(Batch.device_id == Device.id, Batch.sequence == bindparam("sequence")))
    .where(
        Channel.code == bindparam("channel"),
        ChannelKey.version == bindparam("version"),
        ChannelKey.retired_at.is_(None),
        Device.code == bindparam("device"),
        Device.retired_at.is_(None),
    )
    .options(defer(Batch.content))
)
_OF_NUMBER: Final = (
    select(Batch)
    .where(Batch.device_id == bindparam("device"), Batch.sequence == bindparam("sequence"))
    .options(defer(Batch.content))
)
# The database decides whether a device's number is taken: of batches at once too. What was sent does not come back.
_INSERT: Final = (
    select(Batch)
    .options(defer(Batch.content))
    .from_statement(
        insert(table_of(Batch))
        .on_conflict_do_nothing(index_elements=["device_id", "sequence"])
        .returning(*(column for column in table_of(Batch).columns if column.name != "content"))
    )
)
_DEVICE: Final = table_of(Device)
_SEEN: Final = (
    update(_DEVICE)
    .where(_DEVICE.c.id == bindparam("device_id"))
    .values(
        last_sequence=func.greatest(_DEVICE.c.last_sequence, bindparam("sequence")),
        last_seen_at=bindparam("now"),
    )
)


def receive_signed(
    session: Session, manifest: Manifest, raw_manifest: bytes, body: bytes, signature: str
) -> Batch:
    """A batch that a device sends. NotAuthenticated (``batch_signature``) for whatever is wrong with who sends it.

    Nobody learns from the answer whether a channel, a device or a version of a key exists.
    """
    claimed = read_signature(signature)
    if claimed is None:
        raise _unsigned()
    found = session.execute(
        _SENDER,
        {
            "channel": manifest.channel,
            "version": claimed.key_version,
            "device": manifest.device,
            "sequence": manifest.sequence,
        },
    ).one_or_none()
    # A channel, a key in force and a device of that channel, or none of them is told apart.
    if found is None or not is_signed(secret_in(found.ChannelKey), claimed, raw_manifest, body):
        raise _unsigned()
    return keep_batch(
        session, found.Device, found.Batch, manifest, body, key_version=claimed.key_version, actor=None
    )


def _unsigned() -> NotAuthenticated:
    return NotAuthenticated("batch_signature", "签名无效")


def keep_batch(
    session: Session,
    device: Device,
    known: Batch | None,
    manifest: Manifest,
    body: bytes,
    *,
    key_version: int | None = None,
    actor: Actor | None = None,
) -> Batch:
    """Keep a batch whose sender is known: by a version of the channel's key, or a person.

    `known`: the batch that the device sent under this number before, as far as this transaction has seen.
    """
    content = unpacked(body)
    digest = hashlib.sha256(content).digest()
    if digest.hex() != manifest.sha256:
        raise Invalid("batch_digest", "内容与清单的摘要不符,可能被截断", pointer="/sha256")
    if not 1 <= manifest.rows <= MOST_ROWS:
        raise Invalid("batch_rows", f"一批应有 1 至 {MOST_ROWS} 行", pointer="/rows")
    if known is not None:
        return _the_same(session, known, digest)
    # What a lower instance sends is read as a whole by rules of its own.
    if device.adapter != UPWARD and (
        named := personal_columns(content, manifest.format, adapter_of(device.adapter))
    ):
        raise Invalid("personal_columns", "含有个人信息列,请去掉后再报", pointer="/body", columns=named)
    now = utcnow()
    # The device is locked from here on: its batches come one after the other.
    session.connection().execute(_SEEN, {"device_id": device.id, "sequence": manifest.sequence, "now": now})
    row = _insert(session, device, manifest, content, digest, key_version, actor, now)
    if row is None:
        values = {"device": device.id, "sequence": manifest.sequence}
        return _the_same(session, session.scalars(_OF_NUMBER, values).one(), digest)
    _have_read(session, row)
    return row


def _insert(
    session: Session,
    device: Device,
    manifest: Manifest,
    content: bytes,
    digest: bytes,
    key_version: int | None,
    actor: Actor | None,
    now: datetime,
) -> Batch | None:
    """None when the device's number is taken: the database decides, of batches at once too."""
    values = {
        "id": uuid7(),
        "number": readable_number("B"),
        "channel_id": device.channel_id,
        "device_id": device.id,
        "sequence": manifest.sequence,
        "adapter": device.adapter,
        "format": manifest.format,
        "digest": digest,
        "content": zlib.compress(content, 6),
        "row_count": manifest.rows,
        "total_fen": manifest.total_fen,
        "key_version": key_version,
        "received_by": None if actor is None else actor.audit_id,
        "received_at": now,
    }
    return session.scalars(_INSERT, values).one_or_none()


def _the_same(session: Session, known: Batch, digest: bytes) -> Batch:
    """The receipt of a batch that is sent again. Conflict (``sequence_taken``) when it says other things."""
    if known.digest != digest:
        raise Conflict("sequence_taken", "该设备已用此序号上报过其他内容", batch=known.number)
    if known.state == "received":
        _have_read(session, known)  # its job may have been given up: whoever sends again wants it read
    return known


def job_key(batch_id: uuid.UUID, job: str = JOB) -> str:
    """Of the job that reads the batch."""
    return f"{job}:{batch_id}"


def _have_read(session: Session, batch: Batch) -> None:
    """Have the worker read it, unless that is to come anyway."""
    job = UPWARD_JOB if batch.adapter == UPWARD else JOB
    jobs.enqueue(session, job, {"batch_id": str(batch.id)}, key=job_key(batch.id, job))
