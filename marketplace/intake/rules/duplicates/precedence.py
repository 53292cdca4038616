"""Of reports of one sale, which one stands: by who speaks, then by the side's own key, so that no order of arrival matters."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from marketplace.intake.rules.duplicates.side import Side
from marketplace.intake.rules.sources import SOURCES


def survivor_of(ranks: Mapping[uuid.UUID, int]) -> uuid.UUID:
    """The node that stands, of nodes with the rank of who spoke."""
    return min(ranks, key=lambda node: (ranks[node], node))


def words(one: Side, other: Side) -> dict[str, str]:
    """Why the one stands and the other does not, in both languages."""
    ranks = {one.node: SOURCES[one.reporter].rank, other.node: SOURCES[other.reporter].rank}
    stays, goes = (one, other) if survivor_of(ranks) == one.node else (other, one)
    first, second = SOURCES[stays.reporter], SOURCES[goes.reporter]
    if first == second:
        return {
            "zh": f"双方均为{first.zh},按登记号先后保留一方",
            "en": f"both are {first.en}; the side with the lower key stands",
        }
    return {
        "zh": f"{first.zh}优先于{second.zh}",
        "en": f"{first.en} stands before {second.en}",
    }
