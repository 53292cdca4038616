"""The accounts of the ledger of money, and the transfers that each event makes. Pure; amounts in fen.

Every order is worth what its buyer owes and its producer is owed. By default the buyer pays the producer's own account: what
arrives there is the producer's at once, and we only know of it. In the bank's supervised account it waits for settlement.
Sources: docs/rules.md, "The books of money"; domain of the trade: money must not pool without a licence (二清).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Account:
    """`side` is where its balance usually stands; `party` says whose account it is."""

    code: str
    title: str
    side: str  # debit | credit
    party: str  # buyer | producer | holder | operator | none


ACCOUNTS: Final = (
    Account("buyer_receivable", "应收买方货款", "debit", "buyer"),
    Account("producer_payable", "应付供应商货款", "credit", "producer"),
    Account("bank", "银行存款", "debit", "holder"),  # party: whose account it is; none: the supervised one
    Account("stripe_clearing", "Stripe 待清算", "debit", "holder"),
    Account("unallocated", "待认领款", "credit", "holder"),
    Account("buyer_balance", "买方余额", "credit", "buyer"),
    Account("payout_clearing", "付款在途", "credit", "producer"),
    Account("refund_clearing", "退款在途", "credit", "buyer"),
    Account("fees", "平台服务费", "credit", "none"),
    Account("own_bank", "平台自有账户", "debit", "none"),  # our own money, apart from what is held for others
    Account("gateway_fees", "支付通道手续费", "debit", "holder"),
    Account("interest_receivable", "应收逾期利息", "debit", "buyer"),
    Account("interest_payable", "应付供应商逾期利息", "credit", "producer"),
    Account("levy_receivable", "应收帮扶金", "debit", "operator"),
    Account("levy_fund", "帮扶基金", "credit", "none"),
    Account("levy_bank", "帮扶基金专户存款", "debit", "none"),
)
ACCOUNT_BY_CODE: Final = {account.code: account for account in ACCOUNTS}


@dataclass(frozen=True, slots=True)
class Side:
    """An account of somebody."""

    account: str
    party: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """So much from the credited to the debited side."""

    kind: str
    debit: Side
    credit: Side
    amount_fen: int
    order_id: uuid.UUID | None = None


#: What a transfer can be, with the words that people read.
KINDS: Final[dict[str, str]] = {
    "opened": "期初",
    "arrived": "到账",
    "placed": "下单",
    "revalued": "订单金额变动",
    "received": "收款",
    "passed_on": "直达供应商",
    "returned": "退款",
    "kept": "转作买方余额",
    "given_back": "退回付款人",
    "set_aside": "非本平台货款",
    "bounced": "退款退回",
    "gateway_fee": "支付通道手续费",
    "gateway_fee_back": "退回通道手续费",
    "reversed": "冲正",
    "interest_claimed": "催告逾期利息",
    "interest_received": "收到逾期利息",
    "levy": "计提帮扶金",
    "levy_back": "冲回帮扶金",
    "levy_paid": "收到帮扶金",
    "levy_paid_elsewhere": "帮扶金缴入外部基金",
    "commission": "平台服务费",
    "commission_back": "退回服务费",
    "commission_paid": "支付平台服务费",
    "paid_out": "结算付款",
    "payout_confirmed": "付款到账",
    "payout_returned": "付款退票",
}


def changed_worth(
    order_id: uuid.UUID, buyer: uuid.UUID, producer: uuid.UUID, delta_fen: int, kind: str
) -> list[Leg]:
    """An order is worth `delta_fen` more, or less: the buyer owes it, the producer is owed it."""
    owes, owed = Side("buyer_receivable", buyer), Side("producer_payable", producer)
    if delta_fen == 0:
        return []
    return [
        Leg(kind, owes, owed, delta_fen, order_id)
        if delta_fen > 0
        else Leg(kind, owed, owes, -delta_fen, order_id)
    ]


def received_by_producer(
    order_id: uuid.UUID,
    buyer: uuid.UUID,
    producer: uuid.UUID,
    amount_fen: int,
    came_from: Side | None = None,
    *,
    through: str = "bank",
    settles: str = "buyer_receivable",
    kind: str = "received",
) -> list[Leg]:
    """The buyer paid into the producer's own account: the debt of both is settled, nothing is held.

    `came_from` is where the money waited since it arrived (unallocated, or a balance of the buyer); None: it comes just now.
    `through` is the producer's bank or `stripe_clearing`; `settles` is `buyer_balance` for money that no order could take.
    """
    into = Side(through, producer)
    return [
        Leg(kind, came_from or into, Side(settles, buyer), amount_fen, order_id),
        Leg("passed_on", Side("producer_payable", producer), into, amount_fen, order_id),
    ]


def received_in_supervision(
    order_id: uuid.UUID, buyer: uuid.UUID, amount_fen: int, came_from: Side
) -> list[Leg]:
    """The buyer paid into the supervised account: the buyer's debt is settled, the producer is owed until it is paid out."""
    return [Leg("received", came_from, Side("buyer_receivable", buyer), amount_fen, order_id)]


