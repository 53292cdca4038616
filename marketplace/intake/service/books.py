"""Foreign sales as rows and as facts for the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from marketplace.core import facts
from marketplace.intake.service.sales import Sale
from marketplace.orders.counting import POLICY_BY_CODE, counts
from marketplace.orders.facts import CountedLine, LinesCounted, LinesReversed, ReversedLine

_IDS: Final = (
    "certificate_id",
    "producer_id",
    "channel_id",
    "order_id",
    "buyer_id",
    "budget_unit_id",
    "broker_id",
)


def may_count(sale: Sale) -> bool:
    """Whether every fact its policy needs has happened, and something of it is left."""
    return (
        sale.state == "waiting"
        and sale.refunded_fen < sale.sale_fen
        and counts(POLICY_BY_CODE[sale.counting_policy], sale.facts)
    )


def begin_counting(sales: Iterable[Sale]) -> list[Sale]:
    """Those of them that count from now on. Still to be written, and told to the ledger by `publish_counted`.

    The day of a foreign sale is its own, not that of its report: `counted_at` is `sold_at`, and a month that is closed by now
    takes it into the open one (docs/rules.md, "Sales made elsewhere").
    """
    ready = [sale for sale in sales if may_count(sale)]
    for sale in ready:
        sale.state, sale.counted_at = "counted", sale.sold_at
    return ready


def publish_counted(session: Session, sales: Sequence[Sale], event_id: uuid.UUID) -> None:
    """Tell the ledger of sales that count, in one fact. What was given back before is left out."""
    if sales:
        lines = tuple(counted_line(sale) for sale in sales)
        facts.publish(session, LinesCounted(source="intake", event_id=event_id, lines=lines))


def counted_line(sale: Sale) -> CountedLine:
    """The sale as the ledger hears of it, less what was given back."""
    values = dict(sale.frozen)
    for name in _IDS:
        if isinstance(values[name], str):  # as the database gives it
            values[name] = uuid.UUID(values[name])
    values["schemes"] = tuple(values["schemes"])
    left = sale.quantity_milli - sale.refunded_milli
    return CountedLine(
        **values,
        line_id=sale.id,
        product_id=sale.product_id,
        sale_fen=sale.sale_fen - sale.refunded_fen,
        quantity_milli=left,
        weight_g=part_of_weight(sale, left),
        sold_at=sale.sold_at,
        counted_at=sale.counted_at or sale.sold_at,
    )


def part_of_weight(sale: Sale, quantity_milli: int) -> int | None:
    """Grams of a part of the sale, floored; None where weight has no meaning."""
    return None if sale.weight_g is None else sale.weight_g * quantity_milli // sale.quantity_milli


def take_back(
    session: Session,
    sale: Sale,
    sale_fen: int,
    quantity_milli: int,
    *,
    event_id: uuid.UUID,
    at: datetime,
    reason: str,
) -> None:
    """A counted sale loses a part or the rest of it, in the month of `at` or the earliest open one."""
    before = sale.quantity_milli - sale.refunded_milli
    weight = None
    if sale.weight_g is not None:
        weight = (part_of_weight(sale, before) or 0) - (part_of_weight(sale, before - quantity_milli) or 0)
    back = ReversedLine(
        line_id=sale.id,
        product_id=sale.product_id,
        sale_fen=sale_fen,
        quantity_milli=quantity_milli,
        weight_g=weight,
    )
    facts.publish(
        session,
        LinesReversed(source="intake", event_id=event_id, reversed_at=at, reason=reason, lines=(back,)),
    )
