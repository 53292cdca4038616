"""Approval of purchases by amount: rules, requests, decisions, stand-ins."""

from __future__ import annotations

import uuid
from datetime import datetime
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
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "orders"}
SAME_ORGANISATION = func.int8range(literal_column("organisation_no"), literal_column("organisation_no"), "[]")


class ApprovalRule(Base):
    """What an organisation and everything below it may order without approval, and who approves the rest. Never edited."""

    __tablename__ = "approval_rule"
    __table_args__ = (
        ExcludeConstraint(
            (SAME_ORGANISATION, "&&"),
            (literal_column("valid"), "&&"),
            using="gist",
            name="ex_approval_rule_overlap",
        ),
        CheckConstraint("direct_up_to_fen >= 0", name="direct"),
        CheckConstraint("lapse_days BETWEEN 1 AND 365", name="lapse"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    organisation_no: Mapped[int]
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    direct_up_to_fen: Mapped[int]
    tiers: Mapped[list[Any]]
    lapse_days: Mapped[int] = mapped_column(SmallInteger)
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]


class PurchaseRequest(Base):
    """A basket that waits for approval: lines, prices and terms frozen; a new round begins when it is sent again."""

    __tablename__ = "purchase_request"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("request_no"),
        Index(None, "buyer_id"),
        Index(None, "state", "lapses_at"),
        # What waits for somebody is asked at every page of a buyer; the third way to it is the index over `buyer_id`.
        Index(
            "ix_purchase_request_waiting_rule_organisation_id",
            "rule_organisation_id",
            postgresql_where=text("state = 'submitted'"),
        ),
        Index(
            "ix_purchase_request_waiting_waits_for_account",
            "waits_for_account",
            postgresql_where=text("state = 'submitted'"),
        ),
        CheckConstraint("state IN ('submitted', 'returned', 'placed', 'withdrawn', 'lapsed')", name="state"),
        CheckConstraint("(state = 'placed') = (checkout_number IS NOT NULL)", name="placed"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    request_no: Mapped[int] = mapped_column(Identity())
    number: Mapped[str]
    buyer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    buyer_area: Mapped[str]
    rule_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.approval_rule.id"))
    rule_organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    state: Mapped[str]
    round: Mapped[int] = mapped_column(SmallInteger)
    step: Mapped[int] = mapped_column(SmallInteger)  # of `steps`, from 0: the one that it waits for
    steps: Mapped[list[Any]]
    waits_for_role: Mapped[str | None]
    waits_for_account: Mapped[uuid.UUID | None]
    terms: Mapped[dict[str, Any]]
    lines: Mapped[list[Any]]
    total_fen: Mapped[int]
    deliver_to_enc: Mapped[bytes | None]  # empty once it has ended: the order has its own
    note: Mapped[str | None]
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    sent_back: Mapped[dict[str, Any]] = mapped_column(default=dict)  # why the last round was returned
    checkout_number: Mapped[str | None]
    asked_by: Mapped[uuid.UUID]
    asked_by_person: Mapped[uuid.UUID]
    asked_at: Mapped[datetime]
    waits_since: Mapped[datetime]
    lapses_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PurchaseDecision(Base):
    """What one person decided on one step of one round; a person decides once a round and never on an own request."""

    __tablename__ = "purchase_decision"
    __table_args__ = (
        UniqueConstraint("request_id", "round", "step"),
        UniqueConstraint("request_id", "round", "by_person"),
        CheckConstraint("by_person <> asked_by_person", name="four_eyes"),
        CheckConstraint("decision IN ('approved', 'returned')", name="decision"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.purchase_request.id"))
    round: Mapped[int] = mapped_column(SmallInteger)
    step: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str]
    decision: Mapped[str]
    opinion: Mapped[str | None]
    by_account: Mapped[uuid.UUID]
    by_person: Mapped[uuid.UUID]
    for_account: Mapped[uuid.UUID | None]  # in whose place
    asked_by_person: Mapped[uuid.UUID]
    at: Mapped[datetime]


class ApprovalDelegation(Base):
    """Somebody approves in another's place for a time (出差代办)."""

    __tablename__ = "approval_delegation"
    __table_args__ = (
        Index(None, "to_account"),
        Index(None, "from_account"),
        CheckConstraint("from_person <> to_person", name="persons"),
        CheckConstraint("starts_at < ends_at", name="time"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    from_account: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.account.id"))
    from_person: Mapped[uuid.UUID]
    to_account: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.account.id"))
    to_person: Mapped[uuid.UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
