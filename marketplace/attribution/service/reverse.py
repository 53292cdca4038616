"""What went back, as new entries; nothing is edited.

A refund is not a share of the old entries: the line as it now stands is split afresh by the same weights and terms, and the
difference to what is in the books is written. So parts of refunds add up, and a full refund leaves every agreement at 0.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.periods import book_into
from marketplace.attribution.rules import Amounts, Linkage, Part, split_line
from marketplace.attribution.service.post import write
from marketplace.attribution.service.standing import Standing, mirror, standings_of
from marketplace.beneficiaries.models import AgreementVersion
from marketplace.core.clock import period_of
from marketplace.orders.facts import LinesReversed, ReversedLine

#: The reason by which a report of a sale is taken back because it was wrong, and not because anything was given back.
CORRECTION: Final = "correction"
#: The reason by which a report is taken back because another one of the same sale stands in its place.
DUPLICATE: Final = "duplicate"


def post_reversed(session: Session, fact: LinesReversed) -> None:
    """Write the reversing entries of a refund (subscriber of LinesReversed).

    They stand in the month of `reversed_at` (or the earliest open one) with `adjusts_period` the month they take back from.
    Replays add nothing. ValueError when more goes back than stands in the books: the transaction that says so is wrong.
    """
    backs = _by_line(fact.lines)
    booking = book_into(session, period_of(fact.reversed_at))
    standings = standings_of(session, fact.source, list(backs), fact.event_id)
    terms = _terms(session, [standing for standing in standings.values() if standing is not None])
    rows: list[dict[str, Any]] = []
    for line_id, back in backs.items():
        if line_id not in standings:
            raise ValueError("what goes back was never counted")
        standing = standings[line_id]
        if standing is None:  # this refund is in the books already
            continue
        left = standing.total.minus(back)
        if left.sale_fen < 0 or left.quantity_milli < 0:
            raise ValueError("more goes back than was counted")
        rows += _differences(
            standing,
            left,
            terms,
            kind="correction" if fact.reason in (CORRECTION, DUPLICATE) else "refund",
            event_id=fact.event_id,
            at=fact.reversed_at,
            period=booking.period,
            reason=fact.reason,
        )
    write(session, rows)


def _by_line(lines: Sequence[ReversedLine]) -> dict[uuid.UUID, Amounts]:
    """What goes back of each line, said in one part or in several."""
    found: dict[uuid.UUID, Amounts] = {}
    for line in lines:
        known = found.get(line.line_id, Amounts(0, 0, None))
        grams = [weight for weight in (known.weight_g, line.weight_g) if weight is not None]
        found[line.line_id] = Amounts(
            known.sale_fen + line.sale_fen,
            known.quantity_milli + line.quantity_milli,
            sum(grams) if grams else None,
        )
    return found


def _terms(session: Session, standings: Any) -> dict[int, Mapping[str, Any]]:
    numbers = sorted({no for standing in standings for no in standing.base if no})
    rows = session.execute(
        select(AgreementVersion.version_no, AgreementVersion.terms).where(
            AgreementVersion.version_no.in_(numbers)
        )
    )
    return dict(rows.all())


def _differences(
    standing: Standing,
    left: Amounts,
    terms: Mapping[int, Mapping[str, Any]],
    *,
    kind: str,
    event_id: uuid.UUID,
    at: datetime,
    period: str,
    reason: str,
) -> list[dict[str, Any]]:
    linkages = [
        Linkage(no, entry.agreement_no or 0, entry.linkage_mode or "", terms[no], entry.linked_bp)
        for no, entry in standing.base.items()
        if no
    ]
    target = {part.version_no: part for part in split_line(left, linkages)}
    rows = []
    for version_no, base in standing.base.items():
        now, then = standing.net[version_no], target.get(version_no)
        change = Part(
            None,
            base.linked_bp,
            (then.sale_fen if then else 0) - now.sale_fen,
            (then.quantity_milli if then else 0) - now.quantity_milli,
            None if now.weight_g is None else ((then.weight_g or 0) if then else 0) - now.weight_g,
            (then.benefit_fen if then else 0) - now.benefit_fen,
        )
        if change.sale_fen or change.quantity_milli or change.benefit_fen or change.weight_g:
            rows.append(
                mirror(base, change, kind=kind, event_id=event_id, at=at, period=period, reason=reason)
            )
    return rows
