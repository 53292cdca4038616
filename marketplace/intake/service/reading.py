"""Batches, their rows and the devices of a channel, for who may see them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible
from marketplace.intake.models import Batch, Device, RowOutcome
from marketplace.intake.service.keys import managed_channel

_GAPS = sql("""
    SELECT wanted.sequence FROM generate_series(1, :last) AS wanted(sequence)
    WHERE NOT EXISTS (SELECT 1 FROM intake.batch b WHERE b.device_id = :device AND b.sequence = wanted.sequence)
    ORDER BY wanted.sequence LIMIT 100
""")


@dataclass(frozen=True, slots=True)
class DeviceState:
    """A device and the numbers of batches that are missing below its highest one: shown, never guessed."""

    device: Device
    gaps: list[int]


def batch_of(session: Session, actor: Actor, number: str) -> Batch:
    """A batch by its number. NotFound when there is none or its channel is not the actor's."""
    row = session.execute(
        select(Batch, Channel).join(Channel, Channel.id == Batch.channel_id).where(Batch.number == number)
    ).one_or_none()
    if row is None or not actor.may_on(
        "intake.submit", area=row.Channel.area_code, owners=(row.Channel.operator_id,)
    ):
        raise NotFound("batch_not_found", "没有这个批次")
    found: Batch = row.Batch
    return found


def ahead_of(session: Session, batch: Batch) -> int:
    """How many batches of its channel came before it and are not read yet; 0 once it is read itself."""
    if batch.state != "received":
        return 0
    waiting = select(func.count()).where(
        Batch.channel_id == batch.channel_id,
        Batch.state == "received",
        Batch.received_at < batch.received_at,
    )
    return session.scalar(waiting) or 0


def batches_of(session: Session, actor: Actor, channel_code: str, state: str | None) -> Select[Any]:
    """The batches of a channel, unsorted, for a paged list."""
    channel = managed_channel(session, actor, channel_code)
    statement = select(Batch).where(Batch.channel_id == channel.id)
    return statement if state is None else statement.where(Batch.state == state)


def batches_seen(actor: Actor, channel_code: str | None, state: str | None) -> Select[*tuple[Any, ...]]:
    """The batches of all channels for which the actor reports, each with its channel; unsorted, for a paged list."""
    statement: Select[*tuple[Any, ...]] = (
        select(Batch, Channel).join(Channel, Channel.id == Batch.channel_id).where(_reported_by(actor))
    )
    if channel_code is not None:
        statement = statement.where(Channel.code == channel_code)
    return statement if state is None else statement.where(Batch.state == state)


def rows_kept_apart(
    actor: Actor, channel_code: str | None = None, reason: str | None = None
) -> Select[*tuple[Any, ...]]:
    """Rows that wait for people at the channels for which the actor reports, each with batch and channel; unsorted."""
    statement: Select[*tuple[Any, ...]] = (
        select(RowOutcome, Batch, Channel)
        .join(Batch, Batch.id == RowOutcome.batch_id)
        .join(Channel, Channel.id == RowOutcome.channel_id)
        .where(RowOutcome.outcome == "quarantined", RowOutcome.settled_at.is_(None), _reported_by(actor))
    )
    if channel_code is not None:
        statement = statement.where(Channel.code == channel_code)
    return statement if reason is None else statement.where(RowOutcome.reason == reason)


def row_kept_apart(session: Session, actor: Actor, row_id: uuid.UUID) -> tuple[RowOutcome, Batch, Channel]:
    """One of them, settled or not, with batch and channel. NotFound."""
    row = session.execute(
        select(RowOutcome, Batch, Channel)
        .join(Batch, Batch.id == RowOutcome.batch_id)
        .join(Channel, Channel.id == RowOutcome.channel_id)
        .where(RowOutcome.id == row_id, RowOutcome.outcome == "quarantined", _reported_by(actor))
    ).one_or_none()
    if row is None:
        raise NotFound("row_not_found", "没有这一行")
    return row[0], row[1], row[2]


def channels_reported(session: Session, actor: Actor, most: int) -> list[Channel]:
    """The channels for which the actor reports, by code, at most so many."""
    return list(
        session.scalars(select(Channel).where(_reported_by(actor)).order_by(Channel.code).limit(most))
    )


def _reported_by(actor: Actor) -> ColumnElement[bool]:
    return visible(actor, "intake.submit", area=Channel.area_code, owners=[Channel.operator_id])


def rows_of(batch_id: uuid.UUID, outcome: str | None, *, is_open: bool) -> Select[Any]:
    """Rows of a batch that were not simply accepted, unsorted, for a paged list."""
    statement = select(RowOutcome).where(RowOutcome.batch_id == batch_id)
    if outcome is not None:
        statement = statement.where(RowOutcome.outcome == outcome)
    if is_open:
        statement = statement.where(RowOutcome.outcome == "quarantined", RowOutcome.settled_at.is_(None))
    return statement


def devices_of(session: Session, actor: Actor, channel_code: str) -> list[DeviceState]:
    """The devices of a channel by code, with the gaps in their batches."""
    channel = managed_channel(session, actor, channel_code)
    devices = session.scalars(select(Device).where(Device.channel_id == channel.id).order_by(Device.code))
    return [
        DeviceState(device, list(session.scalars(_GAPS, {"last": device.last_sequence, "device": device.id})))
        for device in devices.all()
    ]
