"""A batch arrives: who sent it is known by its signature or by a person's account; it is kept whole, and a job reads it.

A batch that came before is answered with its receipt and changes nothing. One that says other things under the same number is
refused: a device counts its batches.
"""

from __future__ import annotations

import hashlib
import zlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core import jobs
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid, NotAuthenticated, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.intake.models import Batch, Device
from marketplace.intake.rules.manifests import MOST_ROWS, Manifest, unpacked
from marketplace.intake.rules.signatures import is_signed, read_signature
from marketplace.intake.rules.upward import ADAPTER as UPWARD
from marketplace.intake.service.keys import managed_channel, secret_of

JOB = "intake.batch"
UPWARD_JOB = "intake.upward"


def receive_signed(
    session: Session, manifest: Manifest, raw_manifest: bytes, body: bytes, signature: str
) -> Batch:
    """A batch that a device sends. NotAuthenticated (``batch_signature``) for whatever is wrong with who sends it.

    Nobody learns from the answer whether a channel, a device or a version of a key exists.
    """
    claimed = read_signature(signature)
    channel = session.scalars(select(Channel).where(Channel.code == manifest.channel)).one_or_none()
    secret = None
    if claimed is not None and channel is not None:
        secret = secret_of(session, channel.id, claimed.key_version)
    if claimed is None or channel is None or secret is None:
        raise _unsigned()
    if not is_signed(secret, claimed, raw_manifest, body):
        raise _unsigned()
    device = _device(session, channel, manifest.device)
    if device is None:  # of another channel, or of none
        raise _unsigned()
    return _keep(session, channel, device, manifest, body, key_version=claimed.key_version, actor=None)


def receive_from_person(session: Session, actor: Actor, manifest: Manifest, body: bytes) -> Batch:
    """A batch that an operator hands in for a device of a channel of theirs. NotFound (``device_not_found``).

    Conflict (``signed_only``) for a lower instance: what it counted is vouched for by its signature alone.
    """
    channel = managed_channel(session, actor, manifest.channel, "intake.submit")
    device = _device(session, channel, manifest.device)
    if device is None:
        raise NotFound("device_not_found", "该销售点没有此设备")
    if device.adapter == UPWARD:
        raise Conflict("signed_only", "下级平台的数据只能由其签名上报")
    return _keep(session, channel, device, manifest, body, key_version=None, actor=actor)


def _unsigned() -> NotAuthenticated:
    return NotAuthenticated("batch_signature", "签名无效")


def _device(session: Session, channel: Channel, code: str) -> Device | None:
    """Locked from here on: batches of one device come one after the other."""
    return session.scalars(
        select(Device)
        .where(Device.channel_id == channel.id, Device.code == code, Device.retired_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _keep(
    session: Session,
    channel: Channel,
    device: Device,
    manifest: Manifest,
    body: bytes,
    *,
    key_version: int | None,
    actor: Actor | None,
) -> Batch:
    content = unpacked(body)
    digest = hashlib.sha256(content).digest()
    if digest.hex() != manifest.sha256:
        raise Invalid("batch_digest", "内容与清单的摘要不符,可能被截断", pointer="/sha256")
    if not 1 <= manifest.rows <= MOST_ROWS:
        raise Invalid("batch_rows", f"一批应有 1 至 {MOST_ROWS} 行", pointer="/rows")
    now = utcnow()
    row = _insert(session, channel, device, manifest, content, digest, key_version, actor, now)
    if row is None:
        return _came_before(session, device, manifest, digest)
    _have_read(session, row)
    device.last_sequence = max(device.last_sequence, manifest.sequence)
    device.last_seen_at = now
    session.flush()
    return row


def _insert(
    session: Session,
    channel: Channel,
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
        "channel_id": channel.id,
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
    statement = insert(Batch).values(values).on_conflict_do_nothing(index_elements=["device_id", "sequence"])
    return session.scalars(statement.returning(Batch)).one_or_none()


def _came_before(session: Session, device: Device, manifest: Manifest, digest: bytes) -> Batch:
    known = session.scalars(
        select(Batch).where(Batch.device_id == device.id, Batch.sequence == manifest.sequence)
    ).one()
    if known.digest != digest:
        raise Conflict("sequence_taken", "该设备已用此序号上报过其他内容", batch=known.number)
    if known.state == "received":
        _have_read(session, known)  # its job may have been given up: whoever sends again wants it read
    return known


def _have_read(session: Session, batch: Batch) -> None:
    """Have the worker read it, unless that is to come anyway."""
    job = UPWARD_JOB if batch.adapter == UPWARD else JOB
    jobs.enqueue(session, job, {"batch_id": str(batch.id)}, key=f"{job}:{batch.id}")
