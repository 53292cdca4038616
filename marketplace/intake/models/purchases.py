"""Purchases that a unit, a union or an enterprise declares by an invoice or a contract, and the papers that they share."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.intake.models.channels import SCHEMA


class PurchasePaper(Base):
    """An invoice or contract of a seller. Several may declare parts of it, never more together than it says."""

    __tablename__ = "purchase_paper"
    __table_args__ = (
        UniqueConstraint("code", "paper_no", "seller_uscc"),
        CheckConstraint("total_fen > 0 AND declared_fen BETWEEN 0 AND total_fen", name="declared_within"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    kind: Mapped[str]  # of rules.purchases.PAPERS
    code: Mapped[str]  # 发票代码; empty for 数电票 and contracts
    paper_no: Mapped[str]
    seller_uscc: Mapped[str]
    seller_name: Mapped[str]
    issued_on: Mapped[date]
    total_fen: Mapped[int]
    declared_fen: Mapped[int] = mapped_column(default=0)  # by declarations that wait or are verified


class Purchase(Base):
    """A declaration: who bought what from whom, by which paper. What it says is its newest version of lines."""

    __tablename__ = "purchase"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(
            "uq_purchase_standing",
            "paper_id",
            "declarant_id",
            unique=True,
            postgresql_where=text("state IN ('submitted', 'returned', 'verified')"),
        ),
        Index(None, "area_code", "state"),
        CheckConstraint(
            "state IN ('submitted', 'returned', 'verified', 'refused', 'withdrawn', 'revoked')", name="state"
        ),
        CheckConstraint("kind IN ('own_purchase', 'brokered_sale')", name="kind"),
        CheckConstraint("(state IN ('verified', 'revoked')) = (batch_id IS NOT NULL)", name="in_books"),
        CheckConstraint("amount_fen > 0 AND version > 0", name="amounts"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    paper_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.purchase_paper.id"))
    declarant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    area_code: Mapped[str]  # whose authority verifies: the budget's, else where it is registered
    kind: Mapped[str]  # own_purchase: the declarant buys; brokered_sale: it helped to sell
    buyer_uscc: Mapped[str | None]  # of a brokered sale; the declarant's own otherwise
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    bought_on: Mapped[date]
    fund_source: Mapped[str | None]
    amount_fen: Mapped[int]
    version: Mapped[int] = mapped_column(SmallInteger, default=1)
    state: Mapped[str] = mapped_column(default="submitted")
    batch_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("intake.batch.id"))
    declared_at: Mapped[datetime]
    is_demo: Mapped[bool] = mapped_column(default=False)


class PurchaseLine(Base):
    """Goods of a version of a declaration, as the paper names them."""

    __tablename__ = "purchase_line"
    __table_args__ = (
        UniqueConstraint("purchase_id", "version", "line_no"),
        CheckConstraint("amount_fen > 0 AND quantity_milli > 0", name="amounts"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    purchase_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.purchase.id"))
    version: Mapped[int] = mapped_column(SmallInteger)
    line_no: Mapped[int] = mapped_column(SmallInteger)
    goods_name: Mapped[str]
    spec: Mapped[str | None]
    catalogue_no: Mapped[str | None]
    gtin: Mapped[str | None]
    quantity_milli: Mapped[int]
    weight_g: Mapped[int | None]
    amount_fen: Mapped[int]


class PurchaseFile(Base):
    """Evidence: the invoice or contract itself, the acceptance, the payment."""

    __tablename__ = "purchase_file"
    __table_args__ = (SCHEMA,)
    purchase_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.purchase.id"), primary_key=True)
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core.stored_file.id"), primary_key=True)
    attached_at: Mapped[datetime]


class PurchaseStep(Base):
    """Who did what with a declaration, when and why, and what it said then; never changed."""

    __tablename__ = "purchase_step"
    __table_args__ = (Index(None, "purchase_id"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    purchase_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.purchase.id"))
    state: Mapped[str]  # that it came to
    version: Mapped[int] = mapped_column(SmallInteger)
    opinion: Mapped[str | None]
    by_account: Mapped[uuid.UUID | None]
    by_person: Mapped[uuid.UUID | None]
    at: Mapped[datetime]
    said: Mapped[dict[str, Any] | None]  # what a submission said
