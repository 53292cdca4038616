"""A sale that stands for others has been given back wholly, or called off: what it stands for must be looked at again."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.intake.models import DuplicateCase
from marketplace.intake.service.duplicates.cases import open_again
from marketplace.intake.service.duplicates.sides import node_of

# Losers with something left whose survivor has nothing left. Reads the duplicates only, by their partial index.
_GONE: Final = sql("""
    SELECT d.channel_id, d.order_ref, d.line_ref FROM intake.foreign_sale d
    LEFT JOIN intake.foreign_sale s ON s.id = d.duplicate_of
    LEFT JOIN orders.sales_order o ON o.id = d.duplicate_of
    WHERE d.state = 'duplicate' AND d.refunded_fen < d.sale_fen
      AND (s.refunded_fen = s.sale_fen OR o.state = 'cancelled' OR o.deducted_fen >= o.total_fen)
    ORDER BY d.id
""")
_HELD: Final = sql("""
    SELECT DISTINCT ON (first, second) id FROM intake.duplicate_case
    WHERE first = ANY(:nodes) OR second = ANY(:nodes) ORDER BY first, second, round DESC
""")


def look_at_gone(session: Session) -> int:
    """Open another round for each pair of such a loser that nobody looked at for this reason; how many."""
    nodes = {node_of(*place) for place in session.execute(_GONE)}
    if not nodes:
        return 0
    case_ids = session.scalars(_HELD, {"nodes": list(nodes)}).all()
    cases = session.scalars(
        select(DuplicateCase).where(DuplicateCase.id.in_(case_ids)).order_by(DuplicateCase.id)
    )
    return sum(
        open_again(session, case, "survivor_gone")
        for case in cases.all()
        if case.state in {"confirmed", "decided"} and case.loser in nodes and case.cause != "survivor_gone"
    )
