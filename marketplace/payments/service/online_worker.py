"""What the worker does about payments online: payments, refunds and parked messages that are due, one call each."""

from __future__ import annotations

from typing import Final

from marketplace.core.jobs import Loop, Repeated
from marketplace.payments.gateways import online
from marketplace.payments.service import gateway_events, gateway_refunds, online_work
from marketplace.payments.service.gateway_sweep import sweep


def keep_up() -> int:
    """Take one step with everything that is due; how many were taken. A row is leased while it is asked about."""
    if online() is None:
        return 0
    done = 0
    for payment_id in online_work.due_payments():
        online_work.advance(payment_id)
        done += 1
    for refund_id in gateway_refunds.due_refunds():
        gateway_refunds.advance_refund(refund_id)
        done += 1
    for event_id in gateway_events.due_events():
        gateway_events.retry_event(event_id)
        done += 1
    return done


#: What comes round on every worker.
PERIODIC: Final[tuple[Repeated, ...]] = (
    Loop("payments.online.keep_up", 1, keep_up, is_long=True),
    Loop("payments.online.sweep", 86_400, sweep, is_long=True),
)
