"""What a producer owes the platform for a month: commission of orders that were paid to it directly."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.payments.models.received import SCHEMA


class CommissionBill(Base):
    """A producer's monthly bill (平台服务费账单): figures frozen when it was drawn up, paid whole or not yet."""

    __tablename__ = "commission_bill"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("producer_organisation_id", "period"),
        Index(
            "uq_commission_bill_reference",
            "reference",
            unique=True,
            postgresql_where=text("reference IS NOT NULL"),
        ),
        CheckConstraint("total_fen > 0", name="total"),
        CheckConstraint("state IN ('drawn', 'paid')", name="state"),
        CheckConstraint("(state = 'paid') = (reference IS NOT NULL AND paid_at IS NOT NULL)", name="paid"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    producer_organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    period: Mapped[str]
    lines: Mapped[int]
    base_fen: Mapped[int]  # counted sales less refunds, which a late refund may make negative
    total_fen: Mapped[int]
    state: Mapped[str] = mapped_column(default="drawn")
    drawn_by: Mapped[uuid.UUID | None]
    drawn_at: Mapped[datetime]
    reference: Mapped[str | None]  # the bank's number of the transfer to the platform's own account
    paid_at: Mapped[datetime | None]
    recorded_by: Mapped[uuid.UUID | None]
    is_demo: Mapped[bool] = mapped_column(default=False)


class CommissionBillLine(Base):
    """A charge that a bill holds: each is in one at most. Append-only."""

    __tablename__ = "commission_bill_line"
    __table_args__ = (Index(None, "bill_id"), SCHEMA)
    charge_no: Mapped[int] = mapped_column(ForeignKey("payments.line_charge.charge_no"), primary_key=True)
    bill_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.commission_bill.id"))
