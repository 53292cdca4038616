"""What a payment of 先货后款 may wait for: only what the contract names. Pure.

Source: docs/rules.md, "What a payment may wait for"; 保障中小企业款项支付条例 (inspection delays payment only if agreed).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

#: The acceptance gates of 832 flows, in their order.
GATES: Final[dict[str, str]] = {"goods": "验货", "invoice": "验票"}


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate: whether it is passed, and whether the contract lets the payment wait for it."""

    code: str
    is_passed: bool
    may_delay: bool


def gates_of(terms: Mapping[str, Any], *, goods_checked: bool, invoice_checked: bool) -> tuple[Gate, ...]:
    """The gates of an order whose frozen terms are `terms` (`waits_for`: codes of GATES, none by default)."""
    agreed = terms.get("waits_for", ())
    passed = {"goods": goods_checked, "invoice": invoice_checked}
    return tuple(Gate(code, passed[code], code in agreed) for code in GATES)


def waited_for(gates: tuple[Gate, ...]) -> tuple[str, ...]:
    """What the payment may still wait for: agreed and not passed."""
    return tuple(gate.code for gate in gates if gate.may_delay and not gate.is_passed)
