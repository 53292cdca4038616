"""Interest claimed, received and given up by twenty at once: one claim, one end of it, the books at nought."""

from __future__ import annotations

from collections import Counter
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.core import db
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import InterestClaim
from marketplace.payments.service.books import balance
from marketplace.payments.service.interest import claim_interest, receive_interest, waive_interest
from tests.orders_world import actor_of
from tests.service.orders.test_races import THREADS, Field, field

__all__ = ["field"]


def test_one_claim_and_one_end_of_it(field: Field) -> None:
    def late(session: Session) -> str:
        order = field.shop.place([2], payment_method="after_delivery")
        field.shop.deliver(order)
        session.execute(update(SalesOrder).values(due_on=date(2020, 6, 23)))  # a hundred days ago
        return order.number

    number = str(field(late))
    cashier = actor_of("producer_finance", field.shop.seller_actor.organisation_id)
    outcome = field.race(lambda session, _: claim_interest(session, cashier, number))
    assert outcome == {"done": 1, "claim_open": THREADS - 1}
    with db.transaction() as session:
        claim = session.scalars(select(InterestClaim)).one()
        assert (claim.amount_fen, balance(session, "interest_receivable")) == (490, 490)

    def end(session: Session, thread: int) -> None:
        if thread % 2:
            receive_interest(session, cashier, claim.number, reference=f"B{thread}")
        else:
            waive_interest(session, cashier, claim.number)

    outcome = field.race(end)
    assert outcome == Counter({"done": 1, "illegal_transition": THREADS - 1})
    with db.transaction() as session:
        assert balance(session, "interest_receivable") == balance(session, "interest_payable") == 0
        assert session.scalar(select(func.count()).select_from(InterestClaim)) == 1
