"""The ledger of money: transfers between accounts, written once."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base
from marketplace.payments.models.received import SCHEMA


class Transfer(Base):
    """`amount_fen` from the credited to the debited account: a row is both sides, so debits equal credits always.

    `event` is what made it (``placed:<order>``, ``receipt:<payment>``); the same event is booked once.
    """

    __tablename__ = "transfer"
    __table_args__ = (
        UniqueConstraint("event", "line_no"),
        UniqueConstraint("reverses_no"),
        Index(None, "order_id"),
        Index("ix_transfer_debit", "debit_account", "debit_party"),
        Index("ix_transfer_credit", "credit_account", "credit_party"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint(
            "(debit_account, debit_party) IS DISTINCT FROM (credit_account, credit_party)", name="two_sides"
        ),
        SCHEMA,
    )
    transfer_no: Mapped[int] = mapped_column(Identity(), primary_key=True)
    event: Mapped[str]
    line_no: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str]  # of rules.accounts.KINDS
    debit_account: Mapped[str]  # of rules.accounts.ACCOUNTS
    debit_party: Mapped[uuid.UUID | None]
    credit_account: Mapped[str]
    credit_party: Mapped[uuid.UUID | None]
    order_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("orders.sales_order.id"))
    amount_fen: Mapped[int]
    happened_at: Mapped[datetime]  # when the money moved or the debt arose
    booked_at: Mapped[datetime]
    reverses_no: Mapped[int | None] = mapped_column(ForeignKey("payments.transfer.transfer_no"))
    is_demo: Mapped[bool] = mapped_column(default=False)
