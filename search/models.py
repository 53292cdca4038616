"""The index in PostgreSQL, its queue of changes, and the words that can be found. All of it can be thrown away and rebuilt."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Sequence, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from marketplace.core.db import Base

SCHEMA = {"schema": "search"}
WORDS = ARRAY(Text(collation="C"))

VERSIONS = Sequence("document_version", schema="search", metadata=Base.metadata)
"""Taken after a change is claimed and before the product is read, so a higher number never stands for an older state."""


class Change(Base):
    """A product that may have changed, for one engine: written in the transaction that changed it, gone when indexed.

    Rows are never merged on the way in: one that is being done when another change commits must not swallow that change.
    """

    __tablename__ = "change"
    __table_args__ = (
        CheckConstraint("engine IN ('postgresql', 'elasticsearch')", name="engine"),
        Index("ix_change_open", "engine", "due_at", "id"),
        SCHEMA,
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    engine: Mapped[str]
    product_id: Mapped[uuid.UUID]
    due_at: Mapped[datetime]  # later than now: somebody is doing it (a lease), or it failed and waits
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    last_error: Mapped[str | None]


class Document(Base):
    """A product as the index knows it; one row has all that a question matches, sorts by and counts."""

    __tablename__ = "document"
    __table_args__ = (
        Index("ix_document_tokens", "tokens", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        Index(None, "product_id", unique=True),
        SCHEMA,
    )
    product_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_id: Mapped[uuid.UUID]
    producer_id: Mapped[uuid.UUID]
    version: Mapped[int]
    digest: Mapped[str]
    category_code: Mapped[str]
    province: Mapped[str]
    city: Mapped[str]
    county: Mapped[str]
    marks: Mapped[list[str]] = mapped_column(WORDS)
    schemes: Mapped[list[str]] = mapped_column(WORDS)
    modes: Mapped[list[str]] = mapped_column(WORDS)
    # Of all its listings together, for counting; `classes` as long as `classes_until` has not passed.
    channel_kinds: Mapped[list[str]] = mapped_column(WORDS)
    classes: Mapped[list[str]] = mapped_column(WORDS)
    classes_until: Mapped[date | None]
    price_bands: Mapped[list[str]] = mapped_column(WORDS)
    stocks: Mapped[list[str]] = mapped_column(WORDS)
    households: Mapped[int]
    sales_fen: Mapped[int]
    popularity: Mapped[int] = mapped_column(SmallInteger)
    length: Mapped[int] = mapped_column(SmallInteger)
    newest_ms: Mapped[int]
    tokens: Mapped[Any] = mapped_column(TSVECTOR)


class DocumentListing(Base):
    """A listing of a document."""

    __tablename__ = "document_listing"
    __table_args__ = (Index(None, "product_no"), Index(None, "channel_id"), SCHEMA)
    listing_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    product_no: Mapped[int] = mapped_column(ForeignKey("search.document.product_no", ondelete="CASCADE"))
    channel_id: Mapped[uuid.UUID]
    channel_kind: Mapped[str]
    goods_class: Mapped[str]
    uncertified_class: Mapped[str]
    aid_until: Mapped[date | None]
    price_fen: Mapped[int]
    price_per_500g_fen: Mapped[int | None]
    in_stock: Mapped[bool]
    listed_at_ms: Mapped[int]


class Term(Base):
    """A word that some document has (or had): what half a word, pinyin, initials or a slip of the pen can stand for."""

    __tablename__ = "term"
    __table_args__ = (
        # In COLLATE "C" an ordinary index answers "begins with".
        Index(None, "pinyin"),
        Index(None, "sound"),
        Index(None, "initials"),
        SCHEMA,
    )
    term: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]  # name | word | producer
    pinyin: Mapped[str]  # whole syllables, run together: jinyou
    sound: Mapped[str]  # pinyin as southern ears hear it: zh = z, -ng = -n …
    initials: Mapped[str]  # jy
    documents: Mapped[int] = mapped_column(default=0)  # how many have it, as last counted


class IndexBuild(Base):
    """An index that is written to: in Elasticsearch the one behind the alias and one that is being built beside it; and the table
    in PostgreSQL once it was built whole (`engines/builds.py`).
    """

    __tablename__ = "index_build"
    __table_args__ = (CheckConstraint("state IN ('building', 'live')", name="state"), SCHEMA)
    name: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    analysis: Mapped[str]  # fingerprint of what it was built with (`search.fingerprint`)
    started_at: Mapped[datetime]
