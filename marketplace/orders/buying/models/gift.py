"""Parcels of an order that goes to many addresses (团购慰问)."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "orders"}


class Parcel(Base):
    """One recipient's part of an order. Its state is that of its shipment; the person is a cell that is emptied in time."""

    __tablename__ = "parcel"
    __table_args__ = (
        UniqueConstraint("order_id", "parcel_no"),
        Index(None, "shipment_id"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    parcel_no: Mapped[int] = mapped_column(SmallInteger)
    area_code: Mapped[str]
    recipient_enc: Mapped[bytes | None]
    shipment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("orders.shipment.id"))
    forgotten_at: Mapped[datetime | None]  # when the person was deleted


class ParcelLine(Base):
    """So many units of a line in a parcel; all parcels of an order together are its lines."""

    __tablename__ = "parcel_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"), SCHEMA)
    parcel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.parcel.id"), primary_key=True)
    line_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.order_line.id"), primary_key=True)
    quantity: Mapped[int]
