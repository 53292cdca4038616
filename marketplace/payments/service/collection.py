"""How an order's money is collected: frozen when it is placed, by one statement with the books, however many orders there are.

`direct`: the buyer pays the producer's own account. `supervised`: a bank's supervised account holds it until settlement.
Source: docs/rules.md, "The books of money".
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final, Literal

from sqlalchemy import ARRAY, Uuid, any_, literal, select
from sqlalchemy.orm import Session

from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Collection

Mode = Literal["direct", "supervised"]

#: Common table expressions before an INSERT of the books: what is agreed for the orders of `:checkout` on `:day` is frozen.
#: The most particular agreement wins: the producer's own, the channel's, the longer place, the later start, the smaller id.
FREEZE: Final = """
    WITH collected AS (
        INSERT INTO payments.collection (order_id, checkout_id, producer_organisation_id, agreement_id, share_fen)
        SELECT DISTINCT ON (o.id) o.id, o.checkout_id, o.producer_organisation_id, a.id, o.total_fen
        FROM payments.supervised_agreement a
        JOIN orders.sales_order o ON o.checkout_id = :checkout
             AND (a.producer_organisation_id IS NULL OR a.producer_organisation_id = o.producer_organisation_id)
             AND (a.area_prefix IS NULL OR starts_with(o.producer_area, a.area_prefix))
             AND (a.channel_id IS NULL OR NOT EXISTS (
                    SELECT FROM orders.order_line l WHERE l.order_id = o.id AND l.channel_id <> a.channel_id))
        WHERE a.state = 'approved' AND a.valid_from <= :day AND (a.valid_to IS NULL OR :day < a.valid_to)
        ORDER BY o.id, (a.producer_organisation_id IS NOT NULL) DESC, (a.channel_id IS NOT NULL) DESC,
                 length(a.area_prefix) DESC NULLS LAST, a.valid_from DESC, a.id
    ), commissioned AS (
        INSERT INTO payments.line_commission (line_id, agreement_id, commission_bp)
        SELECT DISTINCT ON (l.id) l.id, a.id, a.commission_bp
        FROM payments.commission_agreement a
        JOIN orders.sales_order o ON o.checkout_id = :checkout
        JOIN orders.order_line l ON l.order_id = o.id
             AND (a.area_prefix IS NULL OR starts_with(l.channel_area, a.area_prefix))
        JOIN catalogue.channel c ON c.id = l.channel_id AND (a.operator_id IS NULL OR a.operator_id = c.operator_id)
        WHERE a.state = 'approved' AND a.valid_from <= :day AND (a.valid_to IS NULL OR :day < a.valid_to)
        ORDER BY l.id, (a.operator_id IS NOT NULL) DESC, length(a.area_prefix) DESC NULLS LAST, a.valid_from DESC, a.id
    )
"""


def mode_of(session: Session, order: SalesOrder) -> Mode:
    """How the order's money is collected, as frozen at its placement."""
    found = session.scalar(select(Collection.order_id).where(Collection.order_id == order.id))
    return "direct" if found is None else "supervised"


def keepers(mode: Mode, order: SalesOrder) -> tuple[uuid.UUID, ...]:
    """Whose own finance may say what arrived or went back: the producer's for its own account, nobody's for the supervised one.

    What a supervised account holds is paid out on the strength of it, so only the finance of the platform records there.
    """
    return (order.producer_organisation_id,) if mode == "direct" else ()


def supervised_among(session: Session, order_ids: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those of the orders whose money belongs into a supervised account."""
    wanted = list(order_ids)
    return frozenset(
        session.scalars(
            select(Collection.order_id).where(Collection.order_id == any_(literal(wanted, ARRAY(Uuid()))))
        )
    )
