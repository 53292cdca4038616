"""Organisations and their tree, people, roles, tokens, sessions, notices, filings."""

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
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "accounts"}
SAME_ORGANISATION = func.int8range(literal_column("organisation_no"), literal_column("organisation_no"), "[]")


class Organisation(Base):
    """Anyone who acts: authority, budget unit, enterprise, union, society, producer, operator."""

    __tablename__ = "organisation"
    __table_args__ = (
        UniqueConstraint("organisation_no"),
        UniqueConstraint("uscc"),
        Index(None, "area_code"),
        Index(None, "name"),  # whose payment a bank's line is
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    organisation_no: Mapped[int] = mapped_column(Identity())
    kind: Mapped[str]
    name: Mapped[str]
    uscc: Mapped[str | None]
    area_code: Mapped[str]  # where it is registered
    fiscal_area: Mapped[str | None]  # of budget units: whose budget pays, which is the buyer's area
    fiscal_tier: Mapped[str | None]  # central_in_province | province_level | city_level | county_level
    sector: Mapped[str | None]  # 条线
    size_class: Mapped[str | None]  # micro | small | medium | large
    bank_name: Mapped[str | None]
    bank_account_enc: Mapped[bytes | None]
    status: Mapped[str] = mapped_column(default="active")
    is_demo: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class OrganisationPlace(Base):
    """An organisation's place in the tree during a range of days; versions never overlap and are never edited."""

    __tablename__ = "organisation_place"
    __table_args__ = (
        ExcludeConstraint(
            (SAME_ORGANISATION, "&&"),
            (literal_column("valid"), "&&"),
            using="gist",
            name="ex_organisation_place_overlap",
        ),
        Index(None, "parent_id"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    organisation_no: Mapped[int]
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.organisation.id"))
    path: Mapped[str]  # organisation_no's from the root, joined by '.', ending with its own
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    reason: Mapped[str]
    created_at: Mapped[datetime]


class Person(Base):
    __tablename__ = "person"
    __table_args__ = (SCHEMA,)
    id: Mapped[uuid.UUID] = id_column()
    display_name: Mapped[str]  # job name of an official or clerk, e.g. 梅县区经办员
    phone_enc: Mapped[bytes | None]
    mail_enc: Mapped[bytes | None]
    created_at: Mapped[datetime]


class Account(Base):
    """A way to sign in. One person may hold several; four-eyes rules compare persons, not accounts."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("login"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.person.id"))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.organisation.id"))
    login: Mapped[str]
    password_hash: Mapped[str | None]
    opened_by_unit: Mapped[bool] = mapped_column(default=False)  # 先货后款 only for these
    status: Mapped[str] = mapped_column(default="active")
    failed_logins: Mapped[int] = mapped_column(SmallInteger, default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Grant(Base):
    """A role held by an account over an area and, where given, one organisation."""

    __tablename__ = "grant_of_role"
    __table_args__ = (
        Index(None, "account_id"),
        Index(
            "uq_grant_of_role_open",
            "account_id",
            "role",
            "area_code",
            text("coalesce(organisation_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.account.id"))
    role: Mapped[str]
    area_code: Mapped[str]  # '000000' = whole country
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.organisation.id"))
    granted_by: Mapped[uuid.UUID | None]
    granted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiToken(Base):
    """Shown once; only its SHA-256 is kept."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "account_id"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.account.id"))
    token_hash: Mapped[bytes]
    label: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_on: Mapped[date | None]


class SignInSession(Base):
    __tablename__ = "sign_in_session"
    __table_args__ = (UniqueConstraint("session_hash"), Index(None, "account_id"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.account.id"))
    session_hash: Mapped[bytes]
    csrf_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RateCount(Base):
    """Requests counted per subject and window; the database is what all web workers share."""

    __tablename__ = "rate_count"
    __table_args__ = (SCHEMA,)
    subject: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]


class InboxNotice(Base):
    __tablename__ = "inbox_notice"
    __table_args__ = (
        Index("ix_inbox_notice_organisation", "organisation_id", "id"),
        Index("ix_inbox_notice_account", "account_id", "id"),
        CheckConstraint("account_id IS NOT NULL OR organisation_id IS NOT NULL", name="addressee"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.organisation.id"))
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.account.id"))
    kind: Mapped[str]  # application_returned, payment_due, certificate_expiring, price_changed, …
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class Approval(Base):
    """Four eyes: asked for by one person, decided by another."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'approved', 'refused', 'used')", name="state"),
        CheckConstraint(
            "decided_by_person IS NULL OR decided_by_person <> asked_by_person", name="four_eyes"
        ),
        Index(None, "subject_kind", "subject_id"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    action: Mapped[str]  # bank_account_change, mass_export, …
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    area_code: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="pending")
    asked_by: Mapped[uuid.UUID]
    asked_by_person: Mapped[uuid.UUID]
    asked_at: Mapped[datetime]
    reason: Mapped[str]
    decided_by: Mapped[uuid.UUID | None]
    decided_by_person: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
    opinion: Mapped[str | None]


class ReserveFiling(Base):
    """预留份额填报 of a budget unit for a year, as versions: the latest accepted one holds."""

    __tablename__ = "reserve_filing"
    __table_args__ = (
        UniqueConstraint("organisation_id", "year", "version"),
        CheckConstraint("canteen_kind IN ('own', 'none', 'shared', 'outsourced')", name="canteen_kind"),
        CheckConstraint("state IN ('filed', 'accepted', 'returned')", name="state"),
        CheckConstraint("canteen_total_fen >= 0 AND reserve_fen >= 0", name="amounts"),
        CheckConstraint("reserve_bp BETWEEN 0 AND 10000", name="ratio"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    year: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(SmallInteger)
    canteen_kind: Mapped[str]
    represented_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.organisation.id"))
    canteen_total_fen: Mapped[int]
    reserve_bp: Mapped[int]
    reserve_fen: Mapped[int]
    contact_enc: Mapped[bytes | None]
    phone_enc: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(default="filed")
    filed_by: Mapped[uuid.UUID]
    filed_at: Mapped[datetime]
    reviewed_by: Mapped[uuid.UUID | None]
    reviewed_at: Mapped[datetime | None]
    opinion: Mapped[str | None]
