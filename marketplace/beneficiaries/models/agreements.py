"""Linkage agreements as versions: products covered, roster, activity reports, payment lists."""

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
