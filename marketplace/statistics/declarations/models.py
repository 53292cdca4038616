"""Reporting units, their declarations as versions with every step, and who was listed as 未报.

Figures of a declaration are rows of `statistics.declared_figure`. Triggers keep what left the draft as it was filed.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "statistics"}
UNIT_ID = "statistics.reporting_unit.id"
OPEN = "state IN ('draft', 'submitted', 'reviewed')"
"""Of one unit and month at most one version is on its way."""


class ReportingUnit(Base):
    """An organisation that owes a monthly report over an area from a day until another (exclusive).

    An `authority` answers for its whole area; an `operator` for the points of sale that it runs there.
    """

    __tablename__ = "reporting_unit"
    __table_args__ = (
        CheckConstraint("kind IN ('authority', 'operator')", name="kind"),
        CheckConstraint("due_day BETWEEN 1 AND 28", name="due_day"),
        CheckConstraint("until_day > from_day", name="days"),
        Index(None, "area_code"),
        Index(
            "uq_reporting_unit_running",
            "organisation_id",
            "area_code",
            "report",
            unique=True,
            postgresql_where=text("until_day IS NULL"),
        ),
        Index(
            "uq_reporting_unit_authority",
            "area_code",
            "report",
            unique=True,
            postgresql_where=text("until_day IS NULL AND kind = 'authority'"),
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    area_code: Mapped[str]  # shortest form
    kind: Mapped[str]
    report: Mapped[str]
    due_day: Mapped[int] = mapped_column(SmallInteger)  # of the month after
    from_day: Mapped[date]
    until_day: Mapped[date | None]
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]


class Declaration(Base):
    """What a unit declares for a month, as versions; the highest that was sent holds. 零报告 is said with its reason."""

    __tablename__ = "declaration"
    __table_args__ = (
        UniqueConstraint("unit_id", "period", "version"),
        CheckConstraint("state IN ('draft', 'submitted', 'reviewed', 'returned', 'sent')", name="state"),
        CheckConstraint("is_zero = (zero_reason IS NOT NULL)", name="zero"),
        CheckConstraint(
            "reviewed_by_person NOT IN (created_by_person, submitted_by_person)"
            " AND sent_by_person NOT IN (created_by_person, submitted_by_person, reviewed_by_person)",
            name="three_persons",
        ),
        Index("uq_declaration_open", "unit_id", "period", unique=True, postgresql_where=text(OPEN)),
        Index(None, "period"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(UNIT_ID))
    period: Mapped[str]
    version: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(default="draft")
    is_zero: Mapped[bool]
    zero_reason: Mapped[str | None]
    correction_reason: Mapped[str | None]  # of a version that follows one that was sent
    last_entry: Mapped[int | None]  # of the ledger, when its computed figures were frozen
    row_version: Mapped[int] = mapped_column(default=1)  # of the draft
    created_by_person: Mapped[uuid.UUID]
    created_at: Mapped[datetime]
    submitted_by_person: Mapped[uuid.UUID | None]
    submitted_at: Mapped[datetime | None]
    reviewed_by_person: Mapped[uuid.UUID | None]
    reviewed_at: Mapped[datetime | None]
    sent_by_person: Mapped[uuid.UUID | None]
    sent_at: Mapped[datetime | None]


class DeclarationStep(Base):
    """Who took a declaration from which state to which, and what was said. Append-only."""

    __tablename__ = "declaration_step"
    __table_args__ = (Index(None, "declaration_id"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    declaration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("statistics.declaration.id"))
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    opinion: Mapped[str | None]
    account_id: Mapped[uuid.UUID]
    at: Mapped[datetime]


class Silence(Base):
    """A unit that the level above listed as 未报 for a month, with the reason: so its own total may go upward. Append-only."""

    __tablename__ = "reporting_silence"
    __table_args__ = (UniqueConstraint("unit_id", "period"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(UNIT_ID))
    period: Mapped[str]
    reason: Mapped[str]
    listed_by: Mapped[uuid.UUID]
    listed_at: Mapped[datetime]
