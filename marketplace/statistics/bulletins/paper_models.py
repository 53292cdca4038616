"""Papers of bulletins: what was set of them, and the sealed copies that were brought. The bulletin never changes for them."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "statistics"}


class BulletinPaper(Base):
    """A file of a bulletin: `whole` or `open` was set by us, the other kinds are sealed copies. Append-only."""

    __tablename__ = "bulletin_paper"
    __table_args__ = (
        CheckConstraint("kind IN ('whole', 'open', 'ca_pdf', 'ca_ofd', 'scan')", name="kind"),
        CheckConstraint("(kind IN ('whole', 'open')) = (added_by_person IS NULL)", name="added_by"),
        # What everybody may read can be the whole; a copy that is brought twice is one.
        Index(
            "uq_bulletin_paper_copy",
            "bulletin_id",
            "sha256",
            unique=True,
            postgresql_where=text("kind NOT IN ('whole', 'open')"),
        ),
        Index(
            "uq_bulletin_paper_set",
            "bulletin_id",
            "kind",
            unique=True,
            postgresql_where=text("kind IN ('whole', 'open')"),
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    bulletin_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("statistics.bulletin.id"))
    kind: Mapped[str]
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core.stored_file.id"))
    sha256: Mapped[bytes]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    seal_holder: Mapped[str]  # 用印单位; empty for what was set
    note: Mapped[str]
    added_at: Mapped[datetime]
    added_by: Mapped[uuid.UUID | None]  # account
    added_by_person: Mapped[uuid.UUID | None]


class BulletinPaperCheck(Base):
    """Somebody else has held a sealed copy against the bulletin. Append-only, once a copy."""

    __tablename__ = "bulletin_paper_check"
    __table_args__ = (
        CheckConstraint("verdict IN ('matches', 'differs')", name="verdict"),
        CheckConstraint("checked_by_person <> added_by_person", name="two_persons"),
        UniqueConstraint("paper_id"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    paper_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("statistics.bulletin_paper.id"))
    verdict: Mapped[str]
    opinion: Mapped[str]
    added_by_person: Mapped[uuid.UUID]  # of the paper, so that the table itself tells them apart
    checked_by: Mapped[uuid.UUID | None]  # account
    checked_by_person: Mapped[uuid.UUID]
    checked_at: Mapped[datetime]
