"""The health of devices: read live for who asks, and told to operators once per change by the periodic work."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.catalogue.models import Channel
from marketplace.catalogue.service.quotes import open_on
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.db import lock_exclusive, transaction
from marketplace.core.scope import visible, within_area
from marketplace.intake.health.models import DeviceHealth
from marketplace.intake.health.rules import LOOK_BACK, DeviceFacts, issues_of
from marketplace.intake.limits import limits
from marketplace.intake.models import Device

READ: Final = "intake.read"
_AT_ONCE: Final = 500
_FACTS: Final = sql("""
    SELECT d.id, d.registered_at, d.last_sequence - seen.numbers AS missing, seen.last_batch_at, rhythm.median AS rhythm,
           lately.batches, lately.refused, lately.rows, lately.quarantined,
           p.received_at AS last_pulse_at, extract(epoch FROM p.said_at - p.received_at)::bigint AS clock_ahead_s,
           p.device_id IS NOT NULL OR c.device_id IS NOT NULL AS beats
    FROM intake.device d
    LEFT JOIN intake.pulse p ON p.device_id = d.id
    LEFT JOIN intake.cabinet c ON c.device_id = d.id
    CROSS JOIN LATERAL (
        SELECT count(*) AS numbers, max(received_at) AS last_batch_at FROM intake.batch b WHERE b.device_id = d.id) seen
    CROSS JOIN LATERAL (
        SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY gap) AS median FROM (
            SELECT received_at - lag(received_at) OVER (ORDER BY received_at) AS gap FROM (
                SELECT received_at FROM intake.batch b WHERE b.device_id = d.id ORDER BY sequence DESC LIMIT 11) last
        ) gaps) rhythm
    CROSS JOIN LATERAL (
        SELECT count(*) AS batches, count(*) FILTER (WHERE state = 'refused') AS refused,
               coalesce(sum(row_count) FILTER (WHERE state = 'done'), 0) AS rows,
               coalesce(sum(quarantined) FILTER (WHERE state = 'done'), 0) AS quarantined
        FROM intake.batch b WHERE b.device_id = d.id AND b.received_at >= :since) lately
    WHERE d.id = ANY(:devices)
""")


def facts_of(session: Session, device_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, DeviceFacts]:
    """What is known now of the reporting of these devices."""
    rows = session.execute(_FACTS, {"devices": list(device_ids), "since": utcnow() - LOOK_BACK})
    return {
        row.id: DeviceFacts(
            registered_at=row.registered_at,
            last_batch_at=row.last_batch_at,
            rhythm=row.rhythm,
            missing=int(row.missing),
            batches=int(row.batches),
            refused=int(row.refused),
            rows=int(row.rows),
            quarantined=int(row.quarantined),
            beats=row.beats,
            last_pulse_at=row.last_pulse_at,
            clock_ahead_s=row.clock_ahead_s,
        )
        for row in rows
    }


def devices_seen(
    actor: Actor, *, channel: str | None = None, area: str | None = None, issue: str | None = None
) -> Select[*tuple[Any, ...]]:
    """Devices in use at open points of sale with channel and what was last found of them, as far as the actor may see;
    unsorted, for a paged list.

    `issue` keeps those that had it when the periodic work last looked.
    """
    statement: Select[*tuple[Any, ...]] = (
        select(Device, Channel, DeviceHealth)
        .join(Channel, Channel.id == Device.channel_id)
        .outerjoin(DeviceHealth, DeviceHealth.device_id == Device.id)
        .where(
            Device.retired_at.is_(None),
            open_on(today()),
            visible(actor, READ, area=Channel.area_code, owners=[Channel.operator_id]),
        )
    )
    if channel is not None:
        statement = statement.where(Channel.code == channel)
    if area is not None:
        statement = statement.where(within_area(Channel.area_code, area))
    return statement if issue is None else statement.where(DeviceHealth.issues.contains([issue]))


def look_after_all() -> int:
    """The periodic work: look at every device in use at an open point of sale and tell what changed; how many devices changed."""
    with transaction() as session:
        ids = session.scalars(
            select(Device.id)
            .join(Channel, Channel.id == Device.channel_id)
            .where(Device.retired_at.is_(None), open_on(today()))
            .order_by(Device.id)
        ).all()
    changed = 0
    for first in range(0, len(ids), _AT_ONCE):
        with transaction() as session:
            changed += look_after(session, ids[first : first + _AT_ONCE])
    return changed


def look_after(session: Session, device_ids: Sequence[uuid.UUID]) -> int:
    """Keep what is wrong with these devices; their operators are told once when that changes. How many changed.

    Several workers may look at once: the second one finds what the first one told.
    """
    lock_exclusive(session, "intake.health", "all")
    now, facts = utcnow(), facts_of(session, device_ids)
    rows = session.execute(
        select(Device, Channel, DeviceHealth)
        .join(Channel, Channel.id == Device.channel_id)
        .outerjoin(DeviceHealth, DeviceHealth.device_id == Device.id)
        .where(Device.id.in_(device_ids))
        .order_by(Channel.code, Device.code)
        .execution_options(populate_existing=True)
    ).all()
    changed = 0
    for device, channel, found in rows:
        known: DeviceHealth | None = found
        issues = issues_of(facts[device.id], now, limits())
        before = [] if known is None else known.issues
        if known is None:
            known = DeviceHealth(device_id=device.id, channel_id=channel.id, issues=issues, since=now)
            session.add(known)
        if issues == before:
            continue
        known.issues, known.since = issues, now
        changed += 1
        _tell(session, device, channel, before, issues)
    session.flush()
    return changed


def _tell(session: Session, device: Device, channel: Channel, before: list[str], issues: list[str]) -> None:
    if channel.operator_id is not None:
        notify(
            session,
            "channel_health" if issues else "channel_well",
            "device",
            device.id,
            organisation_id=channel.operator_id,
            detail={"channel": channel.code, "device": device.code, "before": before, "issues": issues},
            mail=False,
        )
