"""Reports that lost as duplicates, by area: the memo that statistics show beside their sums, never in them.

The same figure as the line of the board (`board`): what a duplicate report said, less what was given back, by the day of sale.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, bindparam, func, select

from marketplace.intake.models import ForeignSale

#: The place by which a report is looked at: where the goods come from, whose budget pays, where it was sold.
Side = Literal["origin_area", "buyer_area", "channel_area"]


def duplicates_by_area(side: Side, within: Callable[[Any], ColumnElement[bool]]) -> Select[Any]:
    """Rows of (area as it was frozen, fen, fen of those sold since `recent`): duplicates sold in [first, after) whose area is
    `within`, as they stand now. The three instants are its parameters, so that it can be built once.
    """
    area = ForeignSale.frozen[side].astext.collate("C")
    fen = func.sum(ForeignSale.sale_fen - ForeignSale.refunded_fen)
    return (
        select(area, fen, func.coalesce(fen.filter(ForeignSale.sold_at >= bindparam("recent")), 0))
        .where(ForeignSale.state == "duplicate")
        .where(ForeignSale.sold_at >= bindparam("first"), ForeignSale.sold_at < bindparam("after"))
        .where(within(area))
        .group_by(area)
        .order_by(area)
    )
