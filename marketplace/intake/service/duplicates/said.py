"""What a row says beside its amounts that lets a sale be known again, and the part it plays."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Final

from marketplace.intake.rules.rows import RowRefused, SaleRow
from marketplace.intake.service.registers import Registers

_KEPT: Final = ("original_no", "invoice_no", "invoice_total_fen", "lot")
_NAMES: Final = (*_KEPT, "buyer", "broker", "seller")
_OF: Final = attrgetter(*_KEPT, "buyer_uscc", "broker_uscc")


def what_is_said(registers: Registers, row: SaleRow) -> dict[str, Any]:
    """Columns of a foreign sale. RowRefused (``transfer_unknown``) for goods that went to no other point of sale we know.

    `said` is one object for all rows of the batch that say the same; nobody changes it.
    """
    values = (*_OF(row), _seller(registers, row))
    said = registers.said.get(values)
    if said is None:
        said = {name: value for name, value in zip(_NAMES, values, strict=True) if value is not None}
        registers.said[values] = said
    goes_to = None
    if row.role == "transfer":
        goes_to = registers.points.get(row.transfer_to or "")
        if goes_to is None or goes_to == registers.channel.id:
            raise RowRefused("transfer_unknown")
    return {"role": row.role, "said": said, "transfer_to": goes_to}


def _seller(registers: Registers, row: SaleRow) -> str | None:
    """The supplier named, or the producer of the one product that the row can mean."""
    if row.supplier_uscc is not None:
        return row.supplier_uscc
    found = registers.candidates(row)
    return registers.producers[found[0].producer_id].uscc if len(found) == 1 else None
