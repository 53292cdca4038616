"""Tables every slice may use: jobs, idempotency answers, audit trail, files."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Identity, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column


class Job(Base):
    """What must follow a transaction, written in it. Claimed by state with SKIP LOCKED, never by a high-water id."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state IN ('ready', 'done', 'dead')", name="state"),
        Index("ix_job_ready", "run_at", "id", postgresql_where=text("state = 'ready'")),
        # One open job per key: asking twice for the same follow-up is asking once.
        Index(
            "uq_job_open_key",
            "key",
            unique=True,
            postgresql_where=text("state = 'ready' AND key IS NOT NULL"),
        ),
        {"schema": "core"},
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    key: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="ready")
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    last_error: Mapped[str | None]  # class and code only, never values
    result: Mapped[dict[str, Any] | None]
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class IdempotentAnswer(Base):
    """The 2xx answer to a request with an Idempotency-Key, stored in the transaction that made it true."""

    __tablename__ = "idempotent_answer"
    __table_args__ = ({"schema": "core"},)
    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_hash: Mapped[bytes]
    status: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[bytes]
    created_at: Mapped[datetime]


class AuditRecord(Base):
    """Who did what to which thing, in the same transaction as the thing. Append-only by trigger. No personal values."""

    __tablename__ = "audit_record"
    __table_args__ = (
        Index("ix_audit_record_subject", "subject_kind", "subject_id"),
        Index("ix_audit_record_actor", "actor_id", "at"),
        {"schema": "core"},
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]  # account; none for the system itself
    action: Mapped[str]  # source.subject.verb, e.g. certification.application.county_decided
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    area_code: Mapped[str | None]
    request_id: Mapped[str | None]
    purpose: Mapped[str | None]  # why personal data was read
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class StoredFile(Base):
    """A file under a generated id; the original name is only data. Restricted classes are encrypted at rest."""

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint("file_class IN ('public', 'internal', 'restricted')", name="file_class"),
        CheckConstraint("size_bytes >= 0", name="size"),
        UniqueConstraint("storage_key"),
        {"schema": "core"},
    )
    id: Mapped[uuid.UUID] = id_column()
    storage_key: Mapped[str]
    original_name: Mapped[str]
    media_type: Mapped[str]  # by content, not by name
    size_bytes: Mapped[int]
    sha256: Mapped[bytes]
    file_class: Mapped[str]
    owner_organisation_id: Mapped[uuid.UUID | None]
    uploaded_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    delete_after: Mapped[datetime | None]


class PairingEnd(Base):
    """The last day of a pairing that was handed over before the day its list says, or has no such day. Append-only."""

    __tablename__ = "pairing_end"
    __table_args__ = (UniqueConstraint("helper", "helped", "kind", "valid_from"), {"schema": "core"})
    id: Mapped[uuid.UUID] = id_column()
    helper: Mapped[str]
    helped: Mapped[str]
    kind: Mapped[str]
    valid_from: Mapped[date]  # of the pairing that ends: the same two areas may be paired again
    last_day: Mapped[date]
    handover_number: Mapped[str]
    recorded_by: Mapped[uuid.UUID | None]
    recorded_at: Mapped[datetime]
