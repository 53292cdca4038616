"""What operators paid of the levy that both sides agreed on."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.payments.models.received import SCHEMA


class LevyPayment(Base):
    """A payment of a statement: recorded by one person, checked against the bank's line or the voucher by another.

    `fund` says whose fund has the money: `own` (the fund's account in our books) or `foreign`, that of the `payee`.
    """

    __tablename__ = "levy_payment"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(None, "statement_id"),
        Index(
            "uq_levy_payment_told",
            "statement_id",
            "reference_kind",
            "reference",
            unique=True,
            postgresql_where=text("state IN ('recorded', 'checked')"),
        ),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("fund IN ('own', 'foreign')", name="fund"),
        CheckConstraint("(fund = 'foreign') = (payee IS NOT NULL)", name="payee"),
        CheckConstraint("reference_kind IN ('bank_line', 'voucher')", name="reference"),
        CheckConstraint("state IN ('recorded', 'checked', 'refused', 'reversed')", name="state"),
        CheckConstraint("(state = 'recorded') = (checked_at IS NULL)", name="checked"),
        CheckConstraint("(state = 'reversed') = (reversed_at IS NOT NULL)", name="reversed"),
        CheckConstraint(
            "checked_person IS DISTINCT FROM recorded_person OR checked_person IS NULL", name="two_persons"
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    statement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.levy_statement.id"))
    fund: Mapped[str]
    payee: Mapped[str | None]
    paid_on: Mapped[date]
    amount_fen: Mapped[int]
    reference_kind: Mapped[str]
    reference: Mapped[str]
    state: Mapped[str] = mapped_column(default="recorded")
    recorded_by: Mapped[uuid.UUID | None]
    recorded_person: Mapped[uuid.UUID | None]
    recorded_at: Mapped[datetime]
    checked_by: Mapped[uuid.UUID | None]  # of a refused one: who refused it
    checked_person: Mapped[uuid.UUID | None]
    checked_at: Mapped[datetime | None]
    reversed_by: Mapped[uuid.UUID | None]
    reversed_at: Mapped[datetime | None]
    reason: Mapped[str | None]  # why it was refused or reversed
    is_demo: Mapped[bool] = mapped_column(default=False)
