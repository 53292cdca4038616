"""Once only: keys by which a sale is known again, cases of two reports of one sale, and what people decided."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.intake.models.channels import SCHEMA


class Sighting(Base):
    """A key of one rule under which a sale can be found: 16 bytes of a digest, never what was said."""

    __tablename__ = "sighting"
    __table_args__ = (SCHEMA,)
    key: Mapped[bytes] = mapped_column(primary_key=True)
    sold_on: Mapped[date] = mapped_column(primary_key=True)
    sale_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.foreign_sale.id"), primary_key=True)
    channel_id: Mapped[uuid.UUID]


class DuplicateCase(Base):
    """Two reports that are, or may be, one sale. `first` is the smaller node; a node stands for all revisions of a sale.

    The frozen part: which rule found it, why, and which side stands. A later look at the same pair is another round.
    """

    __tablename__ = "duplicate_case"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("first", "second", "round"),
        Index(None, "second"),
        Index(None, "found_at", "id"),
        CheckConstraint("state IN ('open', 'confirmed', 'dismissed', 'decided')", name="state"),
        CheckConstraint("sureness IN ('certain', 'likely')", name="sureness"),
        CheckConstraint("first < second AND loser IN (first, second)", name="sides"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    first: Mapped[uuid.UUID]
    second: Mapped[uuid.UUID]
    round: Mapped[int] = mapped_column(SmallInteger, default=1)
    rule: Mapped[str]
    sureness: Mapped[str]
    cause: Mapped[str]  # found | survivor_gone | corrected: why people must look
    loser: Mapped[uuid.UUID]
    first_key: Mapped[dict[str, Any]]  # source, channel_id and numbers of the side, its rank and area
    second_key: Mapped[dict[str, Any]]
    first_area: Mapped[str]
    second_area: Mapped[str]
    first_operator_id: Mapped[uuid.UUID | None]
    second_operator_id: Mapped[uuid.UUID | None]
    why: Mapped[dict[str, Any]]  # {equal, zh, en, precedence: {zh, en}}
    found_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="open")
    decisions: Mapped[int] = mapped_column(SmallInteger, default=0)
    decided_at: Mapped[datetime | None]


class DuplicateDecision(Base):
    """What was decided of a case, in order; the last one holds. `decided` is the service's own, by precedence."""

    __tablename__ = "duplicate_decision"
    __table_args__ = (
        UniqueConstraint("case_id", "decision_no"),
        CheckConstraint("outcome IN ('confirmed', 'dismissed', 'decided')", name="outcome"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.duplicate_case.id"))
    decision_no: Mapped[int] = mapped_column(SmallInteger)
    outcome: Mapped[str]
    opinion: Mapped[str | None]
    seen: Mapped[dict[str, Any]]  # both sides as they were
    decided_by: Mapped[uuid.UUID | None]
    decided_by_person: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime]
