"""Reports that lost as duplicates, by area: the memo that statistics show beside their sums, never in them.

The same figure as the line of the board (`board`): what a duplicate report said, less what was given back, by the day of sale.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from marketplace.intake.models import ForeignSale

#: The place by which a report is looked at: where the goods come from, whose budget pays, where it was sold.
Side = Literal["origin_area", "buyer_area", "channel_area"]


def duplicates_by_area(
    session: Session,
    side: Side,
    first: datetime,
    after: datetime,
    within: Callable[[Any], ColumnElement[bool]],
) -> list[tuple[str, int]]:
    """(area as it was frozen, fen) of duplicates sold in [first, after) whose area is `within`; as they stand now."""
    area = ForeignSale.frozen[side].astext.collate("C")
    rows = session.execute(
        select(area, func.sum(ForeignSale.sale_fen - ForeignSale.refunded_fen))
        .where(ForeignSale.state == "duplicate")
        .where(ForeignSale.sold_at >= first, ForeignSale.sold_at < after)
        .where(within(area))
        .group_by(area)
        .order_by(area)
    )
    return [(code, int(fen)) for code, fen in rows]
