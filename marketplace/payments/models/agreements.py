"""What was agreed about other people's money: supervised bank accounts, and commission. A second person approves."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.payments.models.received import SCHEMA

_FOUR_EYES = "decided_by_person IS NULL OR decided_by_person IS DISTINCT FROM proposed_by_person"
_STATES = "state IN ('proposed', 'approved', 'refused')"
_DAYS = "valid_to IS NULL OR valid_to > valid_from"


class SupervisedAgreement(Base):
    """A bank's supervised account (监管账户), in force on [valid_from, valid_to) for who is named; a blank matches everybody."""

    __tablename__ = "supervised_agreement"
    __table_args__ = (
        UniqueConstraint("document_no"),
        CheckConstraint(
            "num_nonnulls(producer_organisation_id, channel_id, area_prefix) > 0", name="of_somebody"
        ),
        CheckConstraint(_DAYS, name="days"),
        CheckConstraint(_STATES, name="state"),
        CheckConstraint(_FOUR_EYES, name="four_eyes"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    document_no: Mapped[str]
    bank_name: Mapped[str]
    account_enc: Mapped[bytes]
    producer_organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.organisation.id"))
    channel_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("catalogue.channel.id"))
    area_prefix: Mapped[str | None]  # digits that the place of production begins with
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]  # the first day on which it no longer holds
    state: Mapped[str] = mapped_column(default="proposed")
    proposed_by: Mapped[uuid.UUID | None]
    proposed_by_person: Mapped[uuid.UUID | None]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None]
    decided_by_person: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)


class CommissionAgreement(Base):
    """What share of a counted line is kept as commission on [valid_from, valid_to). Where there is none it is 0."""

    __tablename__ = "commission_agreement"
    __table_args__ = (
        UniqueConstraint("document_no"),
        CheckConstraint("num_nonnulls(operator_id, area_prefix) > 0", name="of_somebody"),
        CheckConstraint("commission_bp BETWEEN 1 AND 10000", name="rate"),
        CheckConstraint(_DAYS, name="days"),
        CheckConstraint(_STATES, name="state"),
        CheckConstraint(_FOUR_EYES, name="four_eyes"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    document_no: Mapped[str]
    operator_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.organisation.id"))
    area_prefix: Mapped[str | None]  # digits that the place of the channel begins with
    commission_bp: Mapped[int] = mapped_column(SmallInteger)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    state: Mapped[str] = mapped_column(default="proposed")
    proposed_by: Mapped[uuid.UUID | None]
    proposed_by_person: Mapped[uuid.UUID | None]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None]
    decided_by_person: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
