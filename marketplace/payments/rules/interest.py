"""Interest on late payment: what accrued until a day, and what becomes of a claim of it. Pure; amounts in fen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from marketplace.core.money import round_half_up
from marketplace.core.states import StateMachine
from marketplace.orders.terms import LATE_INTEREST_BP_PER_DAY

#: A claim ends with its money received, or given up by the producer who may claim again.
CLAIM: Final = StateMachine(
    "interest_claim",
    {"claimed": ("received", "waived"), "received": (), "waived": ()},
    initial="claimed",
    titles={"claimed": "已催告", "received": "利息已到账", "waived": "已放弃"},
)


def accrued_fen(worth_fen: int, received: Iterable[tuple[date, int]], due_on: date, until: date) -> int:
    """Return the interest that accrued on an order by the end of `until`: 0.05 % a day on what was open that day, half up once.

    `worth_fen` is what the order is worth as now known: goods that were refused or went back were never owed. `received` are
    days and amounts (negative: given back); what came on a day stops interest from that day on. 0 up to the due day.
    Source: 保障中小企业款项支付条例 第十五条; docs/rules.md, "Interest on late payment".
    """
    numerator, since, open_fen = 0, due_on, worth_fen
    for day, amount_fen in sorted(received):
        day = min(day, until)
        if day > since:
            numerator += max(open_fen, 0) * (day - since).days
            since = day
        open_fen -= amount_fen
    if until > since:
        numerator += max(open_fen, 0) * (until - since).days
    return round_half_up(numerator * LATE_INTEREST_BP_PER_DAY, 10_000)
