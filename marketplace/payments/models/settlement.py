"""What is settled with a producer, in which run, by which payout, and what the bank was told."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.payments.models.received import SCHEMA


class SettlementItem(Base):
    """One amount of a producer's account: what counted (positive), what comes off (negative). Only `run_id` is ever set, once."""

    __tablename__ = "settlement_item"
    __table_args__ = (
        UniqueConstraint("event"),
        Index(None, "order_id"),
        Index(None, "run_id"),
        Index(
            "ix_settlement_item_open",
            "producer_organisation_id",
            "due_on",
            postgresql_where=text("run_id IS NULL"),
        ),
        CheckConstraint("amount_fen <> 0", name="amount"),
        CheckConstraint("kind IN ('sale', 'freight', 'claim', 'commission', 'commission_back')", name="kind"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    event: Mapped[str]  # what made it, once: sale:<line>, claim:<return>, again:<run>:<item>
    producer_organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    line_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("orders.order_line.id"))
    kind: Mapped[str]
    amount_fen: Mapped[int]
    due_on: Mapped[date]  # the first day through which a run may take it
    at: Mapped[datetime]
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.settlement_run.id"))
    is_demo: Mapped[bool] = mapped_column(default=False)


class SettlementRun(Base):
    """A settlement (结算单) of one producer through a day: two persons approve what another, or the worker, proposed."""

    __tablename__ = "settlement_run"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(
            "uq_settlement_run_producer_through",
            "producer_organisation_id",
            "through_on",
            unique=True,
            postgresql_where=text("state NOT IN ('refused', 'failed')"),
        ),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("amount_fen = sales_fen - claims_fen - commission_fen", name="sum"),
        CheckConstraint(
            "state IN ('proposed', 'reviewed', 'approved', 'paid', 'refused', 'failed')", name="state"
        ),
        CheckConstraint(
            "reviewed_by_person IS NULL OR (reviewed_by_person IS DISTINCT FROM proposed_by_person"
            " AND approved_by_person IS DISTINCT FROM reviewed_by_person"
            " AND (approved_by_person IS NULL OR approved_by_person IS DISTINCT FROM proposed_by_person))",
            name="three_persons",
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    producer_organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    through_on: Mapped[date]
    sales_fen: Mapped[int]
    claims_fen: Mapped[int]
    commission_fen: Mapped[int]  # less what refunds gave back of it; may be negative
    amount_fen: Mapped[int]
    state: Mapped[str] = mapped_column(default="proposed")
    proposed_by: Mapped[uuid.UUID | None]
    proposed_by_person: Mapped[uuid.UUID | None]
    proposed_at: Mapped[datetime]
    reviewed_by: Mapped[uuid.UUID | None]
    reviewed_by_person: Mapped[uuid.UUID | None]
    reviewed_at: Mapped[datetime | None]
    approved_by: Mapped[uuid.UUID | None]
    approved_by_person: Mapped[uuid.UUID | None]
    approved_at: Mapped[datetime | None]
    refused_by: Mapped[uuid.UUID | None]
    refused_at: Mapped[datetime | None]
    refusal: Mapped[str | None]
    is_demo: Mapped[bool] = mapped_column(default=False)


class Payout(Base):
    """The money of an approved run on its way to the producer's own account."""

    __tablename__ = "payout"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("run_id"),
        Index(
            "uq_payout_reference", "reference", unique=True, postgresql_where=text("reference IS NOT NULL")
        ),
        Index(None, "producer_organisation_id"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("attempt BETWEEN 0 AND 2", name="attempt"),
        CheckConstraint("state IN ('prepared', 'sent', 'confirmed', 'returned', 'failed')", name="state"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.settlement_run.id"))
    producer_organisation_id: Mapped[uuid.UUID]
    amount_fen: Mapped[int]
    state: Mapped[str] = mapped_column(default="prepared")
    attempt: Mapped[int] = mapped_column(SmallInteger, default=0)  # how often the bank was told
    turn: Mapped[int] = mapped_column(SmallInteger, default=0)  # how often an outcome was taken back
    sent_at: Mapped[datetime | None]
    reference: Mapped[str | None]  # the bank's number of the outgoing transfer
    ended_at: Mapped[datetime | None]
    return_reason: Mapped[str | None]
    is_demo: Mapped[bool] = mapped_column(default=False)


class PayoutFile(Base):
    """A list of payouts for the bank, as it was handed out."""

    __tablename__ = "payout_file"
    __table_args__ = (UniqueConstraint("number"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    payouts: Mapped[int]
    amount_fen: Mapped[int]
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]


class PayoutInstruction(Base):
    """A line of a payout file: to whom and to which account, as they were that day. Append-only but for its cell's key."""

    __tablename__ = "payout_instruction"
    __table_args__ = (
        UniqueConstraint("payout_id", "attempt"),
        UniqueConstraint("file_id", "line_no"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.payout_file.id"))
    line_no: Mapped[int] = mapped_column(SmallInteger)
    payout_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.payout.id"))
    attempt: Mapped[int] = mapped_column(SmallInteger)
    payee_name: Mapped[str]
    bank_name: Mapped[str]
    account_enc: Mapped[bytes]
    amount_fen: Mapped[int]


class PayoutLine(Base):
    """A line of the supervised account's statement that may be about a payout: money out, or (`receipt_id`) what came back."""

    __tablename__ = "payout_line"
    __table_args__ = (
        UniqueConstraint("account_id", "reference"),
        Index(None, "payout_id"),
        Index("ix_payout_line_new", "id", postgresql_where=text("state = 'new'")),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("state IN ('new', 'parked', 'settled', 'other')", name="state"),
        CheckConstraint("(state = 'parked') = (parked_reason IS NOT NULL)", name="reason"),
        CheckConstraint("(state = 'settled') = (payout_id IS NOT NULL)", name="payout"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.collecting_account.id"))
    reference: Mapped[str]  # as a receipt's
    receipt_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.receipt.id"))
    amount_fen: Mapped[int]
    payee_name: Mapped[str]  # the other side
    memo: Mapped[str]
    happened_at: Mapped[datetime]
    statement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.bank_statement.id"))
    row_no: Mapped[int]  # in the file
    state: Mapped[str] = mapped_column(default="new")
    parked_reason: Mapped[str | None]  # of rules.payout_lines.PARKED
    payout_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.payout.id"))
    attempt: Mapped[int | None] = mapped_column(SmallInteger)
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
