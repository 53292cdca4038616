"""A screen's key: shown once when it is made, kept as a hash, ended by its day or by hand."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "statistics"}


class WallKey(Base):
    """It is nobody's account: no role, no person, one area of which it shows the wall."""

    __tablename__ = "wall_key"
    __table_args__ = (
        UniqueConstraint("key_hash"),
        CheckConstraint("expires_at > made_at", name="days"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    name: Mapped[str]  # where the screen hangs
    area_code: Mapped[str]
    key_hash: Mapped[bytes]
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    seen_on: Mapped[date | None]  # the last Shanghai day on which the screen asked
