"""Handovers with their frozen lists, and every step. What was listed and what was decided never changes, by trigger."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "oversight"}
ACCOUNT_ID = "accounts.account.id"
IS_OPEN = "state IN ('unassigned', 'open')"


class Handover(Base):
    """What a role or a pairing leaves behind, for a successor. Of one role, and of one pairing, at most one is open."""

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint("subject IN ('role', 'pairing')", name="subject"),
        CheckConstraint("state IN ('unassigned', 'open', 'accepted', 'refused', 'withdrawn')", name="state"),
        CheckConstraint("(subject = 'role') = (grant_id IS NOT NULL)", name="role"),
        CheckConstraint(
            "(subject = 'pairing') = (pairing IS NOT NULL AND last_day IS NOT NULL)", name="pairing"
        ),
        CheckConstraint("(state = 'unassigned') = (successor_account_id IS NULL)", name="successor"),
        CheckConstraint(
            "(state IN ('accepted', 'refused', 'withdrawn')) = (decided_at IS NOT NULL)", name="decided"
        ),
        CheckConstraint("successor_person_id <> holder_person_id", name="other_person"),
        UniqueConstraint("number"),
        Index("uq_handover_open_grant", "grant_id", unique=True, postgresql_where=text(IS_OPEN)),
        Index("uq_handover_open_pairing", "pairing", unique=True, postgresql_where=text(IS_OPEN)),
        Index(None, "successor_person_id"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    subject: Mapped[str]
    # a role
    grant_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.grant_of_role.id"))
    role: Mapped[str | None]
    holder_account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(ACCOUNT_ID))
    holder_person_id: Mapped[uuid.UUID | None]
    # a pairing
    pairing: Mapped[str | None]  # helper-helped-kind-first day
    helper_area: Mapped[str | None]
    last_day: Mapped[date | None]
    # both
    area_code: Mapped[str]  # of the role; of the helped area
    is_emergency: Mapped[bool] = mapped_column(default=False)  # the role was taken away at once
    state: Mapped[str]
    successor_account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(ACCOUNT_ID))
    successor_person_id: Mapped[uuid.UUID | None]
    reason: Mapped[str]
    content: Mapped[dict[str, Any]]
    content_sha256: Mapped[bytes]
    asked_by: Mapped[uuid.UUID]
    asked_by_person: Mapped[uuid.UUID]
    asked_at: Mapped[datetime]
    decided_by_person: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
    opinion: Mapped[str | None]


class HandoverStep(Base):
    """A step of a handover: what, by which account, with which words. Append-only."""

    __tablename__ = "handover_step"
    __table_args__ = (Index(None, "handover_id"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    handover_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("oversight.handover.id"))
    step: Mapped[str]
    account_id: Mapped[uuid.UUID | None]
    opinion: Mapped[str | None]
    at: Mapped[datetime]
