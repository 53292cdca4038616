"""Checkouts, orders of one producer each, lines with everything frozen, and the history of an order."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "orders"}


class Checkout(Base):
    __tablename__ = "checkout"
    __table_args__ = (UniqueConstraint("number"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    buyer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    placed_by: Mapped[uuid.UUID | None]
    total_fen: Mapped[int]
    placed_at: Mapped[datetime]


class SalesOrder(Base):
    """One order of one producer. Payment, invoice and returns are state machines beside `state`."""

    __tablename__ = "sales_order"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("order_no"),
        Index(None, "checkout_id"),
        Index("ix_sales_order_buyer", "buyer_id", "order_no"),
        Index("ix_sales_order_producer", "producer_id", "order_no"),
        Index(
            "ix_sales_order_uncounted",
            "order_no",
            postgresql_where=text("counted_at IS NULL AND state <> 'cancelled'"),
        ),
        Index(
            "ix_sales_order_due",
            "due_on",
            postgresql_where=text("payment_state IN ('unpaid', 'partly_paid')"),
        ),
        CheckConstraint("total_fen >= 0 AND paid_fen >= 0 AND refunded_fen >= 0", name="amounts"),
        CheckConstraint("refunded_fen <= owed_back_fen AND owed_back_fen <= paid_fen", name="refunds"),
        CheckConstraint("deducted_fen BETWEEN 0 AND total_fen", name="deducted"),
        CheckConstraint(
            "red_fen BETWEEN 0 AND invoiced_fen AND invoiced_fen - red_fen <= total_fen", name="invoiced"
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    order_no: Mapped[int] = mapped_column(Identity())
    number: Mapped[str]
    checkout_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.checkout.id"))
    producer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.producer.id"))
    producer_name: Mapped[str]
    producer_kind: Mapped[str]
    producer_organisation_id: Mapped[uuid.UUID]  # who may fulfil
    producer_area: Mapped[str]  # where it produces: officials of both sides see the order
    operator_id: Mapped[uuid.UUID | None]  # of the channel, when all lines have the same
    buyer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    buyer_name: Mapped[str]
    buyer_kind: Mapped[str]
    buyer_area: Mapped[str]  # fiscal affiliation for budget units
    buyer_sector: Mapped[str | None]
    buyer_path: Mapped[str]  # place in the tree when placed
    budget_unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.organisation.id"))
    reserve_year: Mapped[int | None] = mapped_column(SmallInteger)
    participation_mode: Mapped[str]
    fund_source: Mapped[str | None]  # canteen | union | staff | other
    purchase_kind: Mapped[str] = mapped_column(default="own_purchase")  # | brokered_sale
    broker_id: Mapped[uuid.UUID | None]
    helper_area: Mapped[str | None]  # frozen from the pairing in force, never derived later
    payment_method: Mapped[str]  # code of orders.terms
    payment_terms: Mapped[dict[str, Any]] = mapped_column(default=dict)
    delivery_area: Mapped[str]
    deliver_to_enc: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(default="placed")
    payment_state: Mapped[str] = mapped_column(default="unpaid")
    invoice_state: Mapped[str] = mapped_column(default="none")
    total_fen: Mapped[int]
    tax_fen: Mapped[int]
    freight_fen: Mapped[int] = mapped_column(default=0)
    paid_fen: Mapped[int] = mapped_column(default=0)
    refunded_fen: Mapped[int] = mapped_column(default=0)  # confirmed returned to the buyer
    deducted_fen: Mapped[int] = mapped_column(default=0)  # no longer owed: cancelled, rejected, returned
    owed_back_fen: Mapped[int] = mapped_column(
        default=0
    )  # received but to be given back, whether or not it is yet
    invoiced_fen: Mapped[int] = mapped_column(default=0)  # of its blue invoices, with tax
    red_fen: Mapped[int] = mapped_column(default=0)  # of the red letters to them
    due_on: Mapped[date | None]
    due_extended: Mapped[bool] = mapped_column(default=False)
    placed_by: Mapped[uuid.UUID | None]
    placed_at: Mapped[datetime]
    sold_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    invoiced_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    evaluated_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    counted_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)


class OrderLine(Base):
    """A line as it was bought: names, price, tax, origin frozen. Goods class and certificate are resolved once, at sold_at."""

    __tablename__ = "order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "line_no"),
        CheckConstraint(
            "quantity > 0 AND unit_price_fen > 0 AND amount_fen = unit_price_fen * quantity", name="amount"
        ),
        CheckConstraint(
            "shipped + cancelled <= quantity AND accepted + rejected <= shipped AND returned <= accepted",
            name="quantities",
        ),
        CheckConstraint("refunded_fen BETWEEN 0 AND amount_fen", name="refunded"),
        CheckConstraint(
            "goods_class IS NULL OR goods_class IN ('certified_aid', 'area_produce', 'ordinary')",
            name="goods_class",
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    line_no: Mapped[int] = mapped_column(SmallInteger)
    listing_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.listing.id"))
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.offer.id"))
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.product.id"))
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    channel_kind: Mapped[str]
    channel_area: Mapped[str]
    counting_policy: Mapped[str]  # code of orders.counting, chosen on the day of the order
    stock_item_id: Mapped[int]
    product_name: Mapped[str]
    spec: Mapped[str]
    unit: Mapped[str]
    category_code: Mapped[str]
    origin_area: Mapped[str]
    net_weight_g: Mapped[int | None]  # of one unit
    quantity: Mapped[int]
    unit_price_fen: Mapped[int]
    amount_fen: Mapped[int]
    tax_treatment: Mapped[str]
    tax_fen: Mapped[int]
    levy_bp: Mapped[int] = mapped_column(default=0)
    shown_goods_class: Mapped[str]  # what the buyer was shown
    shown_certificate_id: Mapped[uuid.UUID | None]
    goods_class: Mapped[str | None]  # resolved as of sold_at
    goods_class_reason: Mapped[str | None]
    certificate_id: Mapped[uuid.UUID | None]
    scheme: Mapped[str | None]
    schemes: Mapped[list[str]] = mapped_column(
        ARRAY(Text), default=list
    )  # all active counting schemes at sold_at
    shipped: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)  # never shipped: the producer could not
    accepted: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    refunded_fen: Mapped[int] = mapped_column(
        default=0
    )  # worth of the units that never came, were rejected or went back
    counted_fen: Mapped[int | None]  # amount that entered the ledger
    counted_quantity: Mapped[int | None]
    counted_at: Mapped[datetime | None]


class OrderEvent(Base):
    """The order's history: every step with its actor."""

    __tablename__ = "order_event"
    __table_args__ = (Index(None, "order_id"), SCHEMA)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    kind: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    actor_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime]
