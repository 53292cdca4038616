"""Households, their standing over time, their members, village collectives. Person data is encrypted per cell."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "beneficiaries"}
VERSION_ID = "beneficiaries.agreement_version.id"
HOUSEHOLD_NO = "beneficiaries.household.household_no"


class Household(Base):
    """A household; `household_no` is dense so that rosters can be bitmaps. Its states are in `HouseholdStatus`."""

    __tablename__ = "household"
    __table_args__ = (
        UniqueConstraint("household_no"),
        Index(None, "area_code"),
        Index("uq_household_head_id_hash", "head_id_hash", unique=True),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    household_no: Mapped[int] = mapped_column(Identity(always=False))
    area_code: Mapped[str]  # village, 12 digits
    file_standard: Mapped[str]  # national_registered | gd_relative | none
    head_name_enc: Mapped[bytes | None]
    head_id_enc: Mapped[bytes | None]
    head_id_hash: Mapped[bytes | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class HouseholdStatus(Base):
    """What a household was during a range of days: file status and monitoring status apart (domain rule 3.2)."""

    __tablename__ = "household_status"
    __table_args__ = (
        # A box of (household, days): an R-tree of boxes takes 200,000 rows in 1.5 s, one of two ranges in 10 s.
        ExcludeConstraint(
            (
                literal_column(
                    "box(point(household_no, coalesce(lower(valid), date '1900-01-01') - date '1900-01-01'),"
                    " point(household_no, coalesce(upper(valid), date '2300-01-01') - date '1900-01-01' - 1))"
                ),
                "&&",
            ),
            using="gist",
            name="ex_household_status_overlap",
        ),
        # The boxes answer for a household on a day; all that one household ever was is asked by its number alone.
        Index(None, "household_no"),
        Index("ix_household_status_lower", text("lower(valid)")),
        Index("ix_household_status_upper", text("upper(valid)")),
        CheckConstraint("NOT isempty(valid)", name="valid"),
        CheckConstraint("file_status IN ('never', 'registered', 'graduated', 'removed')", name="file_status"),
        CheckConstraint(
            "monitor_type IN ('none', 'unstable', 'marginal', 'sudden_hardship')", name="monitor_type"
        ),
        CheckConstraint("monitor_status IN ('none', 'active', 'risk_removed')", name="monitor_status"),
        CheckConstraint("members BETWEEN 0 AND 99", name="members"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    household_no: Mapped[int] = mapped_column(ForeignKey("beneficiaries.household.household_no"))
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    file_status: Mapped[str]
    monitor_type: Mapped[str] = mapped_column(default="none")
    monitor_status: Mapped[str] = mapped_column(default="none")
    members: Mapped[int] = mapped_column(SmallInteger)
    labour: Mapped[int] = mapped_column(SmallInteger, default=0)
    is_low_income: Mapped[bool] = mapped_column(default=False)
    document_no: Mapped[str]
    recorded_by: Mapped[uuid.UUID | None]
    recorded_at: Mapped[datetime]


class HouseholdMember(Base):
    __tablename__ = "household_member"
    __table_args__ = (
        Index(None, "household_no"),
        # One person in one household at a time; who left one may join another.
        Index("uq_household_member_id_hash", "id_hash", unique=True, postgresql_where=text("to_day IS NULL")),
        CheckConstraint("to_day > from_day", name="days"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    household_no: Mapped[int] = mapped_column(ForeignKey("beneficiaries.household.household_no"))
    name_enc: Mapped[bytes]
    id_enc: Mapped[bytes | None]
    id_hash: Mapped[bytes | None]
    relation: Mapped[str]
    has_labour: Mapped[bool] = mapped_column(default=False)
    from_day: Mapped[date]
    to_day: Mapped[date | None]


class VillageCollective(Base):
    """村集体: what it keeps (`benefit_village`) stands beside household benefit and is never in a household average."""

    __tablename__ = "village_collective"
    __table_args__ = (UniqueConstraint("area_code"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    area_code: Mapped[str]
    name: Mapped[str]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.organisation.id"))
    is_relative_poverty_village: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
