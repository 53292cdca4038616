"""Which payout a line of the supervised account is about: decided from its remark and amount. Pure; amounts in fen.

Only what is certain is decided: one payout by its number, exactly its amount, in a state that the line can follow. What could be
a payout and is not certain waits for a person, with the reason; other lines out of the account are none of payouts.
Source: docs/rules.md, "Settlement".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from marketplace.core.ids import READABLE

#: Why a line waits for a person, with the words that people read.
PARKED: Final[dict[str, str]] = {
    "payout_unknown": "附言中的付款编号不存在",
    "several_payouts": "附言含有多个付款编号",
    "no_number": "附言没有付款编号,金额与在途付款相同",
    "amount_differs": "金额与付款不符",
    "attempt_differs": "附言中的付款次序与最近一次发送不符",
    "not_on_its_way": "该付款未在途",
    "already_confirmed": "该付款已按其他流水确认",
    "before_sent": "早于付款发送日",
    "receipt_used": "该笔到账已作他用",
    "undone": "认定已撤销",
}
# The number that a payout file gives: K and twelve characters, and which sending it is.
_NUMBER: Final = re.compile(rf"(?<![{READABLE}])(K[{READABLE}]{{12}})(?:\s*-\s*([0-9]))?(?![{READABLE}])")


@dataclass(frozen=True, slots=True)
class Named:
    """A payout that a remark names, and the sending it names (None: it does not say)."""

    number: str
    attempt: int | None


@dataclass(frozen=True, slots=True)
class Paying:
    """A payout as it stands. `sent_on` is the Shanghai day of its last sending."""

    number: str
    amount_fen: int
    state: str
    attempt: int
    reference: str | None
    sent_on: date | None


def payouts_named(remark: str) -> tuple[Named, ...]:
    """Whatever could be the number of a payout, in order of appearance, each once."""
    text = unicodedata.normalize("NFKC", remark).upper()
    found = {
        match[1]: Named(match[1], int(match[2]) if match[2] else None) for match in _NUMBER.finditer(text)
    }
    return tuple(found.values())


def decide_line(
    named: Sequence[Named],
    payouts: Sequence[Paying],
    *,
    amount_fen: int,
    on: date,
    reference: str,
    is_return: bool,
) -> tuple[str | None, str | None]:
    """The number of the payout that a line is about, or why it waits; (None, None): it is none of payouts.

    `payouts` are those that are named, or, where none is, those on their way with this amount. A payout that a person confirmed
    by the same bank number is the line's.
    """
    if not named:
        return None, "no_number" if payouts and not is_return else None
    if not payouts:
        return None, "payout_unknown"
    if len(payouts) > 1:
        return None, "several_payouts"
    [payout], said = payouts, {one.number: one.attempt for one in named}
    against = _against(payout, said.get(payout.number), amount_fen, on, reference, is_return=is_return)
    return (None, against) if against else (payout.number, None)


def _against(
    payout: Paying, attempt: int | None, amount_fen: int, on: date, reference: str, *, is_return: bool
) -> str | None:
    if payout.amount_fen != amount_fen:
        return "amount_differs"
    if attempt is not None and attempt != payout.attempt:
        return "attempt_differs"
    if payout.sent_on is not None and on < payout.sent_on:
        return "before_sent"
    if payout.state == "confirmed" and not is_return:
        return None if payout.reference == reference else "already_confirmed"
    return None if payout.state in ("sent", "confirmed") else "not_on_its_way"
