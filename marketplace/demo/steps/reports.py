"""What producers report for a month before its books close: days worked, funds to share, lists of payments."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from marketplace.beneficiaries.service.activity import report_activity
from marketplace.beneficiaries.service.payments import NewPaymentList, import_list
from marketplace.core.clock import day_of, frozen_at
from marketplace.core.db import transaction
from marketplace.demo.context import Demo
from marketplace.demo.invented.draw import MARK
from marketplace.demo.world.linkage import PlannedAgreement, monthly_activity

#: Months whose payments to households are proven by lists, and the kind of list by mode.
_PROVEN_MONTHS: Final = (6, 11)
#: Months in which activity is reported: each time for the months since the last report.
_REPORT_MONTHS: Final = {3: 3, 6: 3, 9: 3, 11: 2}
_LIST_KIND: Final = {
    "employment": "wages",
    "land_transfer": "rent",
    "share_dividend": "dividends",
    "public_post": "post",
}


def report_month(demo: Demo, period: str, instant: datetime) -> None:
    """Report every agreement's activity of a month, and in June and November what households were paid."""
    month = int(period[5:])
    if month not in _REPORT_MONTHS:
        return
    with frozen_at(instant), transaction() as session:
        for planned in demo.world.agreements:
            clerk = demo.actors[f"producer|{planned.producer_key}"]
            monthly = monthly_activity(demo.draw, planned, month)
            activity = {key: amount * _REPORT_MONTHS[month] for key, amount in monthly.items()}
            if activity:
                report_activity(session, clerk, demo.agreements[planned.key], period, activity)
            if month in _PROVEN_MONTHS and planned.mode in _LIST_KIND:
                import_list(session, clerk, demo.agreements[planned.key], _list(demo, planned, instant))


def _list(demo: Demo, planned: PlannedAgreement, instant: datetime) -> NewPaymentList:
    rows = [
        (
            demo.households[key],
            10_000 * demo.draw.between(2, 9, "paid", planned.key, key, instant.isoformat()),
        )
        for key, _ in planned.roster
    ]
    return NewPaymentList(_LIST_KIND[planned.mode], day_of(instant), f"{MARK}-{planned.key}", rows)
