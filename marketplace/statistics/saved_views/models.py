"""A saved view: a name for the query of a question. It is a person's own and leaves no history."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "statistics"}


class SavedView(Base):
    """`query` is the question's parameters as an address has them; whoever opens it asks with the own authority."""

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("account_id", "name"),
        Index(None, "shared_with"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 60", name="name"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.account.id"))
    name: Mapped[str]
    query: Mapped[str]
    shared_with: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.organisation.id"))
    saved_at: Mapped[datetime]
