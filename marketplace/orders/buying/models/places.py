"""Where an organisation has its goods sent."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "orders"}


class DeliveryAddress(Base):
    """A delivery address; name, telephone and street are one sealed cell, empty once the address was removed."""

    __tablename__ = "delivery_address"
    __table_args__ = (
        Index(None, "organisation_id"),
        Index(
            "uq_delivery_address_default",
            "organisation_id",
            unique=True,
            postgresql_where=text("is_default AND removed_at IS NULL"),
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    label: Mapped[str]
    area_code: Mapped[str]
    deliver_to_enc: Mapped[bytes | None]
    is_default: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
