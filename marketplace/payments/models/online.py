"""Payments made online, the accounts they go to, and what the gateway told us. Rows are written before the gateway is asked."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.payments.models.received import SCHEMA

_LIVE = text("state IN ('created', 'unknown', 'open', 'authorised')")


class GatewayAccount(Base):
    """A producer's own account with a gateway: proposed by one person, put in force by another."""

    __tablename__ = "gateway_account"
    __table_args__ = (
        Index(
            "uq_gateway_account_account",
            "gateway",
            "account",
            unique=True,
            postgresql_where=text("state <> 'ended'"),
        ),
        Index(
            "uq_gateway_account_active",
            "gateway",
            "organisation_id",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
        CheckConstraint("state IN ('proposed', 'active', 'ended')", name="state"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    gateway: Mapped[str]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    account: Mapped[str]  # acct_…
    state: Mapped[str] = mapped_column(default="proposed")
    proposed_by: Mapped[uuid.UUID | None]
    proposed_by_person: Mapped[uuid.UUID | None]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]


class OnlinePayment(Base):
    """One payment of one order, asked of the gateway under `idempotency_key`. States: `rules.online.ATTEMPT`."""

    __tablename__ = "online_payment"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("idempotency_key"),
        UniqueConstraint("intent_id"),
        UniqueConstraint("page_id"),
        # Whoever comes second, however close, is refused: an order is never charged twice at once.
        Index("uq_online_payment_live", "order_id", unique=True, postgresql_where=_LIVE),
        Index(None, "order_id"),
        Index(None, "batch_id"),
        Index("ix_online_payment_due", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("currency = 'CNY'", name="currency"),
        CheckConstraint("given_back_fen BETWEEN 0 AND captured_fen", name="given_back"),
        CheckConstraint(
            "state IN ('created', 'unknown', 'open', 'authorised', 'captured', 'canceled', 'failed')",
            name="state",
        ),
        CheckConstraint("taken_as IN ('payment', 'surplus', 'mismatch')", name="taken_as"),
        CheckConstraint("(state = 'captured') = (taken_as IS NOT NULL)", name="captured"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    batch_id: Mapped[uuid.UUID]  # payments of one checkout, captured together
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    gateway: Mapped[str]
    account: Mapped[str]  # the producer's own, as it was then
    method: Mapped[str]  # of rules.online.METHODS
    flow: Mapped[str]  # of rules.online.FLOWS
    is_held: Mapped[bool]  # authorised first, captured with the rest of its batch
    amount_fen: Mapped[int]
    currency: Mapped[str] = mapped_column(default="CNY")
    state: Mapped[str] = mapped_column(default="created")
    idempotency_key: Mapped[str]
    intent_id: Mapped[str | None]
    page_id: Mapped[str | None]
    page_url: Mapped[str | None]
    captured_fen: Mapped[int] = mapped_column(default=0)  # as the gateway says
    given_back_fen: Mapped[int] = mapped_column(default=0)  # refunds that were asked for or made
    fee_fen: Mapped[int] = mapped_column(default=0)  # what the gateway kept of it and of its refunds
    taken_as: Mapped[
        str | None
    ]  # payment of the order; surplus: it could not take it; mismatch: not what was asked
    cancel_wanted: Mapped[bool] = mapped_column(default=False)
    capture_wanted: Mapped[bool] = mapped_column(default=False)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]  # when the worker looks at it; None: nothing is to be done
    last_error: Mapped[str | None]  # the gateway's code
    requested_by: Mapped[uuid.UUID | None]
    requested_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]  # when it became captured, canceled or failed


class GatewayEvent(Base):
    """A signed message of the gateway, once: written in the transaction of its effect, or parked until it can have one."""

    __tablename__ = "gateway_event"
    __table_args__ = (
        UniqueConstraint("gateway", "event_id"),
        Index("ix_gateway_event_parked", "next_try_at", postgresql_where=text("state = 'parked'")),
        CheckConstraint("state IN ('applied', 'ignored', 'parked', 'refused')", name="state"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    gateway: Mapped[str]
    event_id: Mapped[str]
    kind: Mapped[str]
    account: Mapped[str | None]
    said: Mapped[dict[str, Any]]  # ids, states and amounts; nothing personal is kept
    state: Mapped[str]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]  # the gateway's stamp
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
