"""One county's producers are paid through a bank's supervised account from September on; settled with as the year ends."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import select

from marketplace.core.clock import utcnow
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK
from marketplace.payments.models import Payout, SupervisedAgreement
from marketplace.payments.service import (
    agreements,
    payout_outcomes,
    payouts,
    settlement,
    settlement_decisions,
)

#: Meixian: many orders, published and invented producers.
COUNTY: Final = "441403"
SUPERVISED_FROM: Final = date(2020, 9, 1)
_AGREED_ON: Final = date(2020, 8, 20)
_THROUGH: Final = date(2020, 12, 20)
_SETTLED_ON: Final = date(2020, 12, 31)


def agree(demo: Demo) -> None:
    """Finance proposes the account, another person of it approves."""
    with on(_AGREED_ON) as session:
        row = agreements.propose_supervised(
            session,
            demo.actors["finance|000000"],
            document_no=f"{MARK}-监管1",
            bank_name=f"银行({MARK})",
            account="6222000000000000",
            area_code=COUNTY,
            valid_from=SUPERVISED_FROM,
        )
        agreements.decide(session, demo.actors["checker|000000"], SupervisedAgreement, row.id, approve=True)


def settle(demo: Demo) -> None:
    """A run for every producer of the county that is owed something; the bank pays them all but one, which it returns."""
    finance = demo.actors["finance|000000"]
    with on(_SETTLED_ON, 22) as session:
        for producer in demo.world.producers:
            if producer.county != COUNTY:
                continue
            run = settlement.propose(session, finance, demo.organisations[producer.key], _THROUGH)
            if run is not None and run.state == "proposed":
                settlement_decisions.review(session, demo.actors["checker|000000"], run.number)
                settlement_decisions.approve(session, demo.actors["approver|000000"], run.number)
        numbers = session.scalars(select(Payout.number).order_by(Payout.id)).all()
        if not numbers:
            return
        payouts.send(session, finance, numbers)
        for position, number in enumerate(numbers):
            if position == 1:
                payout_outcomes.give_back(session, finance, number, reason=f"账号户名不符({MARK})")
            else:
                payout_outcomes.confirm(
                    session, finance, number, reference=f"YS-J-{number}", paid_at=utcnow()
                )
    demo.tick(1)
