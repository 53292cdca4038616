"""How far the sales of a device are known.

Up to the last sale that it reported, if none of its batches is missing; up to a heartbeat, if every batch that it had made by
then is read (sales that it said it had not sent are then all that can be missing); and whoever counted goods knows them for
that instant. Of two clocks the earlier one counts.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.intake.cabinets.models import CabinetMovement

_HEARD: Final = sql("""
    SELECT d.id, c.since, p.unsent,
        CASE WHEN done.batches = d.last_sequence THEN
            (SELECT max(m.at) FROM intake.cabinet_movement m
             WHERE m.device_id = d.id AND m.kind IN ('sale', 'refund')) END AS sale_at,
        CASE WHEN done.batches = d.last_sequence AND p.last_sequence <= d.last_sequence
             THEN least(p.said_at, p.received_at) END AS pulse_at
    FROM intake.device d
    JOIN intake.cabinet c ON c.device_id = d.id
    LEFT JOIN intake.pulse p ON p.device_id = d.id
    CROSS JOIN LATERAL (
        SELECT count(*) AS batches FROM intake.batch b WHERE b.device_id = d.id AND b.state = 'done') done
    WHERE d.id = ANY(:devices)
""")


@dataclass(frozen=True, slots=True)
class Known:
    """`until` which instant sales are known, and how many more there are at most that the device has not sent."""

    until: datetime
    unsent: int

    def with_count(self, at: datetime | None) -> Known:
        """What is known of goods that somebody counted at that instant."""
        return self if at is None or at <= self.until else Known(at, 0)


def known_until(session: Session, device_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Known]:
    """By device; from when it is kept as a cabinet where it was never heard of since, for what was sold before is none of it."""
    found: dict[uuid.UUID, Known] = {}
    for row in session.execute(_HEARD, {"devices": list(device_ids)}):
        known = Known(max(one for one in (row.since, row.sale_at) if one is not None), 0)
        if row.pulse_at is not None and row.pulse_at >= known.until:
            known = Known(row.pulse_at, row.unsent)
        found[row.id] = known
    return found


def counted_at(session: Session, device_ids: Sequence[uuid.UUID]) -> dict[tuple[uuid.UUID, str], datetime]:
    """(device, goods) → when they were last counted."""
    rows = session.execute(
        select(CabinetMovement.device_id, CabinetMovement.goods_key, func.max(CabinetMovement.at))
        .where(CabinetMovement.device_id.in_(device_ids), CabinetMovement.kind == "count")
        .group_by(CabinetMovement.device_id, CabinetMovement.goods_key)
    )
    return {(device, goods): at for device, goods, at in rows}
