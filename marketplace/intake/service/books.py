"""Foreign sales as rows and as facts for the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.core import facts
from marketplace.intake.models import ForeignSale
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
_FROZEN: Final = frozenset(one.name for one in fields(CountedLine))


def frozen_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """The dimensions as JSON values; ValueError for one that a counted line does not have."""
    strange = set(values) - _FROZEN
    if strange:
        raise ValueError(f"no dimensions: {sorted(strange)}")
    return {
        name: str(value)
        if isinstance(value, uuid.UUID)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in values.items()
    }


def may_count(sale: ForeignSale) -> bool:
    """Whether every fact its policy needs has happened, and something of it is left."""
    return (
        sale.state == "waiting"
        and sale.refunded_fen < sale.sale_fen
        and counts(POLICY_BY_CODE[sale.counting_policy], sale.facts)
    )


def count(session: Session, sales: Iterable[ForeignSale], event_id: uuid.UUID) -> int:
    """Tell the ledger of those that count now, in one batch; how many. What was given back before is left out.

    The day of a foreign sale is its own, not that of its report: `counted_at` is `sold_at`, and a month that is closed by now
    takes it into the open one (docs/rules.md, "Sales made elsewhere").
    """
    ready = [sale for sale in sales if may_count(sale)]
    for sale in ready:
        sale.state, sale.counted_at = "counted", sale.sold_at
    session.flush()
    if ready:
        lines = tuple(counted_line(sale) for sale in ready)
        facts.publish(session, LinesCounted(source="intake", event_id=event_id, lines=lines))
    return len(ready)


def counted_line(sale: ForeignSale) -> CountedLine:
    """The sale as the ledger hears of it, less what was given back."""
    values = dict(sale.frozen)
    for name in _IDS:
        if values[name] is not None:
            values[name] = uuid.UUID(values[name])
    left = sale.quantity_milli - sale.refunded_milli
    return CountedLine(
        **values | {"schemes": tuple(values["schemes"])},
        line_id=sale.id,
        product_id=sale.product_id,
        sale_fen=sale.sale_fen - sale.refunded_fen,
        quantity_milli=left,
        weight_g=part_of_weight(sale, left),
        sold_at=sale.sold_at,
        counted_at=sale.counted_at or sale.sold_at,
    )


def part_of_weight(sale: ForeignSale, quantity_milli: int) -> int | None:
    """Grams of a part of the sale, floored; None where weight has no meaning."""
    return None if sale.weight_g is None else sale.weight_g * quantity_milli // sale.quantity_milli


def take_back(
    session: Session,
    sale: ForeignSale,
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
