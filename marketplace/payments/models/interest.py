"""Interest on late payment that a producer claims from a buyer."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.payments.models.received import SCHEMA


class InterestClaim(Base):
    """What accrued on one order until a day and had not been claimed before; one open claim an order."""

    __tablename__ = "interest_claim"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("reference"),
        Index(None, "order_id"),
        Index("uq_interest_claim_open", "order_id", unique=True, postgresql_where=text("state = 'claimed'")),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("until > due_on", name="days"),
        CheckConstraint("state IN ('claimed', 'received', 'waived')", name="state"),
        CheckConstraint("(state = 'received') = (reference IS NOT NULL)", name="reference"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    due_on: Mapped[date]  # as it was when the claim was made
    until: Mapped[date]  # the last day for which interest is in it
    amount_fen: Mapped[int]
    state: Mapped[str]
    reference: Mapped[str | None]  # the bank's number of the line by which it arrived
    claimed_by: Mapped[uuid.UUID | None]
    claimed_at: Mapped[datetime]
    settled_by: Mapped[uuid.UUID | None]
    settled_at: Mapped[datetime | None]
