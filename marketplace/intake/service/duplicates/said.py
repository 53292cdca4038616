"""What a row says beside its amounts that lets a sale be known again, and the part it plays."""

from __future__ import annotations

from typing import Any

from marketplace.intake.rules.rows import RowRefused, SaleRow
from marketplace.intake.service.registers import Registers

_KEPT = ("original_no", "invoice_no", "invoice_total_fen", "lot")


def what_is_said(registers: Registers, row: SaleRow) -> dict[str, Any]:
    """Columns of a foreign sale. RowRefused (``transfer_unknown``) for goods that went to no other point of sale we know."""
    said = {name: getattr(row, name) for name in _KEPT}
    said |= {"seller": _seller(registers, row), "buyer": row.buyer_uscc, "broker": row.broker_uscc}
    goes_to = None
    if row.role == "transfer":
        goes_to = registers.points.get(row.transfer_to or "")
        if goes_to is None or goes_to == registers.channel.id:
            raise RowRefused("transfer_unknown")
    return {
        "role": row.role,
        "said": {name: value for name, value in said.items() if value is not None},
        "transfer_to": goes_to,
    }


def _seller(registers: Registers, row: SaleRow) -> str | None:
    """The supplier named, or the producer of the one product that the row can mean."""
    if row.supplier_uscc is not None:
        return row.supplier_uscc
    found = registers.candidates(row)
    return registers.producers[registers.products[found[0]].producer_id].uscc if len(found) == 1 else None
