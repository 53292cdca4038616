"""Sales that are one: everything joined by cases that hold, with who is believed most; locked before it is changed."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.core.db import lock_exclusive
from marketplace.intake.models import ForeignSale
from marketplace.intake.rules.duplicates.precedence import survivor_of
from marketplace.intake.service.duplicates.sides import sales_now
from marketplace.intake.service.quarantine import LOCK_SPACE

# What was decided last of each pair; a round that people still look at does not undo the one before it.
_HELD: Final = sql("""
    SELECT DISTINCT ON (first, second) first, second, state, first_key, second_key FROM intake.duplicate_case
    WHERE state <> 'open' AND (first = ANY(:nodes) OR second = ANY(:nodes))
    ORDER BY first, second, round DESC
""")
_KEYS: Final = sql("""
    SELECT first, first_key FROM intake.duplicate_case WHERE first = ANY(:nodes)
    UNION SELECT second, second_key FROM intake.duplicate_case WHERE second = ANY(:nodes)
""")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Nodes that are one sale, each with its key (`cases.key_of`); one node alone is a sale by itself."""

    keys: Mapping[uuid.UUID, Mapping[str, Any]]

    @property
    def survivor(self) -> uuid.UUID:
        """The node that stands in the ledger."""
        return survivor_of({node: int(key["rank"]) for node, key in self.keys.items()})

    @property
    def channels(self) -> set[uuid.UUID]:
        """Where its sides were reported; our own orders are of none."""
        return {uuid.UUID(key["channel_id"]) for key in self.keys.values() if key["channel_id"] is not None}


def clusters_of(session: Session, nodes: Collection[uuid.UUID]) -> list[Cluster]:
    """The clusters in which these nodes stand, each once. A node of no case at all is in none."""
    keys: dict[uuid.UUID, Any] = dict(session.execute(_KEYS, {"nodes": list(nodes)}).all())
    joined = {node: node for node in keys}
    ask = set(keys)
    while ask:
        rows = session.execute(_HELD, {"nodes": list(ask)}).all()
        ask = set()
        for first, second, state, first_key, second_key in rows:
            if state == "dismissed":
                continue
            for node, key in ((first, first_key), (second, second_key)):
                if node not in keys:
                    keys[node], joined[node] = key, node
                    ask.add(node)
            joined[_root(joined, first)] = _root(joined, second)
    members: dict[uuid.UUID, dict[uuid.UUID, Any]] = {}
    for node in sorted(keys):
        members.setdefault(_root(joined, node), {})[node] = keys[node]
    return [Cluster(found) for found in members.values()]


def _root(joined: dict[uuid.UUID, uuid.UUID], node: uuid.UUID) -> uuid.UUID:
    while joined[node] != node:
        node = joined[node]
    return node


def locked_clusters(session: Session, nodes: Collection[uuid.UUID]) -> list[Cluster]:
    """The clusters with every channel in them locked, in order of id: no batch of theirs is taken until the transaction ends.

    A cluster that grew while we waited is read again; what is locked stays locked.
    """
    held: set[uuid.UUID] = set()
    while True:
        clusters = clusters_of(session, nodes)
        missing = {channel for cluster in clusters for channel in cluster.channels} - held
        if not missing:
            return clusters
        lock_exclusive(session, LOCK_SPACE, *sorted(str(channel) for channel in missing))
        held |= missing


def current_sales(session: Session, clusters: Iterable[Cluster]) -> dict[uuid.UUID, ForeignSale]:
    """Node → the sale as it now stands, read afresh."""
    places = {
        (uuid.UUID(key["channel_id"]), key["order_ref"], key["line_ref"]): node
        for cluster in clusters
        for node, key in cluster.keys.items()
        if key["channel_id"] is not None
    }
    return {places[place]: sale for place, sale in sales_now(session, places).items()}
