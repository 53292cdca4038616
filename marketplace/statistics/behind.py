"""What stands behind a figure: the ledger's entries that a question sums up, the newest first, each with its order's number.

The same conditions as the figure's own, so an official sees exactly what was added up for him; the order itself is opened by its
number under the order's own permission.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.core.http.paging import Page, page_of
from marketplace.orders.models import SalesOrder
from marketplace.statistics.conditions import conditions
from marketplace.statistics.households import check_own_area
from marketplace.statistics.measures import measure
from marketplace.statistics.question import Question

_BATCH: Final = 5_000
SHOWN: Final = (
    "entry_no",
    "kind",
    "product_name",
    "producer_name",
    "category_code",
    "origin_area",
    "buyer_area",
    "buyer_kind",
    "channel_kind",
    "participation_mode",
    "goods_class",
    "scheme",
    "linkage_mode",
    "sale_fen",
    "quantity_milli",
    "benefit_fen",
    "counted_at",
    "sold_period",
    "period",
    "adjusts_period",
)


def entries_behind(session: Session, question: Question, args: dict[str, Any]) -> Page[dict[str, Any]]:
    """A page of entries; Σ sale_fen of all pages is the question's sales. BadRequest for a filter that entries do not have."""
    page = page_of(
        session,
        _statement(question),
        keys=[Entry.entry_no],
        key_of=lambda row: [row.entry_no],
        args=args,
        descending=True,
        scalars=False,
    )
    return Page([row._asdict() for row in page.items], page.next_cursor)


def check_behind(question: Question) -> None:
    """BadRequest for a filter that entries do not have."""
    check_own_area(question, (), (measure("sales"),))


def count_behind(session: Session, question: Question) -> int:
    """How many entries there are."""
    counted = select(func.count()).select_from(Entry).where(*conditions(question))
    return session.scalar(counted) or 0


def stream_behind(session: Session, question: Question) -> Generator[Row[Any]]:
    """All entries, the oldest first, fetched a batch at a time: columns `SHOWN` and the order's number. Close it."""
    statement = _statement(question).order_by(Entry.entry_no)
    with session.execute(statement.execution_options(yield_per=_BATCH)) as found:
        yield from found


def _statement(question: Question) -> Select[Any]:
    check_behind(question)
    return (
        select(*(getattr(Entry, name) for name in SHOWN), SalesOrder.number.label("order_number"))
        .outerjoin(SalesOrder, SalesOrder.id == Entry.order_id)
        .where(*conditions(question))
    )
