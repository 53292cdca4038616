"""Rows that are no sales: raw material, and what a transfer or raw material leaves in the books when its row is superseded.

`booked_fen` and `booked_milli` say what the slices above have heard of a row; whatever it should be is compared with that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.core import facts
from marketplace.core.clock import utcnow
from marketplace.core.ids import uuid7
from marketplace.intake.facts import InputLine, InputsChanged
from marketplace.intake.models import ForeignSale
from marketplace.intake.service.books import part_of_weight
from marketplace.orders.facts import LinesReversed, ReversedLine

#: Roles of rows that are no sales.
INTERNAL: Final = frozenset({"transfer", "input"})
_SUPERSEDED: Final = sql("""
    SELECT before.id FROM intake.foreign_sale f
    JOIN intake.foreign_sale before USING (channel_id, order_ref, line_ref)
    WHERE f.id = ANY(:ids) AND before.revision = f.revision - 1 AND before.booked_milli > 0
    ORDER BY before.id
""")


def keep_apart(session: Session, sales: Sequence[ForeignSale]) -> None:
    """Of sales that are to be counted: transfers and raw material are internal, and what they mend leaves the books."""
    for sale in sales:
        if sale.role in INTERNAL and sale.state == "waiting":
            sale.state = "internal"
    revised = [sale.id for sale in sales if sale.revision > 1]
    if revised:
        before = session.scalars(_SUPERSEDED, {"ids": revised}).all()
        for old in session.scalars(
            select(ForeignSale).where(ForeignSale.id.in_(before)).order_by(ForeignSale.id)
        ):
            if old.role == "transfer":
                shrink(session, old, 0, 0)
            else:
                tell_inputs(session, [old])
    session.flush()
    tell_inputs(session, [sale for sale in sales if sale.role == "input" and sale.state == "internal"])


def tell_inputs(session: Session, sales: Sequence[ForeignSale]) -> int:
    """Tell of raw material what changed since it was told last; of how many lines. A superseded row comes to nothing."""
    event_id = uuid7()
    lines = []
    for sale in sales:
        fen, milli = (sale.net_fen, sale.net_milli) if sale.state == "internal" else (0, 0)
        if (fen, milli) == (sale.booked_fen, sale.booked_milli):
            continue
        weight = _weight(sale, milli) - _weight(sale, sale.booked_milli)
        lines.append(
            InputLine(
                line_id=sale.id,
                product_id=sale.product_id,
                sold_at=sale.sold_at,
                sale_fen=fen - sale.booked_fen,
                quantity_milli=milli - sale.booked_milli,
                weight_g=weight,
            )
        )
        sale.booked_fen, sale.booked_milli = fen, milli
    session.flush()
    if lines:
        facts.publish(session, InputsChanged(event_id=event_id, lines=tuple(lines)))
    return len(lines)


def settle_inputs(session: Session) -> int:
    """Tell what went back of raw material since (periodic): a refund of an internal row tells nobody by itself."""
    is_changed = or_(
        ForeignSale.booked_fen != ForeignSale.sale_fen - ForeignSale.refunded_fen,
        ForeignSale.booked_milli != ForeignSale.quantity_milli - ForeignSale.refunded_milli,
    )
    changed = session.scalars(
        select(ForeignSale)
        .where(ForeignSale.role == "input", ForeignSale.state == "internal", is_changed)
        .order_by(ForeignSale.id)
        .limit(1_000)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return tell_inputs(session, changed)


def shrink(session: Session, sale: ForeignSale, fen: int, milli: int) -> None:
    """What of a transfer is in the books falls to this much, by a correction in the month of now or the earliest open one."""
    back = ReversedLine(
        line_id=sale.id,
        product_id=sale.product_id,
        sale_fen=sale.booked_fen - fen,
        quantity_milli=sale.booked_milli - milli,
        weight_g=None if sale.weight_g is None else _weight(sale, sale.booked_milli) - _weight(sale, milli),
    )
    fact = LinesReversed(
        source="intake", event_id=uuid7(), reversed_at=utcnow(), reason="correction", lines=(back,)
    )
    facts.publish(session, fact)
    sale.booked_fen, sale.booked_milli = fen, milli
    session.flush()


def _weight(sale: ForeignSale, milli: int) -> int:
    return part_of_weight(sale, milli) or 0
