"""The cart of an account and its favourites. A cart reserves nothing."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base

SCHEMA = {"schema": "orders"}


class CartLine(Base):
    """So many units of a listing that an account means to buy, with what it was shown when it put them in."""

    __tablename__ = "cart_line"
    __table_args__ = (
        CheckConstraint("quantity BETWEEN 1 AND 1000000", name="quantity"),
        CheckConstraint("seen_price_fen > 0", name="seen_price"),
        SCHEMA,
    )
    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.listing.id"), primary_key=True)
    quantity: Mapped[int]
    seen_price_fen: Mapped[int]
    seen_goods_class: Mapped[str]
    is_ticked: Mapped[bool] = mapped_column(default=True)
    added_at: Mapped[datetime]


class Favourite(Base):
    """A listing that an account keeps in sight."""

    __tablename__ = "favourite"
    __table_args__ = (SCHEMA,)
    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.listing.id"), primary_key=True)
    added_at: Mapped[datetime]
