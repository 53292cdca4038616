"""For what a receipt is: decided from its memo, amount and payer against what is open. Pure; amounts in fen.

First by remittance code, then by amount and payer. Only what is certain is decided; everything else waits for a person, with
the reason. Source: docs/rules.md, "Receipts and their allocation".
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

#: Why a receipt waits for a person, with the words that people read.
PARKED: Final[dict[str, str]] = {
    "code_unknown": "附言中的识别码没有对应订单",
    "payer_differs": "识别码对应的订单由其他单位付款",
    "nothing_due": "识别码对应的订单没有应付余额",
    "other_payee": "识别码对应的订单收款人不是本账户",
    "before_order": "到账早于下单",
    "several_buyers": "多付部分涉及不同采购人",
    "payer_unknown": "付款人名下没有待付订单",
    "no_amount": "付款人的待付订单没有相同金额",
    "ambiguous": "有多个订单金额相同",
    "recorded_by_hand": "可能与手工登记的到账重复",
    "undone": "认领已撤销",
    "kept_undone": "余额已撤回",
    "left_over": "认领后仍有余额",
}

#: What a receipt is in: not looked at, waiting for a person, used up, none of ours.
RECEIPT_TITLES: Final[dict[str, str]] = {
    "new": "正在匹配",
    "parked": "待认领",
    "settled": "已认领",
    "set_aside": "已搁置",
}
#: What a payment of an order is in.
PAYMENT_TITLES: Final[dict[str, str]] = {"recorded": "已登记", "reversed": "已冲正"}
#: What the import of a bank's statement is in.
STATEMENT_TITLES: Final[dict[str, str]] = {
    "queued": "正在读取",
    "imported": "已导入",
    "refused": "未导入",
}


@dataclass(frozen=True, slots=True)
class Open:
    """An order that a receipt may be for. `payers` are the names (as `payer_key`) of who may pay it."""

    order_id: uuid.UUID
    checkout_id: uuid.UUID
    buyer_id: uuid.UUID
    payers: frozenset[str]
    placed_at: datetime
    due_fen: int
    is_payable: bool = True  # not cancelled, by this means
    is_holders: bool = True  # its money belongs into the account in which the receipt arrived


@dataclass(frozen=True, slots=True)
class Incoming:
    """A receipt as far as it is open."""

    payer: str  # as payer_key
    amount_fen: int
    arrived_at: datetime
    has_code: bool = False
    is_buyers: bool = False  # the payer has open orders, whatever their amounts


@dataclass(frozen=True, slots=True)
class Decision:
    """What is certain: parts for orders, what is kept for a buyer, and why the rest waits (None: nothing does)."""

    parts: tuple[tuple[uuid.UUID, int], ...] = ()
    keep_fen: int = 0
    keep_for: uuid.UUID | None = None
    parked: str | None = None


def decide(receipt: Incoming, by_code: Sequence[Open], by_payer: Sequence[Open]) -> Decision:
    """What a receipt is for. `by_code` are the orders whose codes its memo has, in their order there."""
    if by_code:
        return _by_code(receipt, by_code)
    decision = _by_amount(receipt, by_payer)
    if decision.parked == "payer_unknown" and receipt.has_code:
        return Decision(parked="code_unknown")
    return decision


def _by_code(receipt: Incoming, named: Sequence[Open]) -> Decision:
    against = _against(receipt, named)
    if against is not None:
        return Decision(parked=against)
    left = receipt.amount_fen
    parts: list[tuple[uuid.UUID, int]] = []
    for one in named:
        part = min(one.due_fen, left) if one.is_payable else 0
        if part > 0:
            parts.append((one.order_id, part))
            left -= part
    if not parts:
        return Decision(parked="nothing_due")
    buyers = {one.buyer_id for one in named}
    if left == 0:
        return Decision(tuple(parts))
    if len(buyers) > 1:
        return Decision(tuple(parts), parked="several_buyers")
    return Decision(tuple(parts), keep_fen=left, keep_for=buyers.pop())


def _against(receipt: Incoming, named: Sequence[Open]) -> str | None:
    """What speaks against taking the codes at their word."""
    if any(not one.is_holders for one in named):
        return "other_payee"
    if any(receipt.payer not in one.payers for one in named):
        return "payer_differs"
    if any(one.placed_at > receipt.arrived_at for one in named):
        return "before_order"
    return None


def _by_amount(receipt: Incoming, of_payer: Sequence[Open]) -> Decision:
    open_ones = [
        one
        for one in of_payer
        if one.is_holders and one.is_payable and one.due_fen > 0 and one.placed_at <= receipt.arrived_at
    ]
    found: list[tuple[tuple[uuid.UUID, int], ...]] = [
        ((one.order_id, one.due_fen),) for one in open_ones if one.due_fen == receipt.amount_fen
    ]
    checkouts: dict[uuid.UUID, list[Open]] = {}
    for one in open_ones:
        checkouts.setdefault(one.checkout_id, []).append(one)
    found += [
        tuple((one.order_id, one.due_fen) for one in together)
        for together in checkouts.values()
        if len(together) > 1 and sum(one.due_fen for one in together) == receipt.amount_fen
    ]
    if not found:
        return Decision(parked="no_amount" if receipt.is_buyers else "payer_unknown")
    return Decision(found[0]) if len(found) == 1 else Decision(parked="ambiguous")
