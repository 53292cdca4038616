"""The gateway's own fees: read where it is asked anyway, booked once for each movement in the producer's account.

They are the producer's cost and nothing of ours; a fee in another currency than the payment's is booked nowhere, and shown by the
daily comparison. Source: docs/rules.md, "Fees of the gateway".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.orders.models import SalesOrder
from marketplace.payments.gateways.protocol import Fee
from marketplace.payments.models import OnlinePayment, Payment, Refund
from marketplace.payments.rules.accounts import gateway_fee
from marketplace.payments.rules.refunds import CURRENCY
from marketplace.payments.service.books import post


def book_fees(
    session: Session,
    order: SalesOrder,
    payment: OnlinePayment,
    fees: Iterable[Fee],
    *,
    refund: Refund | None = None,
) -> None:
    """Book what the gateway kept of a captured payment, or of a refund of it; what is booked already stays. Payment locked."""
    told = [one for one in fees if one.amount and one.currency == CURRENCY]
    if not told or payment.state != "captured" or payment.taken_as == "mismatch":
        return
    beside, at = _beside(session, payment, refund)
    for one in told:
        legs = gateway_fee(order.id, order.producer_organisation_id, one.amount)
        if post(session, {f"fee:{beside}:{one.id}": legs}, at, is_demo=order.is_demo):
            payment.fee_fen += one.amount
    session.flush()


def _beside(session: Session, payment: OnlinePayment, refund: Refund | None) -> tuple[str, datetime]:
    """The event of the books that a fee belongs to, and when that was."""
    if refund is not None:
        return f"refund:{refund.id}", refund.confirmed_at or refund.requested_at
    at = payment.settled_at or payment.requested_at
    if payment.taken_as == "surplus":
        return f"surplus:{payment.id}", at
    receipt = session.execute(
        select(Payment.id, Payment.paid_at).where(
            Payment.method == payment.gateway, Payment.reference == payment.intent_id
        )
    ).one()
    return f"receipt:{receipt.id}", receipt.paid_at
