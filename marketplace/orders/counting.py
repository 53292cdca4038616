"""When a sold line counts in the statistics: the counting policy as data, and what a line still lacks.

A policy names the facts that must all have happened; it is chosen by the kind of the channel, the place of the point of
sale and the day of the order, and its code is frozen on the order, so a later change of 口径 never moves a past sale.
Nothing here asks a database (docs/rules.md, "When a line counts").
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

#: Every fact a policy may ask for, in the order in which they usually happen (without 先款后货 or 先货后款 in mind).
FACTS = ("ordered", "delivered", "accepted", "invoiced", "paid", "evaluated")

#: Who has to act for a fact to happen.
ACTOR_OF_FACT = {
    "ordered": "buyer",
    "delivered": "producer",
    "accepted": "buyer",
    "invoiced": "producer",
    "paid": "buyer_finance",
    "evaluated": "buyer",
}

#: Facts that cannot happen before another one has; a missing fact is listed with what it waits for.
WAITS_FOR = {"delivered": "ordered", "accepted": "delivered", "evaluated": "accepted"}

FACT_TITLES = {
    "ordered": "下单",
    "delivered": "发货送达",
    "accepted": "验收",
    "invoiced": "开票",
    "paid": "付款",
    "evaluated": "评价",
}

ACTOR_TITLES = {"buyer": "采购人", "producer": "供应商", "buyer_finance": "采购人财务"}


@dataclass(frozen=True, slots=True)
class CountingPolicy:
    """One rule of counting: in force on [valid_from, valid_to) for its channel kinds at its place.

    `channel_kinds` empty means every kind; `place` is a prefix of the division code of the point of sale, "" everywhere.
    """

    code: str
    title: str
    channel_kinds: tuple[str, ...]
    place: str
    valid_from: date
    valid_to: date | None
    needs: tuple[str, ...]
    source: str

    def covers(self, channel_kind: str, place: str, day: date) -> bool:
        """Whether this policy speaks about such a channel, there, on that Shanghai day."""
        if self.channel_kinds and channel_kind not in self.channel_kinds:
            return False
        if not place.startswith(self.place):
            return False
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


POLICIES = (
    CountingPolicy(
        code="platform_832_2019",
        title="832平台：验收、付款、评价三项齐备",
        channel_kinds=("platform_832",),
        place="",
        valid_from=date(2019, 10, 17),
        valid_to=None,
        needs=("accepted", "paid", "evaluated"),
        source="832平台已完成交易 = 已发货 + 已验收 + 已付款 + 已评价",
    ),
    CountingPolicy(
        code="counter_2019",
        title="专柜：付款并取货",
        channel_kinds=("counter",),
        place="",
        valid_from=date(2019, 1, 1),
        valid_to=None,
        needs=("delivered", "paid"),
        source="docs/rules.md: goods leave a counter with the payment; nobody inspects or evaluates",
    ),
    CountingPolicy(
        code="general_2019",
        title="其他渠道：验收并付款",
        channel_kinds=(),
        place="",
        valid_from=date(2019, 1, 1),
        valid_to=None,
        needs=("accepted", "paid"),
        source="扶贫产品销售额 = 已完成（已验收、已付款）的销售",
    ),
)

POLICY_BY_CODE = {policy.code: policy for policy in POLICIES}


def policy_for(
    channel_kind: str, place: str, day: date, policies: Iterable[CountingPolicy] = POLICIES
) -> CountingPolicy:
    """Return the policy for a channel kind, the division code of its place, and the Shanghai day of the order.

    The most particular one wins: the longer place, then a named kind before every kind, then the later start.
    Raises LookupError when no policy is in force, which a test excludes for every kind and day since 2019.
    """
    found = [policy for policy in policies if policy.covers(channel_kind, place, day)]
    if not found:
        raise LookupError(f"no counting policy for {channel_kind} at {place or 'any place'} on {day}")
    return max(found, key=lambda policy: (len(policy.place), bool(policy.channel_kinds), policy.valid_from))


def counts(policy: CountingPolicy, facts: Iterable[str]) -> bool:
    """Whether every fact the policy needs has happened."""
    return set(policy.needs) <= set(facts)


def missing(policy: CountingPolicy, facts: Iterable[str]) -> list[tuple[str, str]]:
    """List what a line still lacks to count, as (fact, who must act), in the order of FACTS.

    A needed fact that waits for another one brings that one into the list, so the first row is always a step that
    somebody can take today. Empty exactly when the line counts.
    """
    happened = set(facts)
    lacking: set[str] = set()
    for fact in policy.needs:
        step: str | None = fact
        while step is not None and step not in happened:
            lacking.add(step)
            step = WAITS_FOR.get(step)
    return [(fact, ACTOR_OF_FACT[fact]) for fact in FACTS if fact in lacking]
