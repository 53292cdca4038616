"""What happened to an order: shipments, its evaluation, returns."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "orders"}


class Shipment(Base):
    __tablename__ = "shipment"
    __table_args__ = (Index(None, "order_id"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    carrier: Mapped[str | None]
    tracking_no: Mapped[str | None]
    shipped_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class ShipmentLine(Base):
    __tablename__ = "shipment_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    shipment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.shipment.id"))
    line_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.order_line.id"))
    quantity: Mapped[int]


class Evaluation(Base):
    __tablename__ = "evaluation"
    __table_args__ = (
        UniqueConstraint("order_id"),
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    stars: Mapped[int] = mapped_column(SmallInteger)
    comment: Mapped[str | None]
    by_account: Mapped[uuid.UUID | None]
    at: Mapped[datetime]


class OrderReturn(Base):
    """A return of some quantity of some lines, a rejection at acceptance, or money given back without goods (goodwill).

    Its refund is money's business.
    """

    __tablename__ = "order_return"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(None, "order_id"),
        CheckConstraint("kind IN ('return', 'rejection', 'cancellation', 'goodwill')", name="kind"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    kind: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    amount_fen: Mapped[int]
    requested_by: Mapped[uuid.UUID | None]
    requested_at: Mapped[datetime]
    received_at: Mapped[datetime | None]


class OrderReturnLine(Base):
    __tablename__ = "order_return_line"
    __table_args__ = (
        # No goods: then money, or the line says nothing.
        CheckConstraint(
            "quantity >= 0 AND amount_fen >= 0 AND (quantity > 0 OR amount_fen > 0)", name="amounts"
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    return_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.order_return.id"))
    line_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.order_line.id"))
    quantity: Mapped[int]
    amount_fen: Mapped[int]
    was_counted: Mapped[bool] = mapped_column(default=False)


class OrderPhoto(Base):
    """A photo of what arrived, attached to the acceptance of an order or to one of its returns. Append-only."""

    __tablename__ = "order_photo"
    __table_args__ = (UniqueConstraint("file_id"), Index(None, "order_id"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    return_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("orders.order_return.id"))
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core.stored_file.id"))
    added_by: Mapped[uuid.UUID | None]
    added_at: Mapped[datetime]
