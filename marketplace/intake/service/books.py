"""Foreign sales as rows and as facts for the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session

from marketplace.core import facts
from marketplace.core.ids import uuids_of
from marketplace.intake.models import ForeignSale
from marketplace.intake.service.sales import Sale
from marketplace.orders.counting import POLICY_BY_CODE, counts
from marketplace.orders.facts import CountedLine, Frozen, LinesCounted, LinesReversed, ReversedLine

#: As a batch has it, or as a row of the table.
AnySale = Sale | ForeignSale
S = TypeVar("S", Sale, ForeignSale)

_NAMES: Final = frozenset(one.name for one in fields(Frozen))
_IDS: Final = ("certificate_id", "producer_id", "channel_id", "buyer_id", "budget_unit_id", "broker_id")


def may_count(sale: AnySale) -> bool:
    """Whether every fact its policy needs has happened, and something of it is left."""
    return (
        sale.state == "waiting"
        and sale.refunded_fen < sale.sale_fen
        and counts(POLICY_BY_CODE[sale.counting_policy], sale.facts)
    )


def begin_counting(sales: Iterable[S]) -> list[S]:
    """Those of them that count from now on. Still to be written, and told to the ledger by `publish_counted`.

    The day of a foreign sale is its own, not that of its report: `counted_at` is `sold_at`, and a month that is closed by now
    takes it into the open one (docs/rules.md, "Sales made elsewhere").
    """
    ready = [sale for sale in sales if may_count(sale)]
    for sale in ready:
        sale.state, sale.counted_at = "counted", sale.sold_at
    return ready


def publish_counted(session: Session, counted: Sequence[tuple[uuid.UUID, Sequence[AnySale]]]) -> None:
    """Tell the ledger of sales that count, by the event of each, in one fact. What was given back before is left out."""
    told = [(event_id, sale) for event_id, sales in counted for sale in sales]
    if told:
        first = told[0][0]
        events = {sale.id: event_id for event_id, sale in told if event_id != first}
        lines = tuple(counted_line(sale) for _, sale in told)
        facts.publish(session, LinesCounted(source="intake", event_id=first, lines=lines, events=events))


def count(session: Session, sales: Iterable[ForeignSale], event_id: uuid.UUID) -> int:
    """Those rows of the table that count from now on, written and told to the ledger; how many."""
    ready = begin_counting(sales)
    session.flush()
    publish_counted(session, [(event_id, ready)])
    return len(ready)


def counted_line(sale: AnySale) -> CountedLine:
    """The sale as the ledger hears of it, less what was given back."""
    frozen, left = sale.frozen, sale.quantity_milli - sale.refunded_milli
    return CountedLine(
        line_id=sale.id,
        product_id=sale.product_id,
        # One number for all lines of a foreign order, so that orders are counted and not lines.
        order_id=_numbers_in(sale.channel_id)(sale.order_ref),
        sale_fen=sale.sale_fen - sale.refunded_fen,
        quantity_milli=left,
        weight_g=part_of_weight(sale, left),
        sold_at=sale.sold_at,
        counted_at=sale.counted_at or sale.sold_at,
        frozen=frozen if isinstance(frozen, Frozen) else _as_frozen(frozen),
    )


@lru_cache(maxsize=100)
def _numbers_in(channel_id: uuid.UUID) -> Callable[[str], uuid.UUID]:
    return uuids_of(channel_id)


def _as_frozen(kept: Mapping[str, Any]) -> Frozen:
    """As the database gives it; of earlier days it says the order's number as well."""
    values = {name: value for name, value in kept.items() if name in _NAMES}
    for name in _IDS:
        if values[name] is not None:
            values[name] = uuid.UUID(values[name])
    return Frozen(**values | {"schemes": tuple(values["schemes"])})


def part_of_weight(sale: AnySale, quantity_milli: int) -> int | None:
    """Grams of a part of the sale, floored; None where weight has no meaning."""
    return None if sale.weight_g is None else sale.weight_g * quantity_milli // sale.quantity_milli


def take_back(
    session: Session,
    sale: AnySale,
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
