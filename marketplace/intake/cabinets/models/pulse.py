"""The last heartbeat of each device."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base
from marketplace.intake.models.channels import SCHEMA


class Pulse(Base):
    """What a device last said of itself. An older one never takes the place of a newer one."""

    __tablename__ = "pulse"
    __table_args__ = (CheckConstraint("door IN ('closed', 'open', 'unknown')", name="door"), SCHEMA)
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.device.id"), primary_key=True)
    said_at: Mapped[datetime]  # by the device's clock
    received_at: Mapped[datetime]
    door: Mapped[str]
    temperature_decic: Mapped[int | None]  # tenths of a degree Celsius
    last_sequence: Mapped[int]  # the last batch that it has made
    unsent: Mapped[int]  # sales in no batch yet

    @property
    def clock_ahead_s(self) -> int:
        """Seconds by which the device's clock was ahead of ours, the way of the message included."""
        return round((self.said_at - self.received_at).total_seconds())
