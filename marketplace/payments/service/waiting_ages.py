"""How long money has been waiting for somebody, for /metrics: an alarm on an age finds what no list is looked at for."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.payments.models import GatewayEvent, PayoutLine, Receipt, Refund

#: What waits, with the instant since which the oldest does.
_OLDEST: Final = {
    "receipt": select(func.min(Receipt.recorded_at)).where(Receipt.state == "parked"),
    "gateway_event": select(func.min(GatewayEvent.received_at)).where(GatewayEvent.state == "parked"),
    "refund_unknown": select(func.min(Refund.asked_at)).where(Refund.state == "unknown"),
    "payout_line": select(func.min(PayoutLine.happened_at)).where(PayoutLine.state == "parked"),
}


def waiting_ages(session: Session) -> list[tuple[str, int]]:
    """Seconds since the oldest parked receipt, message, payout line, refund in an unknown state, by what it is; 0 for none."""
    now = utcnow()
    ages = []
    for what, oldest in _OLDEST.items():
        since = session.scalar(oldest)
        ages.append((what, 0 if since is None else max(0, int((now - since).total_seconds()))))
    return ages
