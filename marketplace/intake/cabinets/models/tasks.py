"""What is to be done at cabinets, and recalls that reach many of them."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.intake.models.channels import SCHEMA


class GoodsRecall(Base):
    """A lot, or all of a product, must leave every cabinet of an area, or of one operator, and is not brought again until it is
    lifted.
    """

    __tablename__ = "goods_recall"
    __table_args__ = (UniqueConstraint("number"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.product.id"))
    lot_no: Mapped[str | None]  # None: all of the product
    reason: Mapped[str]
    document_no: Mapped[str | None]
    area_code: Mapped[str]  # of the channels that it reaches, or of the operator
    operator_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("accounts.organisation.id")
    )  # None: of all
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]
    lifted_by: Mapped[uuid.UUID | None]
    lifted_at: Mapped[datetime | None]


class CabinetTask(Base):
    """Bring or take out goods at a slot. One open task for one thing to do; what was done is in the movements."""

    __tablename__ = "cabinet_task"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(
            "uq_cabinet_task_open",
            "device_id",
            "cause",
            "goods_key",
            "slot_code",
            "lot_no",
            unique=True,
            postgresql_where=text("state IN ('open', 'assigned')"),
        ),
        Index(None, "channel_id", "state", "due_on"),
        CheckConstraint("kind IN ('restock', 'recall')", name="kind"),
        CheckConstraint("cause IN ('par', 'expiry', 'unplanned', 'recall')", name="cause"),
        CheckConstraint("state IN ('open', 'assigned', 'done', 'lapsed')", name="state"),
        CheckConstraint("(state = 'done') = (done_units IS NOT NULL)", name="done"),
        CheckConstraint("units > 0 AND done_units >= 0", name="units"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.cabinet.device_id"))
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    kind: Mapped[str]
    cause: Mapped[str]
    goods_key: Mapped[str]
    goods_name: Mapped[str]
    slot_code: Mapped[str]
    lot_no: Mapped[str]  # empty: of no one lot
    units: Mapped[int]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(default="open")
    made_at: Mapped[datetime]
    assigned_to: Mapped[uuid.UUID | None]
    assigned_by: Mapped[uuid.UUID | None]
    assigned_at: Mapped[datetime | None]
    done_units: Mapped[int | None]
    done_by: Mapped[uuid.UUID | None]
    done_at: Mapped[datetime | None]
    evidence_file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core.stored_file.id"))
    note: Mapped[str | None]
