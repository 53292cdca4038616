"""Commission of one city's zone, agreed by two persons of the platform's finance: frozen with each order, then billed or settled.

Orders that are paid to the producer directly are billed by the month; from September on the city of the producer that one logs in
as is settled with, which takes the commission off. Bills through July are paid, later ones wait.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import select

from marketplace.core.clock import frozen_at, period_days, shanghai, utcnow
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK
from marketplace.payments.models import CommissionAgreement, CommissionBill
from marketplace.payments.service import agreements, commission_bills

#: 江门, where most goods of the producer that one logs in as are sold, and those of a dozen others.
CITY: Final = "440700"
RATE_BP: Final = 200
_AGREED_ON: Final = date(2020, 2, 20)
_FROM: Final = date(2020, 3, 1)
_PAID_THROUGH: Final = "2020-07"
_DAY: Final = 6


def agree(demo: Demo) -> None:
    """Finance proposes the rate, another person of it approves."""
    with on(_AGREED_ON) as session:
        row = agreements.propose_commission(
            session,
            demo.actors["finance|000000"],
            document_no=f"{MARK}-服务费1",
            commission_bp=RATE_BP,
            valid_from=_FROM,
            area_code=CITY,
        )
        agreements.decide(session, demo.actors["checker|000000"], CommissionAgreement, row.id, approve=True)


def bill_month(demo: Demo, period: str) -> None:
    """What the worker does on the sixth after a month; bills of the first months are paid the same day."""
    day = period_days(period)[1].replace(day=_DAY)
    with frozen_at(shanghai(day.year, day.month, day.day, 9)):
        made = commission_bills.draw_up_all()
    if not made or period > _PAID_THROUGH:
        return
    with on(day, 15) as session:
        drawn = select(CommissionBill).where(CommissionBill.period == period).order_by(CommissionBill.id)
        for bill in session.scalars(drawn).all():
            commission_bills.record_payment(
                session,
                demo.actors["finance|000000"],
                bill.number,
                amount_fen=bill.total_fen,
                reference=f"YS-E-{bill.number}",
                paid_at=utcnow(),
            )
