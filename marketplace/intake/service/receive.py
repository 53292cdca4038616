"""A batch arrives: who sent it is known by its signature or by a person's account; it is kept whole, and a job reads it.

A batch that came before is answered with its receipt and changes nothing. One that says other things under the same number is
refused: a device counts its batches.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, bindparam, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session, defer, make_transient_to_detached
from sqlalchemy.orm.util import identity_key

from marketplace.catalogue.models import Channel
from marketplace.core import job_rows, jobs
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import table_of
from marketplace.core.errors import Conflict, Invalid, NotAuthenticated
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.json_rows import plain_defaults
from marketplace.intake.models import Batch, ChannelKey, Device
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.manifests import MOST_ROWS, Manifest, packed, unpacked
from marketplace.intake.rules.signatures import is_signed, read_signature
from marketplace.intake.rules.tables import personal_columns
from marketplace.intake.rules.upward import ADAPTER as UPWARD
from marketplace.intake.service.keys import secret_in

JOB = "intake.batch"
UPWARD_JOB = "intake.upward"

_COLUMNS: Final = tuple(table_of(Batch).columns.keys())
# Built once: every batch asks these, and of each only what is looked at. A receipt needs no rows: what was sent stays there.
_KNOWN: Final = tuple(column for column in table_of(Batch).columns if column.name != "content")
_SENDER: Final = (
    select(
        ChannelKey.id.label("key_id"),
        ChannelKey.secret_enc,
        Device.id,
        Device.channel_id,
        Device.adapter,
        *(column.label(f"known_{column.name}") for column in _KNOWN),
    )
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
)
_OF_NUMBER: Final = (
    select(Batch)
    .where(Batch.device_id == bindparam("device"), Batch.sequence == bindparam("sequence"))
    .options(defer(Batch.content))
)
#: What a row says before it is read.
_UNREAD: Final = {"refusal": None, "done_at": None, **plain_defaults(Batch)}
# One statement, in this order, since each part reads the one before. The device is locked first: its batches come one after the
# other. The database decides whether a number is taken: of batches at once too; then there is no row, and no job.
_KEEP: Final = sql(
    f"""
    WITH seen AS (
        UPDATE intake.device SET last_sequence = greatest(last_sequence, :sequence), last_seen_at = :received_at
        WHERE id = :device_id RETURNING id
    ), kept AS (
        INSERT INTO intake.batch ({", ".join(_COLUMNS)})
        SELECT {", ".join(f":{name}" for name in _COLUMNS)} FROM seen
        ON CONFLICT (device_id, sequence) DO NOTHING RETURNING id
    ), follows AS ({job_rows.ENQUEUE_FROM.format(rows="kept")})
    SELECT id FROM kept
    """  # noqa: S608 - names of columns
)


@dataclass(frozen=True, slots=True)
class Sender:
    """The columns of a `Device` by which its batches are kept, without the mapper."""

    id: uuid.UUID
    channel_id: uuid.UUID
    adapter: str


def receive_signed(
    session: Session, manifest: Manifest, raw_manifest: bytes, body: bytes, signature: str
) -> Batch:
    """A batch that a device sends. NotAuthenticated (``batch_signature``) for whatever is wrong with who sends it.

    Nobody learns from the answer whether a channel, a device or a version of a key exists.
    """
    claimed = read_signature(signature)
    if claimed is None:
        raise _unsigned()
    values = {
        "channel": manifest.channel,
        "version": claimed.key_version,
        "device": manifest.device,
        "sequence": manifest.sequence,
    }
    found = session.connection().execute(_SENDER, values).one_or_none()
    # A channel, a key in force and a device of that channel, or none of them is told apart.
    if found is None or not is_signed(secret_in(found.key_id, found.secret_enc), claimed, raw_manifest, body):
        raise _unsigned()
    device = Sender(found.id, found.channel_id, found.adapter)
    known = None
    if found.known_id is not None:
        known = _held(session, {column.name: getattr(found, f"known_{column.name}") for column in _KNOWN})
    return keep_batch(session, device, known, manifest, body, key_version=claimed.key_version)


def _unsigned() -> NotAuthenticated:
    return NotAuthenticated("batch_signature", "签名无效")


def keep_batch(
    session: Session,
    device: Device | Sender,
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
    row = _insert(session, device, manifest, body, content, digest, key_version, actor)
    if row is None:
        return _the_same(session, _of_number(session, device, manifest.sequence), digest)
    return row


def _of_number(session: Session, device: Device | Sender, sequence: int) -> Batch:
    return session.scalars(_OF_NUMBER, {"device": device.id, "sequence": sequence}).one()


def _held(session: Session, values: Mapping[str, Any]) -> Batch:
    """The row that says this, as if the session had read it, all but what was sent."""
    known = session.identity_map.get(identity_key(Batch, values["id"]))
    if isinstance(known, Batch):
        return known
    row = Batch(**values)
    make_transient_to_detached(row)
    session.add(row)
    return row


def _insert(
    session: Session,
    device: Device | Sender,
    manifest: Manifest,
    body: bytes,
    content: bytes,
    digest: bytes,
    key_version: int | None,
    actor: Actor | None,
) -> Batch | None:
    """The row, whose job is enqueued. None when the device's number is taken."""
    batch_id = uuid7()
    values = {
        "id": batch_id,
        "number": readable_number("B"),
        "channel_id": device.channel_id,
        "device_id": device.id,
        "sequence": manifest.sequence,
        "adapter": device.adapter,
        "format": manifest.format,
        "digest": digest,
        "row_count": manifest.rows,
        "total_fen": manifest.total_fen,
        "key_version": key_version,
        "received_by": None if actor is None else actor.audit_id,
        "received_at": utcnow(),
        **_UNREAD,
    }
    given = {"content": packed(body, content), **jobs.to_enqueue(*_reading(batch_id, device.adapter))}
    if session.connection().scalar(_KEEP, values | given) is None:
        return None
    return _held(session, values)  # all that it says is known: nothing is asked


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
    kind, payload, key = _reading(batch.id, batch.adapter)
    jobs.enqueue(session, kind, payload, key=key)


def _reading(batch_id: uuid.UUID, adapter: str) -> tuple[str, dict[str, Any], str]:
    """Kind, payload and key of the job that reads the batch."""
    job = UPWARD_JOB if adapter == UPWARD else JOB
    return job, {"batch_id": str(batch_id)}, job_key(batch_id, job)
