"""Bulletins: what was drawn up, who acted, what became public. What is issued or returned never changes again, by trigger."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "statistics"}


class Bulletin(Base):
    """A version of a bulletin: a report of closed months, its bytes, its words, its numbers and signatures once issued."""

    __tablename__ = "bulletin"
    __table_args__ = (
        CheckConstraint("state IN ('drafted', 'reviewed', 'issued', 'returned')", name="state"),
        CheckConstraint("disclosure IN ('open', 'on_request', 'not_open')", name="disclosure"),
        CheckConstraint(
            "reviewed_by_person <> drafted_by_person AND issued_by_person <> drafted_by_person"
            " AND issued_by_person <> reviewed_by_person",
            name="three_persons",
        ),
        CheckConstraint("(state = 'issued') = (issued_at IS NOT NULL)", name="issued"),
        CheckConstraint("(state = 'issued') = (signature IS NOT NULL)", name="signed"),
        CheckConstraint("(version > 1) = (supersedes_id IS NOT NULL)", name="supersedes"),
        CheckConstraint("(supersedes_id IS NULL) = (reason IS NULL)", name="reason"),
        UniqueConstraint("number"),
        Index(
            "uq_bulletin_issue_no",
            "area_code",
            "year",
            "issue_no",
            "version",
            unique=True,
            postgresql_where=text("state = 'issued'"),
        ),
        Index(
            "uq_bulletin_total_no",
            "area_code",
            "total_no",
            "version",
            unique=True,
            postgresql_where=text("state = 'issued'"),
        ),
        # A version is followed by one other: what was issued is one line, without branches.
        Index(
            "uq_bulletin_supersedes_id",
            "supersedes_id",
            unique=True,
            postgresql_where=text("state = 'issued'"),
        ),
        Index(None, "area_code", "period"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    state: Mapped[str] = mapped_column(default="drafted")
    # what is published
    report_code: Mapped[str]
    period: Mapped[str]
    area_code: Mapped[str]
    view: Mapped[str]
    level: Mapped[str]
    adjusted_to: Mapped[str | None]  # the last closed month whose adjustments are included; none: as booked
    known_at: Mapped[datetime]  # what stands beside the ledger was read as known then
    content: Mapped[bytes]  # canonical JSON
    content_sha256: Mapped[bytes]
    # its words
    title: Mapped[str]
    supplied_by: Mapped[str]  # 供稿
    main_to: Mapped[list[Any]]  # 主送
    copy_to: Mapped[list[Any]]  # 抄送
    disclosure: Mapped[str]
    version: Mapped[int] = mapped_column(SmallInteger, default=1)
    supersedes_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("statistics.bulletin.id"))
    reason: Mapped[str | None]  # why this version replaces the one before
    # who
    drafted_by_person: Mapped[uuid.UUID]
    drafted_at: Mapped[datetime]
    reviewed_by_person: Mapped[uuid.UUID | None]
    reviewed_at: Mapped[datetime | None]
    issued_by_person: Mapped[uuid.UUID | None]
    issued_at: Mapped[datetime | None]
    # once issued
    year: Mapped[int | None] = mapped_column(SmallInteger)
    issue_no: Mapped[int | None]  # 期号, of the area and year
    total_no: Mapped[int | None]  # 总期号, of the area
    imprint: Mapped[bytes | None]  # canonical JSON that was signed: numbers, words, digest of the content
    signature: Mapped[bytes | None]
    # What everybody reads of an open one has a digest and a signature of its own: the digest of the whole content would let
    # anybody try out the few values that a withheld cell can have.
    public_content: Mapped[bytes | None]
    public_imprint: Mapped[bytes | None]
    public_signature: Mapped[bytes | None]
    public_key: Mapped[bytes | None]
    key_version: Mapped[int | None]


class BulletinStep(Base):
    """A step of a bulletin: drafted, reviewed, issued or returned, by whom, with which opinion. Append-only."""

    __tablename__ = "bulletin_step"
    __table_args__ = (Index(None, "bulletin_id"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    bulletin_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("statistics.bulletin.id"))
    at: Mapped[datetime]
    step: Mapped[str]
    actor_id: Mapped[uuid.UUID | None]
    person_id: Mapped[uuid.UUID]
    opinion: Mapped[str]


class PublishedCells(Base):
    """What an open bulletin shows and withholds, so that no later one completes it (`rules.suppression`). Append-only."""

    __tablename__ = "published_cells"
    __table_args__ = (UniqueConstraint("bulletin_id"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    bulletin_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("statistics.bulletin.id"))
    cells: Mapped[dict[str, Any]]  # count by key of a cell; null where withheld
    small: Mapped[list[Any]]  # keys of those that must stay unknown
    equations: Mapped[list[Any]]  # [total, [part, …]]
    published_at: Mapped[datetime]
