"""A line as it stands in the books, and new entries in its likeness: what refunds and restatements are made of."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.attribution.rules import Amounts, Part
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.ids import uuid7

_COLUMNS = [column.name for column in Entry.__table__.columns if column.name not in {"id", "entry_no"}]


@dataclass(frozen=True)
class Standing:
    """A line as it stands in the books: its newest entry per agreement version, and the net amounts of each."""

    base: dict[int, Entry]
    net: dict[int, Part]

    @property
    def total(self) -> Amounts:
        """What is left of the whole line, its unlinked rest included."""
        parts = list(self.net.values())
        grams = [part.weight_g for part in parts if part.weight_g is not None]
        return Amounts(
            sum(p.sale_fen for p in parts),
            sum(p.quantity_milli for p in parts),
            sum(grams) if grams else None,
        )


def standings_of(
    session: Session, source: str, line_ids: Sequence[uuid.UUID], event_id: uuid.UUID
) -> dict[uuid.UUID, Standing | None]:
    """Lines as they stand, locked in id order; None for those in which `event_id` is booked already."""
    for line_id in sorted(line_ids):
        lock_exclusive(session, "attribution.line", str(line_id))
    entries = session.scalars(
        select(Entry).where(Entry.source == source, Entry.line_id.in_(line_ids)).order_by(Entry.entry_no)
    ).all()
    by_line: dict[uuid.UUID, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_line[entry.line_id].append(entry)
    return {
        line_id: None if any(entry.event_id == event_id for entry in found) else _standing(found)
        for line_id, found in by_line.items()
    }


def _standing(entries: Sequence[Entry]) -> Standing:
    """The class a line has now is that of its newest positive entry; earlier classes were reversed to nothing."""
    current = next(e for e in reversed(entries) if e.reverses_id is None).goods_class
    base: dict[int, Entry] = {}
    net: dict[int, Part] = {}
    for entry in entries:
        if entry.goods_class != current:
            continue
        if entry.reverses_id is None:
            base[entry.version_no] = entry
        known = net.get(entry.version_no)
        net[entry.version_no] = Part(
            None,
            entry.linked_bp,
            entry.sale_fen + (known.sale_fen if known else 0),
            entry.quantity_milli + (known.quantity_milli if known else 0),
            None if entry.weight_g is None else entry.weight_g + ((known.weight_g or 0) if known else 0),
            entry.benefit_fen + (known.benefit_fen if known else 0),
        )
    return Standing(base, net)


def taken_back(base: Entry, net: Part) -> Part:
    """What undoes all that is left of a line under one agreement version."""
    return Part(
        None,
        base.linked_bp,
        -net.sale_fen,
        -net.quantity_milli,
        None if net.weight_g is None else -net.weight_g,
        -net.benefit_fen,
    )


def mirror(
    base: Entry, change: Part, *, kind: str, event_id: uuid.UUID, at: datetime, period: str, reason: str
) -> dict[str, Any]:
    """A new entry with the dimensions of `base`, the amounts of `change`, booked into `period`."""
    belongs_to = base.adjusts_period or base.period
    values = {name: getattr(base, name) for name in _COLUMNS}
    return values | {
        "id": uuid7(),
        "event_id": event_id,
        "kind": kind,
        "reverses_id": base.id,
        "reason": reason,
        "linked_bp": change.linked_bp,
        "sale_fen": change.sale_fen,
        "quantity_milli": change.quantity_milli,
        "weight_g": change.weight_g,
        "benefit_fen": change.benefit_fen,
        "counted_at": at,
        "period": period,
        "adjusts_period": belongs_to if belongs_to != period else None,
        "written_at": utcnow(),
    }
