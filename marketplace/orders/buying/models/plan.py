"""Purchase plans of a year, as versions: an approved one is never edited, the next one supersedes it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "orders"}


class PurchasePlan(Base):
    """What an organisation means to buy in a year. At most one version is being worked on and one holds."""

    __tablename__ = "purchase_plan"
    __table_args__ = (
        UniqueConstraint("organisation_id", "year", "version"),
        Index(
            "uq_purchase_plan_open",
            "organisation_id",
            "year",
            unique=True,
            postgresql_where=text("state IN ('draft', 'submitted', 'returned')"),
        ),
        Index(
            "uq_purchase_plan_approved",
            "organisation_id",
            "year",
            unique=True,
            postgresql_where=text("state = 'approved'"),
        ),
        CheckConstraint(
            "state IN ('draft', 'submitted', 'returned', 'approved', 'superseded')", name="state"
        ),
        CheckConstraint("over_plan IN ('warn', 'refuse')", name="over_plan"),
        CheckConstraint("decided_by_person <> submitted_by_person", name="four_eyes"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    area_code: Mapped[str]
    year: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str]
    over_plan: Mapped[str]
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]
    submitted_by: Mapped[uuid.UUID | None]
    submitted_by_person: Mapped[uuid.UUID | None]
    submitted_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None]
    decided_by_person: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
    opinion: Mapped[str | None]
    row_version: Mapped[int] = mapped_column(default=1)


class PurchasePlanLine(Base):
    """An amount for a category from a source of money, for the year, a quarter or a month."""

    __tablename__ = "purchase_plan_line"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("month BETWEEN 1 AND 12 AND quarter IS NULL OR month IS NULL", name="month"),
        CheckConstraint("quarter IS NULL OR quarter BETWEEN 1 AND 4", name="quarter"),
        SCHEMA,
    )
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.purchase_plan.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    category_code: Mapped[str]
    fund_source: Mapped[str]
    month: Mapped[int | None] = mapped_column(SmallInteger)
    quarter: Mapped[int | None] = mapped_column(SmallInteger)
    amount_fen: Mapped[int]
