"""Sales of a batch before they are counted: what may be another's report of the same sale is found here.

The seam between taking rows and counting them. A sale that certainly was reported before is not counted; the job that follows
(`follow`) decides which side stands, and finds what a batch of another channel wrote at the same moment.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, Uuid, any_, literal, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.core import jobs
from marketplace.intake.models import Batch, ForeignSale
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.duplicates.own_order import is_own_number
from marketplace.intake.rules.sources import PLATFORM
from marketplace.intake.service.books import begin_counting
from marketplace.intake.service.duplicates.cases import open_cases
from marketplace.intake.service.duplicates.look import Pair, look, sight
from marketplace.intake.service.duplicates.sides import sides_of
from marketplace.intake.service.internal import INTERNAL, keep_apart
from marketplace.intake.service.sales import Sale

_NAMES: Final = frozenset({"buyer", "broker", "original_no", "invoice_no", "lot"})
JOB: Final = "intake.duplicates"
# What stood in place of the revision before; the sales are flushed.
_STOOD: Final = sql("""
    SELECT f.id, before.duplicate_of FROM intake.foreign_sale f
    JOIN intake.foreign_sale before USING (channel_id, order_ref, line_ref)
    WHERE f.id = ANY(:ids) AND before.revision = f.revision - 1 AND before.duplicate_of IS NOT NULL
""")


def is_looked_at(batch: Batch) -> Callable[[Sale], bool]:
    """Which sales of the batch must be looked at before they count: most of a till's need not, and cost nothing here."""
    is_platform = adapter_of(batch.adapter).source == PLATFORM
    return lambda sale: (
        is_platform or sale.revision > 1 or sale.role in INTERNAL or _can_be_found(sale.order_ref, sale.said)
    )


def notice(session: Session, batch: Batch, sale_ids: Sequence[uuid.UUID]) -> list[ForeignSale]:
    """Keep transfers and raw material out of what counts, and set aside what was certainly reported before; those that count.

    The channel is locked and the sales are written. A fixed number of statements, however many sales; none for none.
    """
    if not sale_ids:
        return []
    found = session.scalars(
        select(ForeignSale)
        .where(ForeignSale.id == any_(literal(list(sale_ids), ARRAY(Uuid))))
        .order_by(ForeignSale.id)
        .execution_options(populate_existing=True)
    ).all()
    sales = [sale for sale in found if sale.state != "superseded"]
    _look(session, batch, sales)
    ready = begin_counting(sales)
    session.flush()
    return ready


def _look(session: Session, batch: Batch, sales: Sequence[ForeignSale]) -> None:
    keep_apart(session, sales)
    waiting = [sale for sale in sales if sale.state == "waiting"]
    revised = [sale for sale in waiting if sale.revision > 1]
    _stay_duplicates(session, revised)
    is_platform = adapter_of(batch.adapter).source == PLATFORM
    compared = [sale for sale in waiting if is_platform or _can_be_found(sale.order_ref, sale.said)]
    if not compared and not revised:
        return
    sides = sides_of(session, compared)
    sight(session, sides)
    _set_aside(compared, open_cases(session, look(session, sides)))
    session.flush()
    jobs.enqueue(
        session,
        JOB,
        {"batch_id": str(batch.id), "revised": [str(sale.id) for sale in revised]},
        key=None if revised else f"{JOB}:{batch.id}",
    )


def _can_be_found(order_ref: str, said: Mapping[str, Any]) -> bool:
    """Whether a sale says anything by which a rule could know it."""
    return is_own_number(order_ref) or not _NAMES.isdisjoint(said)


def _set_aside(compared: Sequence[ForeignSale], pairs: Sequence[Pair]) -> None:
    """What is certain waits as a duplicate until it is decided: for a moment the older report stands, whichever is believed."""
    new = {sale.id: sale for sale in compared}
    for pair in pairs:
        sale = new[pair.one.sale_id]
        if pair.finding.sureness == "certain" and sale.state == "waiting":
            sale.state, sale.duplicate_of = "duplicate", pair.other.sale_id


def _stay_duplicates(session: Session, revised: Sequence[ForeignSale]) -> None:
    """A corrected report of a sale that stands elsewhere is no more counted than what it mends."""
    by_id = {sale.id: sale for sale in revised}
    if not by_id:
        return
    for sale_id, stands in session.execute(_STOOD, {"ids": list(by_id)}):
        by_id[sale_id].state, by_id[sale_id].duplicate_of = "duplicate", stands
