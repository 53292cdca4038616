"""The keys and devices of a channel. A secret is shown once, when it is made."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, NotFound
from marketplace.core.ids import uuid7
from marketplace.core.privacy import Cell, vault
from marketplace.intake.models import ChannelKey, Device
from marketplace.intake.rules.adapters import reporting_adapter
from marketplace.intake.rules.signatures import SECRET_BYTES

_KNOWN = {"uq_device_channel_id_code": AlreadyExists("device_exists", "该渠道已有此设备编号")}


def managed_channel(session: Session, actor: Actor, code: str, permission: str = "intake.submit") -> Channel:
    """The channel with this code, which the permission must reach. NotFound, Forbidden."""
    channel = session.scalars(select(Channel).where(Channel.code == code)).one_or_none()
    if channel is None:
        raise NotFound("channel_not_found", "没有这个销售点")
    actor.require(permission, area=channel.area_code, owners=(channel.operator_id,))
    return channel


def make_key(session: Session, actor: Actor, channel_code: str) -> tuple[ChannelKey, str]:
    """A new version of the channel's key, and its secret in hex, which is not shown again.

    Earlier versions stay in force until they are retired, so that a channel changes over without a gap.
    """
    channel = managed_channel(session, actor, channel_code)
    session.execute(select(Channel.id).where(Channel.id == channel.id).with_for_update())
    newest = session.scalar(select(func.max(ChannelKey.version)).where(ChannelKey.channel_id == channel.id))
    secret, key_id = secrets.token_bytes(SECRET_BYTES), uuid7()
    key = ChannelKey(
        id=key_id,
        channel_id=channel.id,
        version=(newest or 0) + 1,
        secret_enc=vault().encrypt(_cell(key_id), secret.hex()),
        made_by=actor.audit_id,
        made_at=utcnow(),
    )
    session.add(key)
    session.flush()
    _record(session, actor, "made", channel, {"version": key.version})
    return key, secret.hex()


def keys_of(session: Session, actor: Actor, channel_code: str) -> Sequence[ChannelKey]:
    """All versions of the channel's key, the newest first, without their secrets. NotFound, Forbidden."""
    channel = managed_channel(session, actor, channel_code)
    return session.scalars(
        select(ChannelKey).where(ChannelKey.channel_id == channel.id).order_by(ChannelKey.version.desc())
    ).all()


def retire_key(session: Session, actor: Actor, channel_code: str, version: int) -> ChannelKey:
    """Nothing signed with this version is taken any more. NotFound; Conflict (``key_retired``) a second time."""
    channel = managed_channel(session, actor, channel_code)
    key = session.scalars(
        select(ChannelKey)
        .where(ChannelKey.channel_id == channel.id, ChannelKey.version == version)
        .with_for_update()
    ).one_or_none()
    if key is None:
        raise NotFound("key_not_found", "没有这个版本的密钥")
    if key.retired_at is not None:
        raise Conflict("key_retired", "该密钥已停用")
    key.retired_at = utcnow()
    session.flush()
    _record(session, actor, "retired", channel, {"version": version})
    return key


def register_device(session: Session, actor: Actor, channel_code: str, *, code: str, adapter: str) -> Device:
    """A device that may report for the channel, in the shape of an adapter that fits the channel's kind.

    AlreadyExists (``device_exists``), Conflict (``adapter_misfit``), Invalid (``adapter``).
    """
    channel = managed_channel(session, actor, channel_code)
    if channel.kind not in reporting_adapter(adapter).channel_kinds:
        raise Conflict("adapter_misfit", "该上报接口不适用于此类销售点", kind=channel.kind)
    device = Device(
        id=uuid7(), channel_id=channel.id, code=code, adapter=adapter, registered_at=utcnow(), last_sequence=0
    )
    with refusing(_KNOWN):
        session.add(device)
        session.flush()
    _record(session, actor, "device_registered", channel, {"device": code})
    return device


def secret_of(session: Session, channel_id: uuid.UUID, version: int) -> bytes | None:
    """The secret of a version in force; None when there is none or it was retired."""
    key = session.scalars(
        select(ChannelKey).where(
            ChannelKey.channel_id == channel_id,
            ChannelKey.version == version,
            ChannelKey.retired_at.is_(None),
        )
    ).one_or_none()
    return None if key is None else secret_in(key.id, key.secret_enc)


def secret_in(key_id: uuid.UUID, secret_enc: bytes) -> bytes:
    """The secret of a version of a channel's key, from its row's `id` and `secret_enc`."""
    return bytes.fromhex(vault().decrypt(_cell(key_id), secret_enc))


def _cell(key_id: uuid.UUID) -> Cell:
    return Cell("intake.channel_key", "secret_enc", key_id)


def _record(session: Session, actor: Actor, what: str, channel: Channel, detail: dict[str, object]) -> None:
    audit.record(
        session,
        actor,
        f"intake.channel.{what}",
        "channel",
        channel.code,
        area_code=channel.area_code,
        detail=detail,
    )
