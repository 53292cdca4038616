"""What was last found wrong with each device, so that people are told once per change."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base
from marketplace.intake.models.channels import SCHEMA


class DeviceHealth(Base):
    """The issues of a device (codes of `rules.ISSUES`, ascending; none: it is well), and since when it is so."""

    __tablename__ = "device_health"
    __table_args__ = (Index(None, "channel_id"), SCHEMA)
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.device.id"), primary_key=True)
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    issues: Mapped[list[str]] = mapped_column(ARRAY(Text))
    since: Mapped[datetime]
