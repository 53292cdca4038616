"""A batch is unpacked and its rows are read, before anything of it is asked of the books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from marketplace.core.errors import Invalid
from marketplace.intake.models import Batch
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.manifests import kept_content, records
from marketplace.intake.rules.rows import Refused, RowRefused, SaleRow

Record = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a batch says: its rows by number as they were sent, those that were read, and why others could not be."""

    batch: Batch
    size: int  # bytes, unpacked
    records: Mapping[int, Record]
    rows: list[tuple[int, SaleRow]]
    refused: list[tuple[int, Refused]]

    @property
    def order_refs(self) -> set[str]:
        """The orders that it speaks of."""
        return {row.order_ref for _, row in self.rows}


def opened(batch: Batch) -> Opened:
    """Read a batch. Invalid (``batch_rows``, ``batch_total``, ``row_shape``) for one that is not what its manifest says."""
    adapter, content = adapter_of(batch.adapter), kept_content(batch.content)
    # No more than the manifest says, and one: a batch of ten million rows is known for what it is at the first too many.
    said = dict(islice(records(content, batch.format, adapter), batch.row_count + 1))
    if len(said) != batch.row_count:
        raise Invalid("batch_rows", "行数与清单不符")
    found = Opened(batch, len(content), said, [], [])
    for number, record in said.items():
        try:
            found.rows.append((number, adapter.read(record)))
        except RowRefused as error:
            found.refused.append((number, error.refused))
    _check_total(found)
    return found


def _check_total(found: Opened) -> None:
    """Invalid for a batch whose money is not what its manifest says; what an unreadable row is worth is not known."""
    total = sum(row.amount_fen for _, row in found.rows if row.action == "sale")
    if total > found.batch.total_fen or (total < found.batch.total_fen and not found.refused):
        raise Invalid("batch_total", "金额合计与清单不符")
