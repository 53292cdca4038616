"""How an order's money is collected and what is kept of its lines, frozen when it is placed. Append-only."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base
from marketplace.payments.models.received import SCHEMA


class Collection(Base):
    """An order whose money goes to a bank's supervised account. An order without a row is paid to its producer directly."""

    __tablename__ = "collection"
    __table_args__ = (
        Index(None, "checkout_id"),
        Index(None, "producer_organisation_id"),
        CheckConstraint("share_fen >= 0", name="share"),
        SCHEMA,
    )
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"), primary_key=True)
    checkout_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.checkout.id"))
    producer_organisation_id: Mapped[uuid.UUID]
    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.supervised_agreement.id"))
    share_fen: Mapped[int]  # of the one payment of the checkout, when it was placed


class LineCommission(Base):
    """The commission of a line, where there is any, as agreed on the day it was placed."""

    __tablename__ = "line_commission"
    __table_args__ = (CheckConstraint("commission_bp BETWEEN 1 AND 10000", name="rate"), SCHEMA)
    line_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.order_line.id"), primary_key=True)
    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.commission_agreement.id"))
    commission_bp: Mapped[int] = mapped_column(SmallInteger)


class LineCharge(Base):
    """Levy or commission of a counted line, or the part of it that a refund takes back (negative). Own and foreign lines alike.

    Σ charge_fen of a line is always the rate on what is left of it, half up, so a full refund leaves 0.
    """

    __tablename__ = "line_charge"
    __table_args__ = (
        UniqueConstraint("kind", "source", "line_id", "event_id"),
        Index(None, "kind", "party", "period"),
        CheckConstraint("kind IN ('levy', 'commission')", name="kind"),
        SCHEMA,
    )
    charge_no: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str]
    source: Mapped[str]  # order | intake, as in the facts
    line_id: Mapped[uuid.UUID]
    event_id: Mapped[uuid.UUID]
    party: Mapped[uuid.UUID | None]  # who owes it: the channel's operator, or the producer
    order_id: Mapped[uuid.UUID | None]  # as the fact says it; foreign lines have none
    channel_id: Mapped[uuid.UUID | None]  # of a levy: where it was sold
    rate_bp: Mapped[int] = mapped_column(SmallInteger)
    base_fen: Mapped[int]
    charge_fen: Mapped[int]
    period: Mapped[str]  # the month that takes it
    at: Mapped[datetime]
    is_demo: Mapped[bool] = mapped_column(default=False)
