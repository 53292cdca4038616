"""带贫主体 and their products."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "producers"}


class Producer(Base):
    """The dossier beside the organisation: what kind of 带贫主体 it is, where it produces, what was published of it."""

    __tablename__ = "producer"
    __table_args__ = (
        UniqueConstraint("producer_no"),
        UniqueConstraint("organisation_id"),
        Index(None, "uscc"),
        Index(None, "production_area"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    producer_no: Mapped[int] = mapped_column(Identity())
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    name: Mapped[str]
    uscc: Mapped[str | None]
    entity_kind: Mapped[str]
    registered_area: Mapped[str]
    production_area: Mapped[str]
    legal_representative_enc: Mapped[bytes | None]
    contact_enc: Mapped[bytes | None]
    founded_on: Mapped[date | None]
    is_832_supplier: Mapped[bool] = mapped_column(default=False)
    agent_of_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("producers.producer.id"))  # 代理 ≠ 生产
    published: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # figures as published: raw text, value, qualifier, source
    is_demo: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class ProducerPast(Base):
    """What a dossier said before it was amended, for the reports of that time (`core.history`). Append-only."""

    __tablename__ = "producer_past"
    __table_args__ = (Index(None, "producer_id", "until_at"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    producer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.producer.id"))
    name: Mapped[str]
    production_area: Mapped[str]
    agent_of_id: Mapped[uuid.UUID | None]
    until_at: Mapped[datetime]


class Product(Base):
    """What is made: the thing a certificate speaks about. A change of producer, origin or category is a new product."""

    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("product_no"),
        UniqueConstraint("producer_id", "name", "spec"),
        Index(None, "origin_area"),
        Index(None, "category_code"),
        Index(None, "gtin", postgresql_where=text("gtin IS NOT NULL")),
        CheckConstraint("net_weight_g IS NULL OR net_weight_g > 0", name="net_weight"),
        CheckConstraint("commodity_value_fen IS NULL OR commodity_value_fen >= 0", name="commodity_value"),
        CheckConstraint("char_length(description) <= 2000", name="description"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    product_no: Mapped[int] = mapped_column(Identity())
    producer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.producer.id"))
    name: Mapped[str]
    category_code: Mapped[str]
    brand: Mapped[str | None]
    description: Mapped[str | None]  # the producer's own words, lines allowed; awards named here stay words
    spec: Mapped[str]  # as printed, e.g. 5斤装
    unit: Mapped[str]  # 箱, 袋, 盒 …
    net_weight_g: Mapped[int | None]  # of one unit, where weight has a meaning
    gtin: Mapped[str | None]
    origin_area: Mapped[str]  # 6, 9 or 12 digits
    shelf_life_days: Mapped[int | None]
    season_from: Mapped[int | None]  # month 1–12
    season_to: Mapped[int | None]
    is_perishable: Mapped[bool] = mapped_column(default=False)
    tax_treatment: Mapped[str]
    annual_capacity: Mapped[int | None]  # units a year
    commodity_value_fen: Mapped[int | None]
    published: Mapped[dict[str, Any]] = mapped_column(default=dict)
    quality_marks: Mapped[list[Any]] = mapped_column(
        default=list
    )  # 地理标志, 绿色食品, 圳品 …: marks, never aid by themselves
    status: Mapped[str] = mapped_column(default="active")
    is_demo: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class ProductImport(Base):
    """One run of an import file: what came in, what was refused and why."""

    __tablename__ = "product_import"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'validated', 'imported', 'refused')", name="state"),
        Index(None, "file_sha256"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core.stored_file.id"))
    file_sha256: Mapped[bytes]
    dry_run: Mapped[bool]
    good_rows_only: Mapped[bool]
    state: Mapped[str] = mapped_column(default="queued")
    rows_read: Mapped[int] = mapped_column(default=0)
    rows_added: Mapped[int] = mapped_column(default=0)
    rows_known: Mapped[int] = mapped_column(default=0)
    errors: Mapped[list[Any]] = mapped_column(default=list)
    producer_id: Mapped[uuid.UUID | None]
    area_code: Mapped[str | None]
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
