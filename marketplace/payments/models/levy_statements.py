"""What an operator owes the aid fund for a month, as both sides signed it."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.payments.models.received import SCHEMA


class LevyStatement(Base):
    """A version of an operator's monthly statement: figures frozen when it was drawn up, then signed by both sides or disputed.

    `base_fen` and `levy_fen` are of the month itself, the `earlier_` ones of months whose own statement was agreed before.
    """

    __tablename__ = "levy_statement"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("operator_id", "period", "version"),
        Index(
            "uq_levy_statement_standing",
            "operator_id",
            "period",
            unique=True,
            postgresql_where=text("state <> 'superseded'"),
        ),
        CheckConstraint("state IN ('drawn', 'disputed', 'agreed', 'superseded')", name="state"),
        CheckConstraint("total_fen = levy_fen + earlier_levy_fen", name="sum"),
        CheckConstraint(
            "state <> 'agreed' OR (operator_signed_at IS NOT NULL AND authority_signed_at IS NOT NULL)",
            name="agreed",
        ),
        CheckConstraint(
            "operator_person IS DISTINCT FROM authority_person OR operator_person IS NULL", name="two_persons"
        ),
        CheckConstraint("(dispute IS NULL) = (disputed_at IS NULL)", name="dispute"),
        CheckConstraint("state = 'agreed' OR due_on IS NULL", name="due"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    operator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    period: Mapped[str]
    version: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(default="drawn")
    lines: Mapped[int]
    base_fen: Mapped[int]
    levy_fen: Mapped[int]
    earlier_base_fen: Mapped[int]
    earlier_levy_fen: Mapped[int]
    total_fen: Mapped[int]
    drawn_by: Mapped[uuid.UUID | None]
    drawn_at: Mapped[datetime]
    operator_signed_by: Mapped[uuid.UUID | None]
    operator_person: Mapped[uuid.UUID | None]
    operator_signed_at: Mapped[datetime | None]
    authority_signed_by: Mapped[uuid.UUID | None]
    authority_person: Mapped[uuid.UUID | None]
    authority_signed_at: Mapped[datetime | None]
    disputed_side: Mapped[str | None]  # operator | authority
    disputed_by: Mapped[uuid.UUID | None]
    disputed_at: Mapped[datetime | None]
    dispute: Mapped[str | None]
    due_on: Mapped[date | None]  # of an agreed one: the last day for paying it
    is_demo: Mapped[bool] = mapped_column(default=False)


class LevyStatementLine(Base):
    """A charge that a version of a statement holds. Append-only."""

    __tablename__ = "levy_statement_line"
    __table_args__ = (Index(None, "charge_no"), SCHEMA)
    statement_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("payments.levy_statement.id"), primary_key=True
    )
    charge_no: Mapped[int] = mapped_column(ForeignKey("payments.line_charge.charge_no"), primary_key=True)
