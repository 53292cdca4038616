"""Which pairs were looked at before, and which sales have found their match in another channel already."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.intake.models import DuplicateCase
from marketplace.intake.rules.duplicates import Side

_KNOWN: Final = sql("""
    SELECT c.first, c.second FROM unnest(CAST(:firsts AS uuid[]), CAST(:seconds AS uuid[])) AS asked (first, second)
    JOIN intake.duplicate_case c ON c.first = asked.first AND c.second = asked.second AND c.round = 1
""")
# The newest round of each pair; open ones too unless asked otherwise: a pair that people still look at is taken.
_NEWEST: Final = sql("""
    SELECT DISTINCT ON (first, second) first, second, state,
           first_key ->> 'channel_id' AS first_channel, second_key ->> 'channel_id' AS second_channel
    FROM intake.duplicate_case
    WHERE (first = ANY(:nodes) OR second = ANY(:nodes)) AND (:open_too OR state <> 'open')
    ORDER BY first, second, round DESC
""")


@dataclass(slots=True)
class Taken:
    """Node → channels in which it has found its match, and with whom."""

    matches: dict[tuple[uuid.UUID, uuid.UUID], set[uuid.UUID]] = field(default_factory=dict)

    def is_taken(self, one: Side, other: Side) -> bool:
        """Whether either has another match in the other's channel. Within a channel, and with our own orders, many may match."""
        return self._is_taken(one, other) or self._is_taken(other, one)

    def _is_taken(self, one: Side, other: Side) -> bool:
        if other.channel_id is None or one.channel_id is None or one.channel_id == other.channel_id:
            return False
        return bool(self.matches.get((one.node, other.channel_id), set()) - {other.node})

    def take(self, one: Side, other: Side) -> None:
        """From now on they are each other's."""
        self.add(one.node, other.channel_id, other.node)
        self.add(other.node, one.channel_id, one.node)

    def add(self, node: uuid.UUID, channel_id: uuid.UUID | None, match: uuid.UUID) -> None:
        """The node has this match in that channel; our own orders are of none."""
        if channel_id is not None:
            self.matches.setdefault((node, channel_id), set()).add(match)


def known_pairs(
    session: Session, pairs: Iterable[tuple[uuid.UUID, uuid.UUID]]
) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """Of these pairs those that have a case, whatever became of it."""
    asked = list(pairs)
    if not asked:
        return set()
    values = {"firsts": [one[0] for one in asked], "seconds": [one[1] for one in asked]}
    return {(first, second) for first, second in session.execute(_KNOWN, values)}


def partners(session: Session, nodes: Collection[uuid.UUID], *, decided_only: bool = False) -> Taken:
    """What these sales are matched with, open cases included unless `decided_only`."""
    taken = Taken()
    if not nodes:
        return taken
    values = {"nodes": list(nodes), "open_too": not decided_only}
    for first, second, state, first_channel, second_channel in session.execute(_NEWEST, values):
        if state != "dismissed":
            taken.add(first, _id(second_channel), second)
            taken.add(second, _id(first_channel), first)
    return taken


def _id(value: str | None) -> uuid.UUID | None:
    return None if value is None else uuid.UUID(value)


def newest_round(session: Session, case: DuplicateCase) -> int:
    """The number of the last round of the same pair."""
    return max(
        session.scalars(
            select(DuplicateCase.round).where(
                DuplicateCase.first == case.first, DuplicateCase.second == case.second
            )
        )
    )
