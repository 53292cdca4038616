"""The day by which an order of 先货后款 must be paid: it follows from delivery and, where the contract says so, acceptance."""

from __future__ import annotations

from datetime import timedelta

from marketplace.core.clock import day_of
from marketplace.orders.models import SalesOrder
from marketplace.orders.terms import METHOD_BY_CODE, payment_due


def settle_due_day(order: SalesOrder) -> None:
    """Bring `due_on` into line with what has happened and the terms agreed; nothing for 先款后货 or before delivery.

    Called by delivery, by acceptance, and when a contract is signed. `inspection_days` of the terms becomes the day
    `inspection_until` with the delivery.
    """
    if METHOD_BY_CODE[order.payment_method].pays_first or order.delivered_at is None:
        return
    delivered_on = day_of(order.delivered_at)
    terms = {key: value for key, value in order.payment_terms.items() if key != "inspection_until"}
    days = terms.get("inspection_days")
    until = None if days is None else delivered_on + timedelta(days=days)
    order.payment_terms = terms if until is None else terms | {"inspection_until": until.isoformat()}
    order.due_on = payment_due(
        delivered_on,
        terms.get("contract_days"),
        capped=terms.get("capped", True),
        accepted_on=None if order.accepted_at is None else day_of(order.accepted_at),
        inspection_until=until,
    )
