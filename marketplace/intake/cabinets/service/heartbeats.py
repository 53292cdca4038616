"""A device says that it lives: how its door and temperature are, how many batches it has made, what its scales count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core.clock import utcnow
from marketplace.core.errors import NotAuthenticated
from marketplace.intake.cabinets.models import Pulse
from marketplace.intake.cabinets.service.acting import hold, take_count
from marketplace.intake.models import Device
from marketplace.intake.rules.signatures import is_signed, read_signature
from marketplace.intake.service.keys import secret_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What a device says of itself; `temperature_decic` in tenths of a degree, `slots` whole units that its scales count."""

    channel: str
    device: str
    at: datetime
    door: str = "unknown"
    temperature_decic: int | None = None
    last_sequence: int = 0
    unsent: int = 0
    slots: Mapping[str, int] = field(default_factory=dict)


def hear(session: Session, said: Heartbeat, raw: bytes, signature: str) -> Pulse:
    """Keep a signed heartbeat, and what it counts; the device's newest one is answered.

    It is signed with the channel's key as a batch is, over its own bytes and an empty body. An older one than the last, or
    the same
    again, changes nothing. NotAuthenticated (``batch_signature``) for whatever is wrong with who sends it. A count of the
    future of our clock is not booked.
    """
    channel, device = _sender(session, said, raw, signature)
    now = utcnow()
    values = {
        "said_at": said.at,
        "received_at": now,
        "door": said.door,
        "temperature_decic": said.temperature_decic,
        "last_sequence": said.last_sequence,
        "unsent": said.unsent,
    }
    statement = insert(Pulse).values(device_id=device.id, **values)
    is_new = session.scalars(
        statement.on_conflict_do_update(
            index_elements=["device_id"], set_=values, where=Pulse.said_at < said.at
        ).returning(Pulse.device_id)
    ).one_or_none()
    if is_new is not None and said.slots and said.at <= now:
        take_count(session, channel, hold(session, channel, device.code), said.slots, said.at, None)
    return session.get_one(Pulse, device.id, populate_existing=True)


def _sender(session: Session, said: Heartbeat, raw: bytes, signature: str) -> tuple[Channel, Device]:
    """Nobody learns from the answer whether a channel, a device or a version of a key exists."""
    claimed = read_signature(signature)
    found = session.execute(
        select(Channel, Device)
        .join(Device, Device.channel_id == Channel.id)
        .where(Channel.code == said.channel, Device.code == said.device, Device.retired_at.is_(None))
    ).one_or_none()
    secret = None
    if claimed is not None and found is not None:
        secret = secret_of(session, found.Channel.id, claimed.key_version)
    if claimed is None or found is None or secret is None or not is_signed(secret, claimed, raw, b""):
        raise NotAuthenticated("batch_signature", "签名无效")
    return found.Channel, found.Device