def returned_by_producer(
    order_id: uuid.UUID,
    buyer: uuid.UUID,
    producer: uuid.UUID,
    amount_fen: int,
    *,
    through: str = "bank",
    settles: str = "buyer_receivable",
) -> list[Leg]:
    """The producer gave money back to the buyer from its own account."""
    out_of = Side(through, producer)
    return [
        Leg("passed_on", out_of, Side("producer_payable", producer), amount_fen, order_id),
        Leg("returned", Side(settles, buyer), out_of, amount_fen, order_id),
    ]


def gateway_fee(order_id: uuid.UUID, producer: uuid.UUID, fee_fen: int) -> list[Leg]:
    """The gateway kept `fee_fen` of the producer's money for itself (negative: gave it back): the producer's cost, not ours.

    What was paid is passed on whole, so `stripe_clearing` stands below zero by what the gateway kept of it.
    """
    cost, clearing = Side("gateway_fees", producer), Side("stripe_clearing", producer)
    if fee_fen == 0:
        return []
    if fee_fen < 0:
        return [Leg("gateway_fee_back", clearing, cost, -fee_fen, order_id)]
    return [Leg("gateway_fee", cost, clearing, fee_fen, order_id)]


def interest_claimed(
    order_id: uuid.UUID, buyer: uuid.UUID, producer: uuid.UUID, amount_fen: int
) -> list[Leg]:
    """The producer claims interest: owed beside the price, on accounts of its own, so that the order's worth stays what it is."""
    owes, owed = Side("interest_receivable", buyer), Side("interest_payable", producer)
    return [Leg("interest_claimed", owes, owed, amount_fen, order_id)]


def interest_received(
    order_id: uuid.UUID, buyer: uuid.UUID, producer: uuid.UUID, amount_fen: int
) -> list[Leg]:
    """The buyer paid claimed interest into the producer's own account, whatever way the price itself takes."""
    bank = Side("bank", producer)
    return [
        Leg("interest_received", bank, Side("interest_receivable", buyer), amount_fen, order_id),
        Leg("passed_on", Side("interest_payable", producer), bank, amount_fen, order_id),
    ]


def commission_paid(producer: uuid.UUID, amount_fen: int) -> list[Leg]:
    """The producer paid a bill of commission into our own account: it owes so much less."""
    return [Leg("commission_paid", Side("own_bank"), Side("producer_payable", producer), amount_fen)]


def returned(
    mode: str,
    order_id: uuid.UUID,
    buyer: uuid.UUID,
    producer: uuid.UUID,
    amount_fen: int,
    *,
    settles: str = "buyer_receivable",
) -> list[Leg]:
    """The buyer got money back: from the producer's own account (`direct`), or out of the supervised one."""
    if mode == "direct":
        return returned_by_producer(order_id, buyer, producer, amount_fen, settles=settles)
    return [Leg("returned", Side(settles, buyer), Side("bank"), amount_fen, order_id)]
