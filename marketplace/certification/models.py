"""Applications and their steps, public notices and objections, certificates and what happened to them."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "certification"}


class Application(Base):
    """认定申报: one product under one scheme. A returned one keeps its number."""

    __tablename__ = "application"
    __table_args__ = (
        UniqueConstraint("number"),
        Index("ix_application_queue", "state", "area_code"),
        Index(
            "uq_application_open",
            "product_id",
            "scheme",
            unique=True,
            postgresql_where=text("state NOT IN ('published', 'rejected', 'withdrawn')"),
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    scheme: Mapped[str]
    kind: Mapped[str] = mapped_column(default="new")  # new | renewal | amendment
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.product.id"))
    producer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.producer.id"))
    applicant_organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    area_code: Mapped[str]  # where it is decided: the product's origin
    rule_set: Mapped[str | None]  # which rules were applied, by code
    facts: Mapped[dict[str, Any]]  # workers, poor workers, shareholders, land …
    evaluation: Mapped[dict[str, Any] | None]  # what the rules said of them
    state: Mapped[str]
    round: Mapped[int] = mapped_column(SmallInteger, default=0)  # how often it was submitted
    returned_from: Mapped[str | None]
    due_on: Mapped[date | None]
    renews_certificate_id: Mapped[uuid.UUID | None]
    submitted_by: Mapped[uuid.UUID | None]
    submitted_by_person: Mapped[uuid.UUID | None]
    submitted_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class ApplicationStep(Base):
    """谁审核、谁把关、谁负责: every step with officer, time, opinion and the hash of the evidence seen."""

    __tablename__ = "application_step"
    __table_args__ = (Index(None, "application_id", "id"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("certification.application.id"))
    round: Mapped[int] = mapped_column(SmallInteger)
    from_state: Mapped[str]
    to_state: Mapped[str]
    actor_id: Mapped[uuid.UUID | None]
    actor_person: Mapped[uuid.UUID | None]
    opinion: Mapped[str | None]
    evidence_hash: Mapped[bytes | None]
    at: Mapped[datetime]


class Notice(Base):
    """公示: frozen on publication; an open objection keeps its items from going on."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("state IN ('running', 'ended', 'withdrawn')", name="state"),
        CheckConstraint("ends_on >= starts_on", name="days"),
        CheckConstraint("(document_file_id IS NULL) = (document_sha256 IS NULL)", name="document"),
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)"
            " AND (withdrawn_at IS NULL) = (withdrawal_reason IS NULL)",
            name="withdrawal",
        ),
        Index(None, "area_code", "starts_on"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    level: Mapped[str]  # village | town | county | city | province
    area_code: Mapped[str]
    scheme: Mapped[str]
    title: Mapped[str]
    document_no: Mapped[str | None]
    issuing_unit: Mapped[str]  # 落款单位
    receiving_unit: Mapped[str]  # 受理单位
    telephone: Mapped[str]  # 监督电话
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[bytes]
    state: Mapped[str] = mapped_column(default="running")
    published_by: Mapped[uuid.UUID | None]
    published_at: Mapped[datetime]
    # The same content as PDF, made by a job soon after publication; both or neither.
    document_file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core.stored_file.id"))
    document_sha256: Mapped[bytes | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[uuid.UUID | None]
    withdrawal_reason: Mapped[str | None]


class NoticeItem(Base):
    __tablename__ = "notice_item"
    __table_args__ = (Index(None, "application_id"), SCHEMA)
    notice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("certification.notice.id"), primary_key=True)
    application_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("certification.application.id"), primary_key=True
    )
    round: Mapped[int] = mapped_column(
        SmallInteger
    )  # a notice counts for the round of the application that it showed


