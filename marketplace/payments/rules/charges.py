"""What is kept of a counted line at a rate: levy of ordinary goods at a counter, commission. Pure; amounts in fen.

The charge of a line is the rate on what is left of it, rounded half up once; a refund takes back the difference between the
charge before and after it. So the charges of a line always sum to the rate on its net, and a full refund leaves 0.
Source: docs/rules.md, "Levy and commission".
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from marketplace.core.money import portion_bp
from marketplace.core.states import StateMachine
from marketplace.payments.rules.accounts import Leg, Side

LEVY = "levy"
COMMISSION = "commission"

#: A month's bill of commission (平台服务费账单) of a producer that buyers pay directly: paid whole, once.
BILL: Final = StateMachine(
    "commission_bill",
    {"drawn": ("paid",), "paid": ()},
    "drawn",
    {"drawn": "待支付", "paid": "已支付"},
)


@dataclass(frozen=True, slots=True)
class Charged:
    """What a line has been charged so far: on how much, and how much (fen)."""

    base_fen: int
    charge_fen: int


def charge_after(rate_bp: int, so_far: Charged, base_fen: int) -> int:
    """The charge (negative: taken back) that comes with `base_fen` more, or less, of the line.

    ValueError when more goes back than was counted.
    """
    left_fen = so_far.base_fen + base_fen
    if left_fen < 0:
        raise ValueError("more goes back than was counted")
    return portion_bp(left_fen, rate_bp) - so_far.charge_fen


def is_levied(goods_class: str, levy_bp: int) -> bool:
    """Whether a counted line owes the levy: ordinary goods only, aid goods and those of the areas never."""
    return goods_class == "ordinary" and levy_bp > 0


def charge_legs(kind: str, party: uuid.UUID | None, charge_fen: int, order_id: uuid.UUID | None) -> list[Leg]:
    """The transfer of a charge: the operator owes the fund its levy, the producer owes us our commission. Nothing for 0.

    A levy is no money of the order: it bears the line in its event, not the order.
    """
    if charge_fen == 0:
        return []
    owes, kept = (
        (Side("levy_receivable", party), Side("levy_fund"))
        if kind == LEVY
        else (Side("producer_payable", party), Side("fees"))
    )
    if kind == LEVY:
        order_id = None
    if charge_fen > 0:
        return [Leg(kind, owes, kept, charge_fen, order_id)]
    return [Leg(f"{kind}_back", kept, owes, -charge_fen, order_id)]
