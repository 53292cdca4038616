"""What a buyer sends to be ordered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FUND_SOURCES = ("canteen", "union", "staff", "other")
#: Checks that a contract may let a payment wait for: of the goods, of the invoice.
WAITABLE = ("goods", "invoice")
MOST_LINES = 200
MOST_UNITS = 1_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line as the buyer sees it: unit price in fen with tax, whole sale units."""

    listing_id: uuid.UUID
    quantity: int
    unit_price_fen: int


@dataclass(frozen=True, slots=True)
class Basket:
    """A checkout: prices as seen, who buys for whom, how it is paid, where it goes.

    `deliver_to` is personal (name, telephone, address) and is kept encrypted. `contract_days` is an agreed payment term
    in days from delivery; `waits_for` names the checks (验货 goods, 验票 invoice) that the contract lets the payment of
    先货后款 wait for. `broker_id` names the organisation that arranged the sale (帮助销售).
    """

    buyer_id: uuid.UUID
    lines: Sequence[Wanted]
    payment_method: str
    delivery_area: str
    deliver_to: Mapping[str, str]
    budget_unit_id: uuid.UUID | None = None
    participation_mode: str | None = None
    fund_source: str | None = None
    broker_id: uuid.UUID | None = None
    contract_days: int | None = None
    waits_for: Sequence[str] = ()
