"""The books say of every cluster what its cases say: one side stands, the others are kept as its duplicates.

It compares and repairs, so it does not matter what happened before, in which order, or how often: a loser that counted is taken
back by a correction, a side that stands again is entered again as another revision. Both fall into the month of now or of the
sale, or the earliest open one; closed months never change.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.core.ids import uuid7
from marketplace.intake.models import ForeignSale
from marketplace.intake.service.books import count, take_back
from marketplace.intake.service.duplicates.clusters import Cluster, current_sales, locked_clusters
from marketplace.intake.service.duplicates.look import sight
from marketplace.intake.service.duplicates.sides import COMPARED, sides_of

_OWN: Final = frozenset(
    {"id", "revision", "state", "counted_at", "duplicate_of", "booked_fen", "booked_milli"}
)


@dataclass(slots=True)
class Settled:
    """Sales that lost their place in the books, and such as got it back."""

    fallen: list[ForeignSale] = field(default_factory=list)
    risen: list[ForeignSale] = field(default_factory=list)


def settle(session: Session, nodes: Collection[uuid.UUID]) -> Settled:
    """Put the clusters of these nodes right. Locks their channels."""
    clusters = locked_clusters(session, nodes)
    sales = current_sales(session, clusters)
    settled = Settled()
    for cluster in clusters:
        _one(session, cluster, sales, settled)
    session.flush()
    count(session, settled.risen, uuid7())
    return settled


def _one(session: Session, cluster: Cluster, sales: dict[uuid.UUID, ForeignSale], settled: Settled) -> None:
    stands = cluster.survivor
    survivor = sales.get(stands)
    if survivor is not None and survivor.state == "duplicate":
        survivor = rise(session, survivor)
        settled.risen.append(survivor)
    stands_id = stands if survivor is None else survivor.id  # a node without a sale is an order of ours
    for node in cluster.keys:
        sale = sales.get(node)
        if sale is not None and node != stands and sale.role in COMPARED and sale.duplicate_of != stands_id:
            if sale.state != "duplicate":
                settled.fallen.append(sale)
            _fall(session, sale, stands_id)


def _fall(session: Session, sale: ForeignSale, stands_id: uuid.UUID) -> None:
    if sale.state == "counted" and sale.net_fen:
        take_back(
            session,
            sale,
            sale.net_fen,
            sale.net_milli,
            event_id=uuid7(),
            at=utcnow(),
            reason="duplicate",
        )
    sale.state, sale.duplicate_of = "duplicate", stands_id
    session.flush()


def rise(session: Session, sale: ForeignSale) -> ForeignSale:
    """The sale that may count again. What was in the books before stays as it is there; another revision takes its place."""
    if sale.counted_at is None:
        sale.state, sale.duplicate_of = "waiting", None
        return sale
    sale.state = "superseded"
    session.flush()
    return renewed(session, sale)


def renewed(session: Session, sale: ForeignSale, state: str = "waiting") -> ForeignSale:
    """The next revision of a superseded sale, in the same words."""
    values = {c.name: getattr(sale, c.name) for c in ForeignSale.__table__.columns if c.name not in _OWN}
    again = ForeignSale(id=uuid7(), revision=sale.revision + 1, state=state, **values)
    session.add(again)
    session.flush()
    if again.role in COMPARED:
        sight(session, sides_of(session, [again]))
    return again
