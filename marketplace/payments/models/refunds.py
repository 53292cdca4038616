"""Money given back. Rows are written before anything outside is asked."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "payments"}


class Refund(Base):
    """Money on its way back. It reverses sales only when confirmed returned, in that month."""

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("number"),
        # One refund of a return is alive; whoever comes second to begin another in its place is refused.
        Index("uq_refund_return_id", "return_id", unique=True, postgresql_where=text("state <> 'replaced'")),
        UniqueConstraint("replaces_id"),
        Index(None, "order_id"),
        CheckConstraint("amount_fen > 0", name="amount"),
        UniqueConstraint("idempotency_key"),
        UniqueConstraint("gateway_id"),
        Index("ix_refund_due", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")),
        CheckConstraint(
            "state IN ('requested', 'approved', 'sent', 'unknown', 'failed', 'replaced', 'confirmed', 'refused')",
            name="state",
        ),
        CheckConstraint("kind IN ('return', 'surplus', 'goodwill')", name="kind"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    payment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.payment.id"))
    return_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("orders.order_return.id"))
    replaces_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.refund.id"))
    kind: Mapped[str] = mapped_column(default="return")  # of rules.refunds.REFUND_KINDS
    amount_fen: Mapped[int]
    state: Mapped[str] = mapped_column(default="requested")
    reference: Mapped[str | None]
    requested_by: Mapped[uuid.UUID | None]
    requested_by_person: Mapped[uuid.UUID | None]
    requested_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None]
    confirmed_at: Mapped[datetime | None]
    # Through a gateway: which payment it goes back on, and under which key it was asked for; one key, however often.
    online_payment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.online_payment.id"))
    idempotency_key: Mapped[str | None]
    gateway_id: Mapped[str | None]
    asked_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    bounced_at: Mapped[datetime | None]  # the gateway took back that it was confirmed
