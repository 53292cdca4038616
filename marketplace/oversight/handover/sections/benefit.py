"""未兑现收益: what agreements have accrued so far and no payment list has proven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Accrual, Entry
from marketplace.beneficiaries.models import Agreement, PaymentList
from marketplace.oversight.handover.listing import Item
from marketplace.oversight.handover.scope import Scope
from marketplace.producers.models import Producer


def unproven_benefit(session: Session, scope: Scope) -> Iterator[Item]:
    """Agreements in reach of whose accrued benefit (entries and accruals) a part is not proven; the part in fen."""
    if scope.pairing is None and not scope.may("agreements.report", "agreements.approve"):
        return
    agreements = session.execute(
        select(Agreement.agreement_no, Agreement.number, Agreement.title)
        .join(Producer, Producer.id == Agreement.producer_id)
        .where(scope.agreements())
        .order_by(Agreement.agreement_no)
    ).all()
    numbers = [row.agreement_no for row in agreements]
    gaps: Counter[int] = Counter()
    for number, amount, sign in (
        (Entry.agreement_no, Entry.benefit_fen, 1),
        (Accrual.agreement_no, Accrual.benefit_fen, 1),
        (PaymentList.agreement_no, PaymentList.total_fen, -1),
    ):
        rows = session.execute(
            select(func.coalesce(number, 0), func.sum(amount)).where(number.in_(numbers)).group_by(number)
        )
        for key, fen in rows:
            gaps[key] += sign * int(fen)
    for row in agreements:
        if gaps[row.agreement_no] > 0:
            yield Item("应计未证收益", row.number, row.title, gaps[row.agreement_no])
