"""One city's producers are paid through a bank's supervised account from September on: settled monthly, and as the year ends.

The producer that one logs in as has a payout of every outcome: returned and then paid, paid at once, returned, on its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import period_days, utcnow
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK
from marketplace.demo.world import deals
from marketplace.demo.world.reporting import FIRST, SECOND, THIRD
from marketplace.payments.models import Payout, SupervisedAgreement
from marketplace.payments.service import (
    agreements,
    payout_outcomes,
    payouts,
    settlement,
    settlement_decisions,
)

#: 梅州: published and invented producers, the one that one logs in as among them.
CITY: Final = "441400"
SUPERVISED_FROM: Final = date(2020, 9, 1)
_AGREED_ON: Final = date(2020, 8, 20)
_THROUGH: Final = date(2020, 12, 20)
_SETTLED_ON: Final = date(2020, 12, 31)
#: Day of the month after on which a month is settled; a payout that came back is sent again on the next one.
_DAY: Final = 6
_WRONG_NAME: Final = f"账号户名不符({MARK})"


def agree(demo: Demo) -> None:
    """Finance proposes the account, another person of it approves."""
    with on(_AGREED_ON) as session:
        row = agreements.propose_supervised(
            session,
            demo.actors["finance|000000"],
            document_no=f"{MARK}-监管1",
            bank_name=f"银行({MARK})",
            account="6222000000000000",
            area_code=CITY,
            valid_from=SUPERVISED_FROM,
        )
        agreements.decide(session, demo.actors["checker|000000"], SupervisedAgreement, row.id, approve=True)


def settle_month(demo: Demo, period: str) -> None:
    """Settle a closed month: every run is approved and sent to the bank, which pays it the same day."""
    after = period_days(period)[1]
    day, through_on = after.replace(day=_DAY), after - timedelta(days=1)
    with on(day, 10) as session:
        if period == SECOND:
            _turn_down(demo, session, through_on)
        sent = _send(demo, session, _approved(demo, session, through_on))
    own = demo.organisations[deals.seller(demo.world.producers).key]
    with on(day, 16) as session:
        for payout in _with_numbers(session, sent):
            if payout.producer_organisation_id == own and period in (FIRST, THIRD):
                payout_outcomes.give_back(session, _finance(demo), payout.number, reason=_WRONG_NAME)
            else:
                _confirm(demo, session, payout.number)
    if period == FIRST:
        with on(day + timedelta(days=1), 10) as session:
            again = [one.number for one in _with_numbers(session, sent) if one.state == "returned"]
            _send(demo, session, again)
        with on(day + timedelta(days=1), 16) as session:
            for number in again:
                _confirm(demo, session, number)


def settle(demo: Demo) -> None:
    """As the year ends: one's own payout is on its way, two runs wait for people, the rest is paid."""
    own = demo.organisations[deals.seller(demo.world.producers).key]
    with on(_SETTLED_ON, 20) as session:
        runs = _proposed(demo, session, _THROUGH)
        others = [number for number, of in runs if of != own]
        if len(others) > 1:
            settlement_decisions.review(session, demo.actors["checker|000000"], others[1])
        ready = [number for number, of in runs if of == own] + others[2:]
        sent = _send(demo, session, _approve(demo, session, ready))
    with on(_SETTLED_ON, 22) as session:
        for payout in _with_numbers(session, sent):
            if payout.producer_organisation_id != own:
                _confirm(demo, session, payout.number)
    demo.tick(1)


def _proposed(demo: Demo, session: Session, through_on: date) -> list[tuple[str, object]]:
    """Number and organisation of the run of every producer that is owed something."""
    found = [
        settlement.propose(session, _finance(demo), demo.organisations[one.key], through_on)
        for one in demo.world.producers
        if one.county.startswith(CITY[:4]) and one.products
    ]
    return [(run.number, run.producer_organisation_id) for run in found if run is not None]


def _approved(demo: Demo, session: Session, through_on: date) -> list[str]:
    return _approve(demo, session, [number for number, _ in _proposed(demo, session, through_on)])


def _approve(demo: Demo, session: Session, runs: Sequence[str]) -> list[str]:
    """Review and approve runs; the numbers of their payouts."""
    ids = []
    for number in runs:
        settlement_decisions.review(session, demo.actors["checker|000000"], number)
        ids.append(settlement_decisions.approve(session, demo.actors["approver|000000"], number).id)
    return list(session.scalars(select(Payout.number).where(Payout.run_id.in_(ids)).order_by(Payout.id)))


def _turn_down(demo: Demo, session: Session, through_on: date) -> None:
    """The first proposal is refused, and the same day is proposed anew."""
    own = demo.organisations[deals.seller(demo.world.producers).key]
    run = settlement.propose(session, _finance(demo), own, through_on)
    if run is not None:
        reason = f"请先与供应商核对本月货款,核对后重新生成({MARK})"
        settlement_decisions.turn_down(session, demo.actors["checker|000000"], run.number, reason=reason)


def _send(demo: Demo, session: Session, numbers: Sequence[str]) -> list[str]:
    """Put payouts into a file for the bank, if there are any; their numbers."""
    if numbers:
        payouts.send(session, _finance(demo), numbers)
    return list(numbers)


def _confirm(demo: Demo, session: Session, number: str) -> None:
    payout_outcomes.confirm(session, _finance(demo), number, reference=f"YS-J-{number}", paid_at=utcnow())


def _with_numbers(session: Session, numbers: Sequence[str]) -> Sequence[Payout]:
    return session.scalars(select(Payout).where(Payout.number.in_(numbers)).order_by(Payout.id)).all()


def _finance(demo: Demo) -> Actor:
    return demo.actors["finance|000000"]
