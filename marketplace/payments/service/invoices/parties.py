"""The two sides of an invoice: one buyer, one seller, and the seller is who sold and who is paid."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.identifiers import parse_tax_number
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.producers.models import Producer


def lock_orders(session: Session, numbers: Sequence[str]) -> list[SalesOrder]:
    """The orders with these numbers, locked by ascending id. NotFound when one is missing, Invalid when named twice."""
    if len(set(numbers)) != len(numbers):
        raise Invalid("order_repeated", "同一订单只能出现一次", pointer="/order_numbers")
    ids = session.scalars(
        select(SalesOrder.id).where(SalesOrder.number.in_(numbers)).order_by(SalesOrder.id)
    ).all()
    if len(ids) != len(numbers):
        raise NotFound("order_not_found", "没有这个订单")
    return lock_by_ids(session, ids)


def lock_by_ids(session: Session, ids: Sequence[uuid.UUID]) -> list[SalesOrder]:
    """Orders locked by ascending id: the one order in which everybody locks several."""
    return [orders.lock_order_by_id(session, order_id) for order_id in sorted(ids)]


def require_one_trade(found: Sequence[SalesOrder]) -> SalesOrder:
    """The first of the orders; Invalid (`invoice_orders_differ`) unless all have one buyer and one seller."""
    sides = {(order.buyer_id, order.producer_organisation_id, order.is_demo) for order in found}
    if len(sides) != 1:
        raise Invalid(
            "invoice_orders_differ", "合并开票的订单应为同一买方、同一卖方", pointer="/order_numbers"
        )
    return found[0]


def seller_of(session: Session, order: SalesOrder, printed_tax_number: str) -> tuple[str, str]:
    """Name and tax number of the seller as printed; Invalid (`seller_differs`) when another than the contract's seller issued it.

    Payee = contract seller = invoice seller. A seller that never registered a code is taken by the number it prints.
    """
    printed = parse_tax_number(printed_tax_number, pointer="/seller_tax_number")
    name, of_organisation, of_producer = session.execute(
        select(Organisation.name, Organisation.uscc, Producer.uscc)
        .outerjoin(Producer, Producer.organisation_id == Organisation.id)
        .where(Organisation.id == order.producer_organisation_id)
    ).one()
    known = {code for code in (of_organisation, of_producer) if code is not None}
    if known and printed not in known:
        raise Invalid("seller_differs", "发票销售方与订单卖方不一致", pointer="/seller_tax_number")
    return name, printed


def tax_number_of(session: Session, organisation_id: uuid.UUID) -> str | None:
    """The code that an organisation is registered with."""
    return session.scalar(select(Organisation.uscc).where(Organisation.id == organisation_id))
