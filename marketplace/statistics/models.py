"""Targets and figures declared for years before the service. Ledger figures are never stored here."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.statistics.declarations.models import Declaration

SCHEMA = {"schema": "statistics"}


class Target(Base):
    """An annual target of an area (and sector, or between two areas), as versions; the highest version holds."""

    __tablename__ = "target"
    __table_args__ = (
        UniqueConstraint(
            "area_code",
            "counterpart_area",
            "year",
            "measure",
            "subject",
            "sector",
            "version",
            name="uq_target_version",
            postgresql_nulls_not_distinct=True,
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    area_code: Mapped[str]
    counterpart_area: Mapped[str | None]  # the helped area, of a target that an agreement sets
    year: Mapped[int] = mapped_column(SmallInteger)
    measure: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")  # the published words of an `other` target
    sector: Mapped[str | None]
    version: Mapped[int] = mapped_column(SmallInteger, default=1)
    amount: Mapped[int | None]  # fen, a count or basis points; none for relative ones (不低于去年) and words
    upper_amount: Mapped[int | None]  # of a range
    qualifier: Mapped[str] = mapped_column(default="exact")  # core.qualifiers
    relative_to: Mapped[str | None]  # previous_year
    reason: Mapped[str | None]  # why there is no amount: relative, no_number, several_amounts, not_measured
    raw_text: Mapped[str]
    indicator: Mapped[str | None]  # what it was called where it was published
    deadline: Mapped[str | None]  # as published: 2020年底
    note: Mapped[str | None]
    source: Mapped[str]
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class DeclaredFigure(Base):
    """A figure as somebody declared it. Comparing the ledger with one of a year before the service prints 不可比.

    One of a declaration stands beside `computed_amount`, what the ledger counted for the unit when it was submitted.
    """

    __tablename__ = "declared_figure"
    __table_args__ = (Index(None, "area_code", "measure"), Index(None, "declaration_id"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    area_code: Mapped[str]
    measure: Mapped[str]
    from_day: Mapped[date]
    to_day: Mapped[date]
    amount: Mapped[int | None]
    qualifier: Mapped[str | None]
    raw_text: Mapped[str]
    note: Mapped[str | None]
    source: Mapped[str]
    declaration_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(Declaration.id))
    computed_amount: Mapped[int | None]
    created_at: Mapped[datetime]


class PublishedFigure(Base):
    """A row of a published list in its own words, with what could be read of it and what is to be doubted. Append-only.

    It never enters a sum: it may be part of another (`part_of_id`), of another scope, a bound, or of a time that only words say.
    """

    __tablename__ = "published_figure"
    __table_args__ = (UniqueConstraint("digest"), Index(None, "area_code"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    digest: Mapped[bytes]  # SHA-256 of what the row says: the same said again adds nothing
    row_no: Mapped[int | None]
    area_words: Mapped[str]
    area_code: Mapped[str | None]  # where the words name one division
    period_words: Mapped[str]
    from_day: Mapped[date | None]
    to_day: Mapped[date | None]
    indicator: Mapped[str]
    raw_text: Mapped[str]
    unit_words: Mapped[str]
    unit: Mapped[str | None]  # fen | person | person_time | household | village, or the printed words
    amount: Mapped[int | None]  # in that unit; the lower end of a range
    upper_amount: Mapped[int | None]
    qualifier: Mapped[str | None]  # core.qualifiers
    figures: Mapped[list[Any]]  # all that the cell says: 13460户40971人
    compared: Mapped[str | None]  # 同比/完成率/目标
    note: Mapped[str | None]
    source: Mapped[str]
    part_of_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("statistics.published_figure.id"))
    flags: Mapped[list[Any]]  # statistics.published.checks: {code, reason}
    created_at: Mapped[datetime]


class HouseholdState(Base):
    """What every household was on the last day of a closed month, packed as `statistics.states` says; read for counts alone."""

    __tablename__ = "household_state"
    __table_args__ = (SCHEMA,)
    on_day: Mapped[date] = mapped_column(primary_key=True)
    size: Mapped[int]  # household numbers below it
    packed: Mapped[bytes]
