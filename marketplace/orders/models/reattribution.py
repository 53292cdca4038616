"""An order bound to the wrong budget unit: who asked to move it where, and who agreed."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "orders"}


class Reattribution(Base):
    """A move of an order from one budget unit to another. An order has one open at most.

    In the ledger what leaves is the event `id`, what arrives `arrival_id`: two events of one move.
    """

    __tablename__ = "reattribution"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("arrival_id"),
        Index("uq_reattribution_open", "order_id", unique=True, postgresql_where=text("state = 'requested'")),
        Index(None, "order_id"),
        CheckConstraint("state IN ('requested', 'done', 'refused', 'withdrawn')", name="state"),
        CheckConstraint("from_unit_id <> to_unit_id", name="units"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    arrival_id: Mapped[uuid.UUID]
    number: Mapped[str]
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    from_unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    from_area: Mapped[str]
    to_unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    to_area: Mapped[str]
    # the nearest organisation above both on the day of the request; None: only the finance supervisor can agree
    supervisor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.organisation.id"))
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default="requested")
    requested_by: Mapped[uuid.UUID | None]
    requested_by_organisation: Mapped[uuid.UUID | None]
    requested_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ReattributionConsent(Base):
    """What one of the three parties said to a move, once, by three different persons. Append-only."""

    __tablename__ = "reattribution_consent"
    __table_args__ = (
        UniqueConstraint("reattribution_id", "party"),
        UniqueConstraint("reattribution_id", "person_id"),
        CheckConstraint("party IN ('old_unit', 'new_unit', 'supervisor')", name="party"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    reattribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.reattribution.id"))
    party: Mapped[str]
    agreed: Mapped[bool]
    opinion: Mapped[str | None]
    account_id: Mapped[uuid.UUID | None]
    person_id: Mapped[uuid.UUID]
    at: Mapped[datetime]
