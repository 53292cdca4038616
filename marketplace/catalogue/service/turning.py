"""The periodic job that judges listings anew when the calendar, and nobody's decision, turned a certificate of theirs.

Each listing says on which day that will be (`Listing.turns_on`), written whenever it is judged. Nothing waits for this job: the
class shown, found and sold goes by dates. It keeps the rows as they would be put up today.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Listing
from marketplace.catalogue.service.judging import judge_again
from marketplace.core.clock import today
from marketplace.core.db import lock_exclusive, transaction

BATCH: Final = 300


def judge_turned() -> int:
    """Judge the open listings whose day has come, 300 products a transaction, until none is left; how many listings changed.

    One run at a time. Running it twice, or weeks late, adds nothing and loses nothing.
    """
    changed = 0
    while True:
        with transaction() as session:
            turned, changed_now = _judge_batch(session)
        changed += changed_now
        if turned < BATCH:
            return changed


def _judge_batch(session: Session) -> tuple[int, int]:
    """(products judged, listings changed)"""
    lock_exclusive(session, "catalogue.job", "judge_turned")
    products = session.scalars(
        select(Listing.product_id)
        .where(Listing.turns_on <= today(), Listing.state != "delisted")
        .distinct()
        .order_by(Listing.product_id)
        .limit(BATCH)
    ).all()
    return len(products), judge_again(session, products) if products else 0
