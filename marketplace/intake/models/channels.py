"""Who may report for a channel: its keys and its devices."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "intake"}


class ChannelKey(Base):
    """A version of the secret with which a channel signs its batches. Two may be in force while a channel changes over."""

    __tablename__ = "channel_key"
    __table_args__ = (UniqueConstraint("channel_id", "version"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    version: Mapped[int] = mapped_column(SmallInteger)
    secret_enc: Mapped[bytes]
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Device(Base):
    """A cabinet, till or exporter that numbers its own batches: 1, 2, 3 …"""

    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("channel_id", "code"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    code: Mapped[str]
    adapter: Mapped[str]  # code of an adapter: in what shape it reports
    registered_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    last_sequence: Mapped[int] = mapped_column(default=0)  # the highest one that came
    last_seen_at: Mapped[datetime | None]
