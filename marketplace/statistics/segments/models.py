"""The manifest: which files hold which entries. Files are never changed; a merged one takes the place of several."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.statistics.models import SCHEMA


class Segment(Base):
    """A file with entries of one month whose chain positions lie in (`after_position`, `to_position`]."""

    __tablename__ = "segment"
    __table_args__ = (
        UniqueConstraint("name"),
        Index("ix_segment_live", "period", postgresql_where=text("retired_at IS NULL")),
        CheckConstraint("after_position < to_position AND entries > 0", name="range"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    name: Mapped[str]
    period: Mapped[str]
    layout: Mapped[int] = mapped_column(SmallInteger)
    after_position: Mapped[int]
    to_position: Mapped[int]
    entries: Mapped[int]
    sale_fen: Mapped[int]  # Σ, beside the file's hash: what `verify` compares with the ledger
    sha256: Mapped[bytes]
    bytes: Mapped[int]
    made_at: Mapped[datetime]
    retired_at: Mapped[
        datetime | None
    ]  # another file holds its entries; removed when nobody can be reading it


class Watermark(Base):
    """One row: every entry with a chain position up to `position` is in a live segment, whatever its month."""

    __tablename__ = "watermark"
    __table_args__ = (CheckConstraint("id = 1", name="single"), SCHEMA)
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    position: Mapped[int]
    layout: Mapped[int] = mapped_column(SmallInteger)
    moved_at: Mapped[datetime]
