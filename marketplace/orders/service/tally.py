"""Counting: when every fact that a line's policy needs has happened, the line enters the ledger, once.

Called at the end of each step that can complete the facts, with the order locked, so that a line counts in the transaction of
the step that completed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.core import facts
from marketplace.core.actor import Actor
from marketplace.orders.counting import POLICY_BY_CODE, counts, missing
from marketplace.orders.facts import CountedLine, Frozen, LinesCounted
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.orders.rules import facts_of
from marketplace.orders.service.lines import write_lines
from marketplace.orders.service.reading import note


def happened(order: SalesOrder) -> frozenset[str]:
    """The counting facts of an order as it stands."""
    return facts_of(
        order.state,
        order.payment_state,
        order.invoice_state,
        accepted=order.accepted_at is not None,
        evaluated=order.evaluated_at is not None,
    )


def bought(line: OrderLine) -> int:
    """Units that are still bought: they came, and were neither rejected nor returned."""
    return line.quantity - line.cancelled - line.rejected - line.returned


def still_missing(order: SalesOrder, line: OrderLine) -> list[tuple[str, str]]:
    """What the line lacks to count, as (fact, who must act); empty when it counts, was counted, or is no longer bought."""
    if line.counted_at is not None or order.state == "cancelled" or bought(line) == 0:
        return []
    return missing(POLICY_BY_CODE[line.counting_policy], happened(order))


def may_count(order: SalesOrder) -> bool:
    """Return whether any line could count at all: it was sold, and not all of it counts already."""
    return order.state != "cancelled" and order.sold_at is not None and order.counted_at is None


def count_lines(
    session: Session, order: SalesOrder, lines: Iterable[OrderLine], actor: Actor | None, at: datetime
) -> tuple[CountedLine, ...]:
    """Count the lines whose policy is now satisfied and tell the ledger, in one batch; the lines that were counted.

    What was rejected or returned before is left out. Order locked; `at` becomes `counted_at`.
    """
    if not may_count(order):
        return ()
    now_true = happened(order)
    uncounted = [line for line in lines if line.counted_at is None and bought(line) > 0]
    ready = [line for line in uncounted if counts(POLICY_BY_CODE[line.counting_policy], now_true)]
    if not ready:
        return ()
    write_lines(
        session,
        ready,
        counted_at=[at] * len(ready),
        counted_quantity=[bought(line) for line in ready],
        counted_fen=[line.amount_fen - line.refunded_fen for line in ready],
    )
    if len(ready) == len(uncounted):
        order.counted_at = at
    session.flush()
    batch = tuple(_fact(order, line, at) for line in ready)
    note(session, order, "counted", actor, at, lines=[line.line_no for line in ready])
    facts.publish(session, LinesCounted(source="order", event_id=order.id, lines=batch))
    return batch


def _fact(order: SalesOrder, line: OrderLine, at: datetime) -> CountedLine:
    if line.counted_fen is None or line.counted_quantity is None:
        raise ValueError("only a counted line becomes a fact")
    if line.goods_class is None or order.sold_at is None:
        raise ValueError("a line is sold before it counts")
    return CountedLine(
        line_id=line.id,
        product_id=line.product_id,
        order_id=order.id,
        sale_fen=line.counted_fen,
        quantity_milli=line.counted_quantity * 1000,
        weight_g=weight_g(line, line.counted_quantity),
        sold_at=order.sold_at,
        counted_at=at,
        frozen=Frozen(
            goods_class=line.goods_class,
            goods_class_reason=line.goods_class_reason,
            certificate_id=line.certificate_id,
            scheme=line.scheme,
            schemes=tuple(line.schemes),
            product_name=line.product_name,
            category_code=line.category_code,
            producer_id=order.producer_id,
            producer_name=order.producer_name,
            producer_kind=order.producer_kind,
            origin_area=line.origin_area,
            channel_id=line.channel_id,
            channel_kind=line.channel_kind,
            channel_area=line.channel_area,
            levy_bp=line.levy_bp,
            buyer_id=order.buyer_id,
            buyer_path=order.buyer_path,
            buyer_kind=order.buyer_kind,
            buyer_area=order.buyer_area,
            buyer_sector=order.buyer_sector,
            budget_unit_id=order.budget_unit_id,
            reserve_year=order.reserve_year,
            fund_source=order.fund_source,
            participation_mode=order.participation_mode,
            purchase_kind=order.purchase_kind,
            broker_id=order.broker_id,
            helper_area=order.helper_area,
            is_demo=order.is_demo,
        ),
    )


def weight_g(line: OrderLine, quantity: int) -> int | None:
    """Grams of so many units; None where weight has no meaning."""
    return None if line.net_weight_g is None else line.net_weight_g * quantity


def lines_by_id(lines: Sequence[OrderLine]) -> dict[object, OrderLine]:
    """The lines by their ids."""
    return {line.id: line for line in lines}
