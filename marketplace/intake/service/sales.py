"""Sales as a batch changes them: read at once, kept as plain values, written back at once."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, TypeVar

from sqlalchemy import any_, bindparam, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.core.arrays import many_texts, many_uuids
from marketplace.core.copy_rows import CopyRows
from marketplace.core.json_rows import JsonRows
from marketplace.intake.models import Batch, ForeignSale, Report
from marketplace.orders.facts import Frozen

T = TypeVar("T")


@dataclass(slots=True)
class Sale:
    """The columns of a `ForeignSale`, without the mapper: a batch has thousands. `frozen` of one that was read is JSON."""

    id: uuid.UUID
    channel_id: uuid.UUID
    order_ref: str
    line_ref: str
    revision: int
    batch_id: uuid.UUID
    state: str
    counting_policy: str
    facts: list[str]
    product_id: uuid.UUID
    sale_fen: int
    quantity_milli: int
    weight_g: int | None
    refunded_fen: int
    refunded_milli: int
    sold_at: datetime
    counted_at: datetime | None
    frozen: Frozen | dict[str, Any]
    particulars: Mapping[str, str]
    duplicate_of: uuid.UUID | None
    role: str
    said: dict[str, Any]
    transfer_to: uuid.UUID | None
    booked_fen: int
    booked_milli: int

    @property
    def key(self) -> tuple[str, str]:
        """Its natural key in the channel."""
        return self.order_ref, self.line_ref


_NAMES: Final = tuple(one.name for one in fields(Sale))
#: What a later row may change of a sale.
_CHANGING: Final = ("state", "facts", "refunded_fen", "refunded_milli", "counted_at", "duplicate_of")
#: Rows of one statement; more would be one long text in memory.
_AT_ONCE: Final = 2_000
_SALES: Final = JsonRows(ForeignSale)
_NEW_SALES: Final = CopyRows(ForeignSale)
#: What a row of `Report` says, in order.
OF_REPORT: Final = (
    "channel_id", "order_ref", "line_ref", "action_ref", "digest", "batch_id", "row_no", "sale_id",
)  # fmt: skip
_NEW_REPORTS: Final = CopyRows(Report, OF_REPORT)
_OF_SALE: Final = attrgetter(*_NEW_SALES.names)
_REFS: Final = any_(many_texts("refs"))

# Built once: every batch asks these.
_KNOWN_REPORTS: Final = select(Report.order_ref, Report.line_ref, Report.action_ref, Report.digest).where(
    Report.channel_id == bindparam("channel"), Report.order_ref == _REFS
)
_KNOWN_SALES: Final = select(*(ForeignSale.__table__.c[name] for name in _NAMES)).where(
    ForeignSale.channel_id == bindparam("channel"),
    ForeignSale.order_ref == _REFS,
    ForeignSale.state != "superseded",
)
_SAID_LAST: Final = (
    select(Report.sale_id, Batch.sequence, Report.row_no)
    .join(Batch, Batch.id == Report.batch_id)
    .where(
        Report.sale_id == any_(many_uuids("ids")),
        Report.action_ref.like("correction:%"),
        Batch.device_id == bindparam("device"),
    )
)
_WRITE_CHANGED: Final = sql(
    f"UPDATE intake.foreign_sale s SET {', '.join(f'{name} = given.{name}' for name in _CHANGING)} "  # noqa: S608
    "FROM json_populate_recordset(NULL::intake.foreign_sale, CAST(:sales AS json)) given WHERE s.id = given.id"
)


def known_reports(
    session: Session, channel_id: uuid.UUID, order_refs: Iterable[str]
) -> dict[tuple[str, str, str], bytes]:
    """What was said before of these orders: key of the report → digest of its row."""
    rows = session.connection().execute(_KNOWN_REPORTS, {"channel": channel_id, "refs": set(order_refs)})
    return {(order, line, action): digest for order, line, action, digest in rows}


def known_sales(
    session: Session, channel_id: uuid.UUID, order_refs: Collection[str]
) -> dict[tuple[str, str], Sale]:
    """The sales of these orders as they stand: the newest revision of each."""
    if not order_refs:
        return {}
    rows = session.connection().execute(_KNOWN_SALES, {"channel": channel_id, "refs": set(order_refs)})
    return {sale.key: sale for sale in (Sale(*row) for row in rows)}


def said_last(
    session: Session, sales: Collection[Sale], device_id: uuid.UUID
) -> dict[uuid.UUID, tuple[int, int]]:
    """(number of the batch, row) in which the device last corrected each sale; a sale that comes late overtakes nothing."""
    if not sales:
        return {}
    rows = session.connection().execute(_SAID_LAST, {"ids": [sale.id for sale in sales], "device": device_id})
    found: dict[uuid.UUID, tuple[int, int]] = {}
    for sale_id, sequence, row_no in rows:
        found[sale_id] = max(found.get(sale_id, (0, 0)), (sequence, row_no))
    return found


def write_new(session: Session, sales: Sequence[Sale], reports: Sequence[tuple[Any, ...]]) -> None:
    """Insert sales and what was said of them (`OF_REPORT`). The channel is locked: nobody else can be writing the same."""
    for some in _parts(sales):
        _NEW_SALES.write(session, map(_OF_SALE, some))
    for said in _parts(reports):
        _NEW_REPORTS.write(session, said)


def write_changed(session: Session, sales: Sequence[Sale]) -> None:
    """Write what rows changed of sales that were there before."""
    for some in _parts(sales):
        session.connection().execute(_WRITE_CHANGED, {"sales": _SALES.dump(_values(sale) for sale in some)})


def _values(sale: Sale) -> dict[str, Any]:
    return {name: getattr(sale, name) for name in _NAMES}


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[first : first + _AT_ONCE] for first in range(0, len(rows), _AT_ONCE))
