"""Invoices of sellers: asked for, issued, taken back by red letters, declared by those who count them."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "payments"}


class InvoiceRequest(Base):
    """A buyer asks a seller for one invoice over one or several orders."""

    __tablename__ = "invoice_request"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(None, "buyer_id"),
        Index(None, "seller_id"),
        CheckConstraint("state IN ('requested', 'issued', 'refused', 'withdrawn')", name="state"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    buyer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    seller_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    kind: Mapped[str]  # of rules.invoices.KINDS
    title: Mapped[str]  # 抬头
    tax_number: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="requested")
    reason: Mapped[str | None]  # why it was refused
    requested_by: Mapped[uuid.UUID | None]
    requested_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)


class InvoiceRequestOrder(Base):
    """An order that a request covers; an order has one open request at most."""

    __tablename__ = "invoice_request_order"
    __table_args__ = (
        Index("uq_invoice_request_order_open", "order_id", unique=True, postgresql_where=text("is_open")),
        SCHEMA,
    )
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.invoice_request.id"), primary_key=True)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"), primary_key=True)
    is_open: Mapped[bool] = mapped_column(default=True)


class Invoice(Base):
    """A blue invoice, or a red letter to one. What it says never changes; amounts are positive, `color` says which way."""

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("code", "invoice_no"),
        Index(None, "buyer_id"),
        Index(None, "seller_id"),
        Index(None, "blue_id"),
        CheckConstraint("(color = 'red') = (blue_id IS NOT NULL) AND color IN ('blue', 'red')", name="color"),
        CheckConstraint("total_fen > 0 AND tax_fen BETWEEN 0 AND total_fen", name="amounts"),
        CheckConstraint("red_fen BETWEEN 0 AND total_fen", name="red_within"),
        CheckConstraint("declared_fen BETWEEN 0 AND total_fen - red_fen", name="declared_within"),
        CheckConstraint("color = 'blue' OR (red_fen = 0 AND declared_fen = 0)", name="red_is_final"),
        CheckConstraint(
            "CASE WHEN kind LIKE 'digital%' THEN code = '' AND invoice_no ~ '^[0-9]{20}$'"
            " ELSE code ~ '^([0-9]{10}|[0-9]{12})$' AND invoice_no ~ '^[0-9]{8}$' END",
            name="number_shape",
        ),
        CheckConstraint("check_state IN ('unchecked', 'accepted', 'refused')", name="check_state"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]  # ours
    color: Mapped[str]  # blue | red
    kind: Mapped[str]  # of rules.invoices.KINDS
    code: Mapped[str]  # 发票代码; empty for 数电票
    invoice_no: Mapped[str]  # 发票号码
    request_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.invoice_request.id"))
    blue_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.invoice.id"))
    seller_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    seller_name: Mapped[str]
    seller_tax_number: Mapped[str]
    buyer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    title: Mapped[str]
    tax_number: Mapped[str | None]
    total_fen: Mapped[int]  # 价税合计
    tax_fen: Mapped[int]
    red_fen: Mapped[int] = mapped_column(default=0)  # taken back by red letters
    declared_fen: Mapped[int] = mapped_column(default=0)  # counted by organisations as their purchase
    confirmation_no: Mapped[str | None]  # 红字信息表 or 红字发票信息确认单
    reason: Mapped[str | None]  # of a red letter
    issued_at: Mapped[datetime]
    issued_by: Mapped[uuid.UUID | None]
    issued_by_person: Mapped[uuid.UUID | None]
    recorded_at: Mapped[datetime]
    check_state: Mapped[str] = mapped_column(default="unchecked")  # 验票
    check_opinion: Mapped[str | None]
    checked_by: Mapped[uuid.UUID | None]
    checked_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)


class InvoiceLine(Base):
    """A line as it is printed; without an order line it is the order's freight. A red letter's line names the blue one."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        UniqueConstraint("invoice_id", "line_no"),
        Index(None, "order_id"),
        Index(None, "order_line_id"),
        CheckConstraint("gross_fen > 0 AND tax_fen BETWEEN 0 AND gross_fen", name="amounts"),
        CheckConstraint("red_fen BETWEEN 0 AND gross_fen AND red_tax_fen BETWEEN 0 AND tax_fen", name="red"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.invoice.id"))
    line_no: Mapped[int] = mapped_column(SmallInteger)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    order_line_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("orders.order_line.id"))
    blue_line_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.invoice_line.id"))
    description: Mapped[str]  # *分类简称*品名
    spec: Mapped[str | None]
    unit: Mapped[str | None]
    quantity: Mapped[int | None]  # None where it is a part of the amount, not of the units
    tax_treatment: Mapped[str]
    gross_fen: Mapped[int]
    tax_fen: Mapped[int]
    red_fen: Mapped[int] = mapped_column(default=0)
    red_tax_fen: Mapped[int] = mapped_column(default=0)


class InvoiceFile(Base):
    """The invoice itself as PDF or OFD, or a scan of the paper."""

    __tablename__ = "invoice_file"
    __table_args__ = (SCHEMA,)
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.invoice.id"), primary_key=True)
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core.stored_file.id"), primary_key=True)
    attached_by: Mapped[uuid.UUID | None]
    attached_at: Mapped[datetime]


class InvoiceDeclaration(Base):
    """How much of an invoice an organisation counts as its own purchase: a unit and its union may share one."""

    __tablename__ = "invoice_declaration"
    __table_args__ = (
        Index(
            "uq_invoice_declaration_standing",
            "invoice_id",
            "organisation_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        CheckConstraint("amount_fen > 0", name="amount"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.invoice.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    amount_fen: Mapped[int]
    declared_by: Mapped[uuid.UUID | None]
    declared_at: Mapped[datetime]
    withdrawn_by: Mapped[uuid.UUID | None]
    withdrawn_at: Mapped[datetime | None]
