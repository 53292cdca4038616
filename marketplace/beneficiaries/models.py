"""Households with their histories, linkage agreements as versions, rosters, proven payments.

Person data is here and nowhere else, encrypted per cell (`core.privacy`).
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    literal_column,
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
    __table_args__ = (Index(None, "household_no"), UniqueConstraint("id_hash"), SCHEMA)
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


class Agreement(Base):
    """A linkage contract between a producer and households (or a village collective) in one county."""

    __tablename__ = "agreement"
    __table_args__ = (
        UniqueConstraint("agreement_no"),
        UniqueConstraint("number"),
        Index(None, "producer_id"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    agreement_no: Mapped[int] = mapped_column(Identity())  # dense; ties of splits go by it
    number: Mapped[str]  # readable
    producer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.producer.id"))
    mode: Mapped[str]  # code of a linkage module
    title: Mapped[str]
    area_code: Mapped[str]  # county that approves
    collective_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("beneficiaries.village_collective.id"))
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]


class AgreementVersion(Base):
    """The contract's terms during a range of days. Only approved ones count; they never overlap; none is edited."""

    __tablename__ = "agreement_version"
    __table_args__ = (
        UniqueConstraint("version_no"),
        UniqueConstraint("agreement_id", "version"),
        ExcludeConstraint(
            (func.int8range(literal_column("agreement_no"), literal_column("agreement_no"), "[]"), "&&"),
            (literal_column("valid"), "&&"),
            using="gist",
            where=literal_column("state = 'approved'"),
            name="ex_agreement_version_overlap",
        ),
        CheckConstraint("state IN ('draft', 'submitted', 'approved', 'refused')", name="state"),
        CheckConstraint("village_bp BETWEEN 0 AND 10000", name="village_bp"),
        CheckConstraint("shares_total >= 0 AND households >= 0", name="roster"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    version_no: Mapped[int] = mapped_column(Identity())  # dense key used by the ledger
    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("beneficiaries.agreement.id"))
    agreement_no: Mapped[int]
    version: Mapped[int] = mapped_column(SmallInteger)
    mode: Mapped[str]
    terms: Mapped[dict[str, Any]]
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    state: Mapped[str] = mapped_column(default="draft")
    document_no: Mapped[str | None]
    evidence_file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core.stored_file.id"))
    share_unit: Mapped[str]  # 股 份 工日 公斤 户
    shares_total: Mapped[int] = mapped_column(default=0)
    households: Mapped[int] = mapped_column(default=0)
    roster_bitmap: Mapped[bytes | None]  # roaring bitmap of household numbers, beside the exact shares
    village_bp: Mapped[int] = mapped_column(default=0)  # share of the benefit that a village collective keeps
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    approved_by: Mapped[uuid.UUID | None]
    approved_at: Mapped[datetime | None]
    opinion: Mapped[str | None]


class AgreementProduct(Base):
    """`linked_bp`: the share of a product's sales for which this linkage stands, with its evidence (domain rule 0a.7)."""

    __tablename__ = "agreement_product"
    __table_args__ = (
        CheckConstraint("linked_bp BETWEEN 0 AND 10000", name="linked_bp"),
        Index(None, "product_id"),
        SCHEMA,
    )
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(VERSION_ID), primary_key=True)
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.product.id"), primary_key=True)
    linked_bp: Mapped[int]
    basis: Mapped[str]  # raw_material | labour | land | shares | default (默认权重)
    evidence: Mapped[str]


class RosterShare(Base):
    __tablename__ = "roster_share"
    __table_args__ = (CheckConstraint("shares > 0", name="shares"), Index(None, "household_no"), SCHEMA)
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(VERSION_ID), primary_key=True)
    household_no: Mapped[int] = mapped_column(ForeignKey(HOUSEHOLD_NO), primary_key=True)
    shares: Mapped[int]


class ActivityReport(Base):
    """What a period accrual needs to know of a month: days worked, profit declared, kilos delivered. Versions, latest holds."""

    __tablename__ = "activity_report"
    __table_args__ = (UniqueConstraint("agreement_id", "period", "version"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("beneficiaries.agreement.id"))
    period: Mapped[str]
    version: Mapped[int] = mapped_column(SmallInteger)
    activity: Mapped[dict[str, Any]]
    reported_by: Mapped[uuid.UUID | None]
    reported_at: Mapped[datetime]


class PaymentList(Base):
    """An imported wage, dividend or rent list with its evidence: what households demonstrably received."""

    __tablename__ = "payment_list"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('wages', 'dividends', 'rent', 'purchase', 'rebate', 'post', 'other')", name="kind"
        ),
        UniqueConstraint("agreement_id", "file_sha256"),
        Index(None, "period"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("beneficiaries.agreement.id"))
    agreement_no: Mapped[int]
    period: Mapped[str]  # month in which the households were paid
    paid_on: Mapped[date]
    kind: Mapped[str]
    total_fen: Mapped[int]
    households: Mapped[int]
    evidence_file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core.stored_file.id"))
    file_sha256: Mapped[bytes]
    document_no: Mapped[str]
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]


class PaymentListRow(Base):
    __tablename__ = "payment_list_row"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount"), Index(None, "household_no"), SCHEMA)
    list_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("beneficiaries.payment_list.id"), primary_key=True)
    household_no: Mapped[int] = mapped_column(ForeignKey(HOUSEHOLD_NO), primary_key=True)
    amount_fen: Mapped[int]
