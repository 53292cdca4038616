"""Money that arrived: bank accounts, statements that were imported, receipts, and who may pay for whom."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "payments"}


class CollectingAccount(Base):
    """A bank account in which money arrived once: a copy of what the organisation had registered then, never changed."""

    __tablename__ = "collecting_account"
    __table_args__ = (UniqueConstraint("organisation_id", "account_hash"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    bank_name: Mapped[str]
    account_enc: Mapped[bytes]
    account_hash: Mapped[bytes]
    created_at: Mapped[datetime]


class BankStatement(Base):
    """One file of lines of one account: queued, then imported as a whole or refused as a whole."""

    __tablename__ = "bank_statement"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'imported', 'refused')", name="state"),
        CheckConstraint("lines_added + lines_known = lines_in", name="lines"),
        Index(None, "organisation_id"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    area_code: Mapped[str]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.collecting_account.id"))
    layout: Mapped[str]  # code of payments.layouts
    file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core.stored_file.id"))
    file_sha256: Mapped[bytes]
    state: Mapped[str] = mapped_column(default="queued")
    lines_in: Mapped[int] = mapped_column(default=0)
    lines_out: Mapped[int] = mapped_column(default=0)
    lines_added: Mapped[int] = mapped_column(default=0)
    lines_known: Mapped[int] = mapped_column(default=0)
    added_fen: Mapped[int] = mapped_column(default=0)
    errors: Mapped[list[Any]] = mapped_column(default=list)
    requested_by: Mapped[uuid.UUID | None]
    requested_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Receipt(Base):
    """A line of a bank statement, or what finance recorded by hand. `open_fen` of it is for nothing yet."""

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("holder_id", "account_id", "reference", postgresql_nulls_not_distinct=True),
        Index(None, "statement_id"),
        Index("ix_receipt_new", "id", postgresql_where=text("state = 'new'")),
        Index("ix_receipt_waiting", "holder_id", "payer_key", postgresql_where=text("state = 'parked'")),
        CheckConstraint("amount_fen > 0 AND open_fen BETWEEN 0 AND amount_fen", name="amounts"),
        CheckConstraint("currency = 'CNY'", name="currency"),
        CheckConstraint("state IN ('new', 'parked', 'settled', 'set_aside')", name="state"),
        CheckConstraint("(open_fen > 0) = (state IN ('new', 'parked'))", name="open"),
        CheckConstraint(
            "aside_fen BETWEEN 0 AND amount_fen - open_fen AND (state <> 'set_aside' OR aside_fen > 0)",
            name="aside",
        ),
        CheckConstraint("(state = 'parked') = (parked_reason IS NOT NULL)", name="reason"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    holder_id: Mapped[uuid.UUID | None]  # whose account it is in; None: the supervised one
    holder_area: Mapped[str]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.collecting_account.id"))
    kind: Mapped[str]  # of rules.kinds
    voucher: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reference: Mapped[str]  # the bank's own number of the line, or the line's hash where the bank gives none
    payer_name: Mapped[str]
    payer_key: Mapped[str]
    payer_account_enc: Mapped[bytes | None]
    memo: Mapped[str] = mapped_column(default="")
    amount_fen: Mapped[int]
    currency: Mapped[str] = mapped_column(default="CNY")
    open_fen: Mapped[int]
    state: Mapped[str] = mapped_column(default="new")
    parked_reason: Mapped[str | None]  # of rules.matching.PARKED
    aside_reason: Mapped[str | None]
    aside_fen: Mapped[int] = mapped_column(default=0)  # of it is none of ours
    aside_no: Mapped[int] = mapped_column(default=0)  # how often it was set aside
    arrived_at: Mapped[datetime]
    statement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.bank_statement.id"))
    row_no: Mapped[int | None]  # in the file
    recorded_by: Mapped[uuid.UUID | None]
    recorded_at: Mapped[datetime]
    is_demo: Mapped[bool] = mapped_column(default=False)


class DeclaredPayer(Base):
    """A name under which somebody else pays for a buyer, declared beforehand: the treasury, a settlement centre."""

    __tablename__ = "declared_payer"
    __table_args__ = (
        Index(
            "uq_declared_payer_running",
            "buyer_id",
            "payer_key",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "payer_key"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    buyer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    buyer_area: Mapped[str]
    payer_name: Mapped[str]
    payer_key: Mapped[str]
    reason: Mapped[str]
    declared_by: Mapped[uuid.UUID | None]
    declared_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
