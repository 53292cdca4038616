"""When a producer's money is settled, the states it goes through, and the transfers of a payout. Pure; amounts in fen.

Source: docs/rules.md, "Settlement".
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from marketplace.core.clock import next_month
from marketplace.core.states import StateMachine
from marketplace.payments.rules.accounts import Leg, Side

#: 经办 → 审核 → 批准 → paid when the bank has paid; refused before that, failed when the bank returned it twice.
RUN: Final = StateMachine(
    "settlement_run",
    {
        "proposed": ("reviewed", "refused"),
        "reviewed": ("approved", "refused"),
        "approved": ("paid", "failed"),
        "paid": (),
        "refused": (),
        "failed": (),
    },
    initial="proposed",
    titles={
        "proposed": "待审核",
        "reviewed": "待批准",
        "approved": "待付款",
        "paid": "已付款",
        "refused": "已驳回",
        "failed": "未付成",
    },
)
#: A returned payout (退票) may be sent once more; what comes back again is failed, and its money waits for the next run.
PAYOUT: Final = StateMachine(
    "payout",
    {
        "prepared": ("sent",),
        "sent": ("confirmed", "returned", "failed"),
        "returned": ("sent",),
        "confirmed": (),
        "failed": (),
    },
    initial="prepared",
)
PAYOUT_TITLES: Final = {
    "prepared": "待发送",
    "sent": "银行处理中",
    "returned": "已退票",
    "confirmed": "已付出",
    "failed": "未付成",
}
#: What only the line of a statement that said it, or its reversal, takes back: the payout, and then its run.
TAKEN_BACK: Final = {"confirmed": "sent", "returned": "sent"}
MOST_ATTEMPTS: Final = 2
ITEM_TITLES: Final = {
    "sale": "货款",
    "freight": "运费",
    "claim": "退货扣回",
    "commission": "平台服务费",
    "commission_back": "退回服务费",
}


@dataclass(frozen=True, slots=True)
class SettlementPolicy:
    """In force on [valid_from, valid_to) for producers of the place (a prefix of division codes, "" everywhere).

    A counted line may be settled `hold_days` after the day on which it counted. A run is proposed through each of
    `cut_off_days` of a month; a day that the month does not have is its last.
    """

    code: str
    place: str
    valid_from: date
    valid_to: date | None
    hold_days: int
    cut_off_days: tuple[int, ...]
    source: str

    def covers(self, place: str, day: date) -> bool:
        """Whether it speaks about a producer there on that Shanghai day."""
        return (
            place.startswith(self.place)
            and self.valid_from <= day
            and (self.valid_to is None or day < self.valid_to)
        )


POLICIES: Final = (
    SettlementPolicy(
        code="counted_2019",
        place="",
        valid_from=date(2019, 1, 1),
        valid_to=None,
        hold_days=0,
        cut_off_days=(10, 20, 31),
        source="project convention: 按旬结算; a sale that counts was accepted and paid",
    ),
)


def policy_for(place: str, day: date, policies: Iterable[SettlementPolicy] = POLICIES) -> SettlementPolicy:
    """The policy for a producer's place on a day: the longer place, then the later start. LookupError when none is in force."""
    found = [policy for policy in policies if policy.covers(place, day)]
    if not found:
        raise LookupError(f"no settlement policy for {place or 'any place'} on {day}")
    return max(found, key=lambda policy: (len(policy.place), policy.valid_from))


def due_day(policy: SettlementPolicy, counted_on: date) -> date:
    """The first day through which a run may take what counted on that day."""
    return counted_on + timedelta(days=policy.hold_days)


def last_cut_off(policy: SettlementPolicy, day: date) -> date:
    """The latest cut-off day before `day`: on 2020-10-01 it is 2020-09-30, on 2020-10-11 it is 2020-10-10."""
    return max(one for one in _cut_offs_around(policy, day) if one < day)


def next_cut_off(policy: SettlementPolicy, day: date) -> date:
    """The first cut-off day on or after `day`."""
    return min(one for one in _cut_offs_around(policy, day) if one >= day)


def _cut_offs_around(policy: SettlementPolicy, day: date) -> set[date]:
    this = day.replace(day=1)
    found: set[date] = set()
    for first in ((this - timedelta(days=1)).replace(day=1), this, next_month(this)):
        last = next_month(first) - timedelta(days=1)
        found |= {min(last, first + timedelta(days=number - 1)) for number in policy.cut_off_days}
    return found


def sent_legs(producer: uuid.UUID, by_order: Mapping[uuid.UUID, int]) -> dict[uuid.UUID, list[Leg]]:
    """The bank is told to pay a run: for each order what it brings, or, negative, what was paid too much for it before."""
    owed, way = Side("producer_payable", producer), Side("payout_clearing", producer)
    return {
        order_id: [
            Leg("paid_out", owed, way, fen, order_id)
            if fen > 0
            else Leg("paid_out", way, owed, -fen, order_id)
        ]
        for order_id, fen in by_order.items()
        if fen
    }


def confirmed_legs(producer: uuid.UUID, amount_fen: int) -> list[Leg]:
    """The bank paid: the money left the supervised account."""
    return [Leg("payout_confirmed", Side("payout_clearing", producer), Side("bank"), amount_fen)]


def returned_legs(producer: uuid.UUID, by_order: Mapping[uuid.UUID, int]) -> dict[uuid.UUID, list[Leg]]:
    """The bank sent it back (退票): each order is owed again, exactly as before it was sent."""
    return {
        order_id: [Leg("payout_returned", leg.credit, leg.debit, leg.amount_fen, order_id) for leg in legs]
        for order_id, legs in sent_legs(producer, by_order).items()
    }
