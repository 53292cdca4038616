"""What is payable to a household of a month's statements: a negative difference is carried and lowers later months. Pure.

Source: docs/rules.md, "Bank payment file".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Payable:
    """Of one household and month, in fen: what is carried is ≤ 0, `paid` ≥ 0, and net + carried in = paid + carried out."""

    net_fen: int
    carried_in_fen: int
    paid_fen: int
    carried_out_fen: int


def payable(nets_fen: Sequence[int]) -> Payable:
    """The last of consecutive months, whose statements sum to `nets_fen`, oldest first; nothing is carried into the first.

    300, −500, 100, 450 → −500 is carried, 100 sets off a part of it, and of the last 450 the 50 that are left are paid.
    """
    carried = before = paid = 0
    for net in nets_fen:
        before = carried
        due = before + net
        paid, carried = max(0, due), min(0, due)
    return Payable(nets_fen[-1] if nets_fen else 0, before, paid, carried)
