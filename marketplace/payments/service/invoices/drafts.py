"""What an invoice over an order would say: what is bought and not invoiced yet, from the tax frozen on each line."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.orders import service as orders
from marketplace.orders.amounts import freight_amounts
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.orders.service.reading import lines_of
from marketplace.orders.service.tally import bought
from marketplace.payments.models import Invoice, InvoiceLine
from marketplace.payments.rules.invoices import tax_part
from marketplace.producers.categories import all_categories

FREIGHT = "*运输服务*运费"


@dataclass(frozen=True, slots=True)
class Draft:
    """A line that an invoice would have, in fen; `order_line_id` None is the order's freight."""

    order_id: uuid.UUID
    order_line_id: uuid.UUID | None
    description: str
    spec: str | None
    unit: str | None
    quantity: int | None
    tax_treatment: str
    gross_fen: int
    tax_fen: int


@dataclass(frozen=True, slots=True)
class Net:
    """Blue less red of a line, in fen."""

    gross_fen: int = 0
    tax_fen: int = 0


def net_of(session: Session, order: SalesOrder) -> dict[uuid.UUID | None, Net]:
    """What is invoiced of each line of an order (None: its freight), blue less red."""
    rows = session.execute(
        select(
            InvoiceLine.order_line_id,
            func.sum(InvoiceLine.gross_fen - InvoiceLine.red_fen),
            func.sum(InvoiceLine.tax_fen - InvoiceLine.red_tax_fen),
        )
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(InvoiceLine.order_id == order.id, Invoice.color == "blue")
        .group_by(InvoiceLine.order_line_id)
    )
    return {line_id: Net(int(gross), int(tax)) for line_id, gross, tax in rows}


def worth_by_line(session: Session, order: SalesOrder) -> dict[uuid.UUID | None, int]:
    """What each line is worth now, in fen, and under None the freight: what the order is worth beyond its lines."""
    found: dict[uuid.UUID | None, int] = {
        line.id: line.amount_fen - line.refunded_fen for line in lines_of(session, order)
    }
    found[None] = max(orders.worth_fen(order) - sum(found.values()), 0)
    return found


def rest_of(session: Session, order: SalesOrder) -> list[Draft]:
    """The lines of an invoice over what is bought and not invoiced; empty when nothing is left. Order locked."""
    net = net_of(session, order)
    worth = worth_by_line(session, order)
    lines = lines_of(session, order)
    drafts = [
        _line(order, line, net.get(line.id, Net()), part_fen)
        for line in lines
        if (part_fen := worth[line.id] - net.get(line.id, Net()).gross_fen) > 0
    ]
    freight_fen = worth[None] - net.get(None, Net()).gross_fen
    if freight_fen > 0:
        split = freight_amounts(freight_fen, [(line.tax_treatment, line.amount_fen) for line in lines])
        drafts += [
            Draft(order.id, None, FREIGHT, None, None, None, treatment, part.gross_fen, part.tax_fen)
            for treatment, part in split.items()
        ]
    return drafts


def _line(order: SalesOrder, line: OrderLine, net: Net, part_fen: int) -> Draft:
    category = all_categories().get(line.category_code[:4])
    return Draft(
        order_id=order.id,
        order_line_id=line.id,
        description=f"*{category.title_zh}*{line.product_name}" if category else line.product_name,
        spec=line.spec,
        unit=line.unit,
        quantity=None if net.gross_fen else bought(line),
        tax_treatment=line.tax_treatment,
        gross_fen=part_fen,
        tax_fen=tax_part(line.amount_fen, line.tax_fen, net.gross_fen, net.tax_fen, part_fen),
    )
