"""Set shares, by kind of channel, area and date, and the alarms that were raised."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "statistics"}


class AidShareRule(Base):
    """From a day on, points of sale of a kind in an area are to sell such a share of aid goods; None: no share is set any more.

    Append-only: the newest rule of the smallest area holds.
    """

    __tablename__ = "aid_share_rule"
    __table_args__ = (
        UniqueConstraint("channel_kind", "area_code", "from_on"),
        CheckConstraint("share_bp BETWEEN 1 AND 10000", name="share"),
        CheckConstraint("alarm_day BETWEEN 1 AND 28", name="alarm_day"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    channel_kind: Mapped[str]
    area_code: Mapped[str]
    from_on: Mapped[date]
    share_bp: Mapped[int | None] = mapped_column(SmallInteger)
    alarm_day: Mapped[int] = mapped_column(
        SmallInteger
    )  # of the month itself; the month as a whole is judged when it has ended
    document_no: Mapped[str | None]
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]


class AidShareAlarm(Base):
    """A point of sale that stood below its set share on the day of the month, or at its end, with the figures of then.
    Append-only.
    """

    __tablename__ = "aid_share_alarm"
    __table_args__ = (
        UniqueConstraint("channel_id", "period", "occasion"),
        Index(None, "period"),
        CheckConstraint("occasion IN ('within', 'ended')", name="occasion"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    operator_id: Mapped[uuid.UUID | None]
    period: Mapped[str]
    occasion: Mapped[str]
    sales_fen: Mapped[int]
    aid_fen: Mapped[int]
    share_bp: Mapped[int] = mapped_column(SmallInteger)
    wanted_bp: Mapped[int] = mapped_column(SmallInteger)
    position: Mapped[int]  # of the ledger
    raised_at: Mapped[datetime]
