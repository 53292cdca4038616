"""平台服务费账单 of a producer: what it owes the platform for a month's commission of orders that were paid to it directly."""

from __future__ import annotations

from typing import Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import page_of
from marketplace.payments.models import CommissionBill
from marketplace.payments.rules.charges import BILL
from marketplace.payments.schemas.commission_bills import CommissionBillListArgs
from marketplace.payments.service import commission_bills
from marketplace.web.kit import Listing, Pages, choices, needs, render

pages: Final = Pages("producers_commission_bills", __name__, url_prefix="/producer/commission-bills")
TONES: Final = {"paid": "good", "drawn": "warn"}


@pages.show("", needs("payments.settlements"))
def list_bills(session: Session, actor: Actor) -> Response:
    """Bills, newest first."""
    listing = Listing(CommissionBillListArgs)
    page = page_of(
        session,
        commission_bills.bills_seen(
            actor, period=listing.args.get("period"), state=listing.args.get("state")
        ),
        keys=[CommissionBill.id],
        key_of=lambda row: [row.CommissionBill.id],
        args=listing.args,
        descending=True,
        scalars=False,
    )
    return render(
        "producers/commission_bills.html",
        fragment="results",
        listing=listing,
        page=page,
        states=BILL.titles,
        state_options=choices(BILL.titles),
        tones=TONES,
    )


@pages.show("/<number>", needs("payments.settlements"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """A bill with the charges that it holds, order by order."""
    bill, _organisation = commission_bills.bill_seen(session, actor, number)
    return render(
        "producers/commission_bill.html",
        bill=bill,
        items=commission_bills.lines_of(session, bill),
        states=BILL.titles,
        tones=TONES,
    )
