"""What becomes of money that arrived, as transfers. Pure; amounts in fen.

A receipt waits as unallocated with whoever's account it arrived in (`holder`; None: the supervised one). From there it goes to
orders, to a balance of the buyer, back to who paid it, or aside, because it is none of ours. Nothing else takes it from there, so
Σ receipts = Σ what became of them + what waits. Source: docs/rules.md, "Receipts and their allocation".
"""

from __future__ import annotations

import uuid

from marketplace.payments.rules.accounts import (
    Leg,
    Side,
    received_by_producer,
    received_in_supervision,
)

Party = uuid.UUID | None


def waiting(holder: Party) -> Side:
    """Where money is that nobody has explained yet."""
    return Side("unallocated", holder)


def arrived(holder: Party, amount_fen: int) -> list[Leg]:
    """Money arrived in the holder's account."""
    return [Leg("arrived", Side("bank", holder), waiting(holder), amount_fen)]


def allocated(
    order_id: uuid.UUID, buyer: uuid.UUID, holder: Party, amount_fen: int, *, of_balance: bool
) -> list[Leg]:
    """So much of a receipt, or of the buyer's balance, is for an order."""
    source = Side("buyer_balance", buyer) if of_balance else waiting(holder)
    if holder is None:
        return received_in_supervision(order_id, buyer, amount_fen, source)
    return received_by_producer(order_id, buyer, holder, amount_fen, source)


def kept(buyer: uuid.UUID, holder: Party, amount_fen: int) -> list[Leg]:
    """More than was due: it stays with the holder as the buyer's."""
    return [Leg("kept", waiting(holder), Side("buyer_balance", buyer), amount_fen)]


def given_back(source: Side, holder: Party, amount_fen: int) -> list[Leg]:
    """Money left the holder's account again, back to who had paid it."""
    return [Leg("given_back", source, Side("bank", holder), amount_fen)]


def set_aside(holder: Party, amount_fen: int) -> list[Leg]:
    """The holder's money, but none of ours: other business, interest, what was recorded from another paper already."""
    return [Leg("set_aside", waiting(holder), Side("bank", holder), amount_fen)]
