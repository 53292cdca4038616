"""The ledger: entries, chain links, accruals, periods, statements. All but `Period` are append-only by trigger."""

from __future__ import annotations

import uuid
from datetime import datetime
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

SCHEMA = {"schema": "attribution"}


class Period(Base):
    """A month of the books. Missing = open. Once closed it never changes."""

    __tablename__ = "period"
    __table_args__ = (CheckConstraint("state IN ('open', 'closed')", name="state"), SCHEMA)
    period: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default="open")
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[uuid.UUID | None]
    entries: Mapped[int | None]
    sale_fen: Mapped[int | None]
    benefit_fen: Mapped[int | None]
    last_position: Mapped[int | None]
    chain_head: Mapped[bytes | None]
    digest: Mapped[bytes | None]  # of everything the month's statements say


class Entry(Base):
    """One row per (counted line, agreement version) and one unlinked row for the rest: Σ entries = Σ counted lines.

    Every statistical dimension is frozen here; a report never joins to live configuration. Areas are padded to 12 digits.
    """

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("entry_no"),
        # Replaying an event adds nothing (L3). version_no is 0 for the unlinked row.
        UniqueConstraint(
            "source", "event_id", "line_id", "kind", "version_no", "goods_class", name="uq_entry_event"
        ),
        Index(None, "line_id"),
        Index(None, "period"),
        Index(None, "version_no", "period"),
        Index(None, "certificate_id"),
        Index(None, "product_id", postgresql_include=["sale_fen"]),
        Index(None, "reverses_id", postgresql_where=text("reverses_id IS NOT NULL")),
        CheckConstraint("kind IN ('sale', 'refund', 'correction')", name="kind"),
        CheckConstraint("goods_class IN ('certified_aid', 'area_produce', 'ordinary')", name="goods_class"),
        CheckConstraint("(kind = 'sale') = (reverses_id IS NULL) OR kind = 'correction'", name="reverses"),
        CheckConstraint("kind <> 'sale' OR sale_fen >= 0", name="sign"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    entry_no: Mapped[int] = mapped_column(Identity())
    source: Mapped[str]  # order | intake
    event_id: Mapped[uuid.UUID]  # the order that counted, the refund, the revocation
    line_id: Mapped[uuid.UUID]  # no foreign key: intake's lines live elsewhere
    kind: Mapped[str]
    reverses_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("attribution.entry.id"))
    reason: Mapped[str | None]
    # amounts
    sale_fen: Mapped[int]
    quantity_milli: Mapped[int]
    weight_g: Mapped[int | None]
    benefit_fen: Mapped[int]  # by the contract's formula over the whole line; 0 on the unlinked row
    # linkage
    version_no: Mapped[int]  # agreement version, 0 = unlinked
    agreement_no: Mapped[int | None]
    linkage_mode: Mapped[str | None]
    linked_bp: Mapped[int]
    # goods
    goods_class: Mapped[str]
    goods_class_reason: Mapped[str | None]
    certificate_id: Mapped[uuid.UUID | None]
    scheme: Mapped[str | None]
    schemes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    product_id: Mapped[uuid.UUID]
    product_name: Mapped[str]
    category_code: Mapped[str]
    producer_id: Mapped[uuid.UUID]
    producer_name: Mapped[str]
    producer_kind: Mapped[str]
    origin_area: Mapped[str]
    # channel
    channel_id: Mapped[uuid.UUID]
    channel_kind: Mapped[str]
    channel_area: Mapped[str]
    levy_bp: Mapped[int]
    # buyer
    order_id: Mapped[uuid.UUID | None]
    buyer_id: Mapped[uuid.UUID | None]
    buyer_path: Mapped[str]
    buyer_kind: Mapped[str]
    buyer_area: Mapped[str]
    buyer_sector: Mapped[str | None]
    budget_unit_id: Mapped[uuid.UUID | None]
    reserve_year: Mapped[int | None] = mapped_column(SmallInteger)
    fund_source: Mapped[str | None]
    participation_mode: Mapped[str]
    purchase_kind: Mapped[str]  # own_purchase | brokered_sale
    broker_id: Mapped[uuid.UUID | None]
    helper_area: Mapped[str | None]
    # time
    sold_at: Mapped[datetime]
    counted_at: Mapped[datetime]
    sold_period: Mapped[str]  # 发生期
    period: Mapped[str]  # 入账期
    adjusts_period: Mapped[str | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    written_at: Mapped[datetime]


class Link(Base):
    """Chain position and hash of a committed entry, given in batches by one worker; the entry itself is never touched."""

    __tablename__ = "link"
    __table_args__ = (UniqueConstraint("position"), SCHEMA)
    # Of an entry, by a trigger that looks once a statement: a foreign key looks row by row (migration 0051).
    entry_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int]
    hash: Mapped[bytes]
    linked_at: Mapped[datetime]


