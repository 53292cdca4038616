"""What a seller sold: the counted sales of its orders by channel, product and the buyer's area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.orders.service.reading import seen_by

#: What sales are summed by.
DIMENSIONS: Final[dict[str, Any]] = {
    "channel": OrderLine.channel_kind,
    "product": OrderLine.product_name,
    "buyer_area": func.substr(SalesOrder.buyer_area, 1, 4).op("||")(literal_column("'00'")),
}
MOST_ROWS: Final = 20


@dataclass(frozen=True, slots=True)
class Sold:
    """So much was counted under a key, over so many orders. Fen."""

    key: str
    orders: int
    amount_fen: int


def sold_by(session: Session, actor: Actor, dimension: str) -> list[Sold]:
    """Counted sales by a key of DIMENSIONS, the largest first, at most MOST_ROWS; KeyError for another.

    The amount is what entered the ledger when the line counted; goods that went back later are not taken off.
    """
    key, amount = DIMENSIONS[dimension], func.sum(OrderLine.counted_fen)
    rows = session.execute(
        select(key.label("key"), func.count(SalesOrder.id.distinct()), amount)
        .select_from(OrderLine)
        .join(SalesOrder, SalesOrder.id == OrderLine.order_id)
        .where(seen_by(actor), OrderLine.counted_at.is_not(None))
        .group_by(literal_column("1"))
        .order_by(amount.desc(), literal_column("1"))
        .limit(MOST_ROWS)
    )
    return [Sold(one, orders, int(fen)) for one, orders, fen in rows]
