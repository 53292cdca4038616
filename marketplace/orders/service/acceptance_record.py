"""The acceptance record (验收单): what came, what was accepted, what was refused and why, line by line, as a paper.

Set from the order's frozen lines whenever it is asked for, always the same: returns after acceptance do not touch it.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, in_chinese
from marketplace.core.documents import Paper, render
from marketplace.core.errors import Conflict
from marketplace.core.money import format_yuan
from marketplace.core.rmb import capital_figures
from marketplace.orders.models import OrderLine, OrderReturn, SalesOrder
from marketplace.orders.service.reading import lines_of, read_order

TEMPLATE: Final = Path(__file__).parent.parent / "templates" / "acceptance.typ"


def acceptance_record(session: Session, actor: Actor, number: str) -> Paper:
    """The paper, for whoever may read the order. Conflict (`not_accepted`) before the buyer has inspected the goods."""
    order = read_order(session, actor, number)
    paper = record_of(session, order)
    if paper is None:
        raise Conflict("not_accepted", "订单尚未验收")
    return paper


def record_of(session: Session, order: SalesOrder) -> Paper | None:
    """The paper of an order, or None before the inspection."""
    rejection = session.scalars(
        select(OrderReturn).where(OrderReturn.order_id == order.id, OrderReturn.kind == "rejection")
    ).one_or_none()
    at = order.accepted_at or (rejection.requested_at if rejection else None)
    if at is None:
        return None
    return render(TEMPLATE, _fields(order, lines_of(session, order), rejection, at), dated=at)


def _fields(
    order: SalesOrder, lines: list[OrderLine], rejection: OrderReturn | None, at: datetime
) -> dict[str, Any]:
    """What templates/acceptance.typ prints."""
    accepted_fen = sum(line.accepted * line.unit_price_fen for line in lines)
    delivered = "—" if order.delivered_at is None else in_chinese(day_of(order.delivered_at))
    return {
        "order_number": order.number,
        "contract": order.payment_terms.get("contract") or "—",
        "buyer": order.buyer_name,
        "seller": order.producer_name,
        "delivered_on": delivered,
        "accepted_on": in_chinese(day_of(at)),
        "goods": [_line(line) for line in lines],
        "total": format_yuan(accepted_fen),
        "capital": "人民币" + capital_figures(accepted_fen),
        "rejected": None if rejection is None else rejection.reason,
        "verdict": _verdict(lines),
    }


def _line(line: OrderLine) -> list[str]:
    return [
        str(line.line_no),
        line.product_name,
        line.spec,
        line.unit,
        str(line.quantity),
        str(line.shipped),
        str(line.accepted),
        str(line.rejected),
        format_yuan(line.accepted * line.unit_price_fen),
    ]


def _verdict(lines: list[OrderLine]) -> str:
    if not any(line.rejected for line in lines):
        return "送达商品全部验收合格。"
    if any(line.accepted for line in lines):
        return "部分商品验收合格，其余拒收。"
    return "送达商品全部拒收。"
