"""What was exported, or is being."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column


class Export(Base):
    """An export from the asking to the handing over. Where it stands follows from what has happened (`taking.Standing`).

    With an approval it has the approval's id. `rows_done` of `rows_total` is the progress of a run, told outside its transaction;
    what a file is (rows, size, hash) is written in the transaction that keeps it.
    """

    __tablename__ = "export"
    __table_args__ = (
        CheckConstraint(
            "(made_at IS NULL) = (sha256 IS NULL) AND (made_at IS NULL) = (expires_at IS NULL)", name="made"
        ),
        CheckConstraint("made_at IS NULL OR refused IS NULL", name="refused"),
        Index(None, "asked_by", "asked_at", "id"),
        {"schema": "accounts"},
    )
    id: Mapped[uuid.UUID] = id_column()
    kind: Mapped[str]
    title: Mapped[str]
    file_format: Mapped[str]  # xlsx, csv, json, parquet
    area_code: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    reason: Mapped[str]
    asked_by: Mapped[uuid.UUID]
    asked_at: Mapped[datetime]
    approval_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.approval.id"))
    job_id: Mapped[int | None]
    # the run
    started_at: Mapped[datetime | None]
    rows_done: Mapped[int] = mapped_column(default=0)
    rows_total: Mapped[int | None]
    refused: Mapped[str | None]  # code of why nothing was made
    # the file
    file_id: Mapped[uuid.UUID | None]
    rows: Mapped[int | None]
    size_bytes: Mapped[int | None]
    sha256: Mapped[bytes | None]
    made_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]  # first handed over
