"""What all uncounted lines lack, summed: the work list of `queries.uncounted_orders` in figures.

Lines are grouped in the database by everything that decides what they lack, and each group is judged once by
`orders.counting`: the same rule as for one line, for a country's worth of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from marketplace.orders.counting import POLICY_BY_CODE, missing
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.orders.rules import facts_of
from marketplace.orders.service.conditions import LINE_WAITS, ORDER_IS_OPEN


@dataclass(frozen=True, slots=True)
class Waiting:
    """Lines of one area that lack the same: how many, what they are worth (fen), and (fact, who must act) in order.

    The first of `missing` is the step that can be taken today; nothing is missing of a line that is about to count.
    """

    area: str
    lines: int
    amount_fen: int
    missing: Sequence[tuple[str, str]]


def waiting(
    session: Session, area: ColumnElement[Any], *where: ColumnElement[bool], before: datetime
) -> list[Waiting]:
    """Uncounted lines of orders placed before the instant, by `area` (an expression over orders and their lines) and need."""
    columns = (
        area,
        OrderLine.counting_policy,
        SalesOrder.state,
        SalesOrder.payment_state,
        SalesOrder.invoice_state,
        SalesOrder.accepted_at.is_not(None),
        SalesOrder.evaluated_at.is_not(None),
    )
    rows = session.execute(
        select(*columns, func.count(), func.sum(OrderLine.amount_fen - OrderLine.refunded_fen))
        .join(SalesOrder, SalesOrder.id == OrderLine.order_id)
        .where(*ORDER_IS_OPEN, *LINE_WAITS, SalesOrder.placed_at < before, *where)
        .group_by(*columns)
    )
    found: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[int, int]] = {}
    for code, policy, state, payment, invoice, accepted, evaluated, lines, fen in rows:
        happened = facts_of(state, payment, invoice, accepted=accepted, evaluated=evaluated)
        key = (code, tuple(missing(POLICY_BY_CODE[policy], happened)))
        held = found.get(key, (0, 0))
        found[key] = (held[0] + lines, held[1] + int(fen))
    return [Waiting(code, *figures, lacking) for (code, lacking), figures in sorted(found.items())]