class ChainState(Base):
    """One row: how far every entry that can ever exist has its position, and up to where that may be said next.

    A number is given when a row is inserted, not when it commits, so a lower one may appear after a higher one. Once every
    transaction that had begun when number n was the newest has ended, nothing up to n can appear any more.
    """

    __tablename__ = "chain_state"
    __table_args__ = (CheckConstraint("id = 1", name="single"), SCHEMA)
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    settled_entry_no: Mapped[int]  # no entry up to here is without a position
    next_entry_no: Mapped[int | None]  # the newest number when `next_xid` wrote
    next_xid: Mapped[
        int | None
    ]  # of the transaction that noted it: whatever had begun before has a lower one
    next_at: Mapped[datetime | None]
    looked_at: Mapped[
        datetime | None
    ]  # when all numbers above `settled_entry_no` were last looked through, and linked


class Accrual(Base):
    """Benefit that needs no sale: wages, rents, fixed returns of a month by the agreement's formula."""

    __tablename__ = "accrual"
    __table_args__ = (
        UniqueConstraint("version_no", "earned_period", "sequence"),
        Index(None, "period"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    version_no: Mapped[int]
    agreement_no: Mapped[int]
    linkage_mode: Mapped[str]
    earned_period: Mapped[str]  # the month the benefit belongs to
    period: Mapped[str]  # the month in whose books it stands
    adjusts_period: Mapped[str | None]
    sequence: Mapped[int] = mapped_column(SmallInteger)  # 0 the first, later ones are differences
    benefit_fen: Mapped[int]
    basis: Mapped[dict[str, Any]]  # inputs of the formula
    producer_id: Mapped[uuid.UUID]
    origin_area: Mapped[str]  # the agreement's county, 12 digits
    written_at: Mapped[datetime]


class InputLine(Base):
    """Raw material bought of households, as it was reported and as it changed: the sum of a line's rows is what holds.

    It owes benefit by the month (`service.inputs`) and is in no sum of sales: what is made of it counts.
    """

    __tablename__ = "input_line"
    __table_args__ = (
        UniqueConstraint("line_id", "event_id"),
        Index(None, "sold_period"),
        Index(None, "written_at"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    line_id: Mapped[uuid.UUID]
    event_id: Mapped[uuid.UUID]
    product_id: Mapped[uuid.UUID]
    sold_at: Mapped[datetime]
    sold_period: Mapped[str]
    sale_fen: Mapped[int]  # the change, either sign
    quantity_milli: Mapped[int]
    weight_g: Mapped[int]
    written_at: Mapped[datetime]


class AgreementStatement(Base):
    """Base and pool of an agreement version in a closed month, per month it belongs to."""

    __tablename__ = "agreement_statement"
    __table_args__ = (SCHEMA,)
    period: Mapped[str] = mapped_column(primary_key=True)
    version_no: Mapped[int] = mapped_column(primary_key=True)
    earned_period: Mapped[str] = mapped_column(primary_key=True)
    agreement_no: Mapped[int]
    sale_fen: Mapped[int]  # Σ linked entries
    pool_fen: Mapped[int]  # Σ their benefit + accruals: what this close adds to the pool of earned_period
    pool_total_fen: Mapped[int]  # pool of earned_period as now known
    village_fen: Mapped[int]  # kept by the village collective
    households: Mapped[int]
    digest: Mapped[bytes]  # of the household rows


class HouseholdStatement(Base):
    """What this close says a household is owed under an agreement version for a month (a difference when it adjusts)."""

    __tablename__ = "household_statement"
    __table_args__ = (Index(None, "household_no"), SCHEMA)
    period: Mapped[str] = mapped_column(primary_key=True)
    version_no: Mapped[int] = mapped_column(primary_key=True)
    earned_period: Mapped[str] = mapped_column(primary_key=True)
    household_no: Mapped[int] = mapped_column(primary_key=True)
    benefit_fen: Mapped[int]