class Objection(Base):
    __tablename__ = "objection"
    __table_args__ = (
        UniqueConstraint("receipt_no"),
        CheckConstraint("state IN ('open', 'upheld', 'dismissed')", name="state"),
        Index("ix_objection_open", "application_id", postgresql_where=text("state = 'open'")),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    receipt_no: Mapped[str]
    notice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("certification.notice.id"))
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("certification.application.id"))
    is_real_name: Mapped[bool]
    objector_enc: Mapped[bytes | None]
    text_enc: Mapped[bytes]
    state: Mapped[str] = mapped_column(default="open")
    resolution: Mapped[str | None]
    resolved_by: Mapped[uuid.UUID | None]
    raised_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class ObjectionPhoto(Base):
    # A restricted file of nobody. Append-only.
    __tablename__ = "objection_photo"
    __table_args__ = (Index(None, "objection_id"), SCHEMA)
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core.stored_file.id"), primary_key=True)
    objection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("certification.objection.id"))


class Certificate(Base):
    """What a product may be called, from `valid_from` to `valid_to`, both days inclusive. Dates decide, no job does."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("certificate_no"),
        UniqueConstraint("scheme", "catalogue_no"),
        Index(None, "catalogue_no"),  # what a cabinet names
        UniqueConstraint("application_id"),
        CheckConstraint("valid_to >= valid_from", name="validity"),
        Index(None, "product_id"),
        Index(None, "valid_to"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    certificate_no: Mapped[int] = mapped_column(Identity())
    catalogue_no: Mapped[str]
    scheme: Mapped[str]
    batch: Mapped[str]
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.product.id"))
    producer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.producer.id"))
    area_code: Mapped[str]
    application_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("certification.application.id"))
    product_name: Mapped[str]
    spec: Mapped[str]
    category_code: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    # All suspensions, the one in force unbounded above. In the row itself, so that whoever waited for its lock judges by what
    # the holder left there.
    suspensions: Mapped[MultiRange[datetime]] = mapped_column(TSTZMULTIRANGE, default=MultiRange)
    revoked_at: Mapped[datetime | None]  # when the revocation was decided
    # From which instant it no longer counts: revoked_at, earlier with retroaction, or the first day of the amended one.
    void_from: Mapped[datetime | None]
    revocation_cause: Mapped[str | None]
    households_helped: Mapped[int | None]  # as applied for; shown under the small-count rule
    persons_helped: Mapped[int | None]
    commodity_value_fen: Mapped[int | None]
    row_version: Mapped[int] = mapped_column(default=1)
    issued_by: Mapped[uuid.UUID | None]
    issued_at: Mapped[datetime]


class CertificateEvent(Base):
    """History: issued, suspended, reinstated, revoked, renewed, amended, expiring, expired."""

    __tablename__ = "certificate_event"
    __table_args__ = (Index(None, "certificate_id", "at"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    certificate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("certification.certificate.id"))
    kind: Mapped[str]
    at: Mapped[datetime]
    effective_from: Mapped[datetime]
    effective_to: Mapped[datetime | None]  # of an ended suspension
    cause: Mapped[str | None]
    actor_id: Mapped[uuid.UUID | None]
    document_no: Mapped[str | None]


class RevocationProposal(Base):
    """提请撤销: one person proposes with grounds and evidence, another decides. At most one is open per certificate."""

    __tablename__ = "revocation_proposal"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("state IN ('open', 'approved', 'refused')", name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decision"),
        CheckConstraint("decided_by_person <> proposed_by_person", name="two_persons"),
        Index(
            "uq_revocation_proposal_open",
            "certificate_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    certificate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("certification.certificate.id"))
    cause: Mapped[str]
    void_from: Mapped[date | None]  # with retroaction: first Shanghai day on which it no longer counts
    grounds: Mapped[str]
    evidence: Mapped[list[Any]]  # stored files with their SHA-256, as they were when proposed
    state: Mapped[str] = mapped_column(default="open")
    proposed_by: Mapped[uuid.UUID | None]
    proposed_by_person: Mapped[uuid.UUID]
    proposed_at: Mapped[datetime]
    opinion: Mapped[str | None]
    document_no: Mapped[str | None]
    decided_by: Mapped[uuid.UUID | None]
    decided_by_person: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
