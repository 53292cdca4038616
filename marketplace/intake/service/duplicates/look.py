"""Candidates are looked up by keys of the rules, never by going through sales; what the rules find becomes pairs."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.core.db import table_of
from marketplace.intake.models import Sighting
from marketplace.intake.rules.duplicates import OF_REPORTS, DuplicateRule, Finding, Side
from marketplace.intake.rules.duplicates.own_order import RULE as OWN
from marketplace.intake.rules.duplicates.own_order import own_number
from marketplace.intake.rules.duplicates.side import days_apart
from marketplace.intake.rules.sources import MOST_CANDIDATES
from marketplace.intake.service.duplicates.sides import orders_numbered, sales_with, sides_of
from marketplace.intake.service.duplicates.taken import known_pairs, partners

Node = uuid.UUID
_SIGHT: Final = insert(table_of(Sighting)).on_conflict_do_nothing()
_NEAR: Final = sql("""
    SELECT asked.place, found.sale_id
    FROM unnest(CAST(:keys AS bytea[]), CAST(:sale_ids AS uuid[]), CAST(:channel_ids AS uuid[]),
                CAST(:days AS date[]), CAST(:apart AS int[]), CAST(:same AS boolean[]))
         WITH ORDINALITY AS asked (key, sale_id, channel_id, sold_on, apart, same_channel, place)
    CROSS JOIN LATERAL (
        SELECT s.sale_id FROM intake.sighting s
        JOIN intake.foreign_sale f ON f.id = s.sale_id AND f.state <> 'superseded'
        WHERE s.key = asked.key AND s.sold_on BETWEEN asked.sold_on - asked.apart AND asked.sold_on + asked.apart
          AND s.sale_id <> asked.sale_id AND (asked.same_channel OR s.channel_id <> asked.channel_id)
        ORDER BY abs(s.sold_on - asked.sold_on), s.sale_id LIMIT :most
    ) AS found
    ORDER BY asked.place
""")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two reports that a rule takes for one sale."""

    one: Side
    other: Side
    rule: DuplicateRule
    finding: Finding

    @property
    def nodes(self) -> tuple[Node, Node]:
        """The smaller one first: a pair is the same from both sides."""
        return min(self.one.node, self.other.node), max(self.one.node, self.other.node)


def _order(pair: Pair) -> tuple[Any, ...]:
    """The surest first, then the nearest in days."""
    return pair.finding.sureness != "certain", days_apart(pair.one, pair.other), pair.nodes


def sight(session: Session, sides: Iterable[Side]) -> int:
    """Keep the keys under which these can be found; how many there are. Most sales at a till have none."""
    rows = [
        {"key": key, "sold_on": side.sold_on, "sale_id": side.sale_id, "channel_id": side.channel_id}
        for side in sides
        for rule in OF_REPORTS
        if (key := rule.digest(side)) is not None
    ]
    if rows:
        session.connection().execute(_SIGHT, rows)
    return len(rows)


def look(session: Session, sides: Sequence[Side]) -> list[Pair]:
    """What the rules find for these sales and nobody has looked at yet: each sale with at most one of every other channel."""
    found = {pair.nodes: pair for pair in sorted(_findings(session, sides), key=_order, reverse=True)}
    fresh = [found[nodes] for nodes in set(found) - known_pairs(session, found)]
    taken = partners(session, {node for pair in fresh for node in pair.nodes})
    chosen = []
    for pair in sorted(fresh, key=_order):
        if not taken.is_taken(pair.one, pair.other):
            taken.take(pair.one, pair.other)
            chosen.append(pair)
    return chosen


def _findings(session: Session, sides: Sequence[Side]) -> list[Pair]:
    asked = [
        (key, rule, side) for side in sides for rule in OF_REPORTS if (key := rule.digest(side)) is not None
    ]
    found = _own_orders(session, sides)
    if not asked:
        return found
    near = session.execute(
        _NEAR,
        {
            "keys": [key for key, _, _ in asked],
            "sale_ids": [side.sale_id for _, _, side in asked],
            "channel_ids": [side.channel_id for _, _, side in asked],
            "days": [side.sold_on for _, _, side in asked],
            "apart": [rule.days for _, rule, _ in asked],
            "same": [rule.same_channel for _, rule, _ in asked],
            "most": MOST_CANDIDATES,
        },
    ).all()
    known = {side.sale_id: side for side in sides_of(session, sales_with(session, {row[1] for row in near}))}
    groups: dict[int, list[Side]] = defaultdict(list)
    for place, sale_id in near:
        if sale_id in known:
            groups[place].append(known[sale_id])
    for place, candidates in groups.items():
        _, rule, side = asked[place - 1]
        for other in candidates:
            finding = rule.judge(side, other, (side, *candidates))
            if finding is not None:
                found.append(Pair(side, other, rule, finding))
    return found


def _own_orders(session: Session, sides: Sequence[Side]) -> list[Pair]:
    numbered = [(number, side) for side in sides if (number := own_number(side)) is not None]
    orders = orders_numbered(session, {number for number, _ in numbered})
    pairs = []
    for number, side in numbered:
        finding = OWN.judge(side, orders[number], ()) if number in orders else None
        if finding is not None:
            pairs.append(Pair(side, orders[number], OWN, finding))
    return pairs
