"""An order moved to another budget unit: what it has in the books leaves the old one, arrives at the new; nothing is edited."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.attribution.periods import book_into
from marketplace.attribution.service.post import write
from marketplace.attribution.service.standing import Standing, mirror, standings_of, taken_back
from marketplace.core.clock import period_of
from marketplace.core.divisions import pad12
from marketplace.orders.facts import OrderReattributed


def move_entries(session: Session, fact: OrderReattributed) -> None:
    """Write a pair for what is left of every counted line (subscriber of OrderReattributed): −old unit, +new unit.

    Both stand in the month of `at`, or the earliest open one, with the month they adjust, and keep the reserve year; the sum of
    a pair is 0, so no pool and no closed month changes. A line of which nothing is left stays where it is. Replays add nothing.
    """
    booking = book_into(session, period_of(fact.at))
    rows: list[dict[str, Any]] = []
    for standing in standings_of(session, "order", fact.line_ids, fact.event_id).values():
        if standing is not None and _is_any_left(standing):
            rows += _pair(standing, fact, booking.period)
    write(session, rows)


def _is_any_left(standing: Standing) -> bool:
    return any(part.sale_fen or part.quantity_milli or part.benefit_fen for part in standing.net.values())


def _pair(standing: Standing, fact: OrderReattributed, period: str) -> list[dict[str, Any]]:
    """Every version moves, one whose part is 0 fen as well: later refunds find their dimensions on the newest entry of each."""
    moved = {
        "budget_unit_id": fact.budget_unit_id,
        "buyer_area": pad12(fact.buyer_area),
        "buyer_sector": fact.buyer_sector,
        "buyer_path": fact.buyer_path,
        "participation_mode": fact.participation_mode,
        "helper_area": pad12(fact.helper_area) if fact.helper_area else None,
    }
    common: dict[str, Any] = {"kind": "correction", "at": fact.at, "period": period, "reason": fact.reason}
    rows = []
    for version_no, base in standing.base.items():
        net = standing.net[version_no]
        rows.append(mirror(base, taken_back(base, net), event_id=fact.event_id, **common))
        rows.append(mirror(base, net, event_id=fact.arrival_id, **common) | moved | {"reverses_id": None})
    return rows
