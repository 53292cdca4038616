"""Corporate transfer: nothing outside is asked, the bank's own statement says what arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class BankTransfer:
    """The default gateway."""

    code: str = "bank_transfer"
    title: str = "对公转账"
    serves: tuple[str, ...] = ("prepaid", "after_delivery")


BANK_TRANSFER: Final = BankTransfer()
