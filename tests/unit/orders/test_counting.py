from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.orders.counting import (
    ACTOR_OF_FACT,
    ACTOR_TITLES,
    FACT_TITLES,
    FACTS,
    POLICIES,
    POLICY_BY_CODE,
    CountingPolicy,
    counts,
    missing,
    policy_for,
)

PLATFORM = POLICY_BY_CODE["platform_832_2019"]
DAY = date(2020, 9, 12)


def test_an_832_line_counts_only_when_accepted_paid_and_evaluated() -> None:
    needed = {"accepted", "paid", "evaluated"}
    for size in range(len(FACTS) + 1):
        for facts in combinations(FACTS, size):
            assert counts(PLATFORM, facts) == (needed <= set(facts))


def test_a_delivered_and_paid_832_line_waits_for_the_buyer_twice() -> None:
    assert missing(PLATFORM, {"ordered", "delivered", "paid"}) == [
        ("accepted", "buyer"),
        ("evaluated", "buyer"),
    ]


def test_a_placed_832_line_names_every_step_with_who_must_act() -> None:
    assert missing(PLATFORM, {"ordered"}) == [
        ("delivered", "producer"),
        ("accepted", "buyer"),
        ("paid", "buyer_finance"),
        ("evaluated", "buyer"),
    ]


def test_an_unpaid_counter_line_lacks_the_payment_alone() -> None:
    policy = policy_for("counter", "440300", DAY)
    assert policy.code == "counter_2019"
    assert missing(policy, {"ordered", "delivered"}) == [("paid", "buyer_finance")]
    assert missing(policy, {"ordered", "delivered", "paid"}) == []


@pytest.mark.parametrize(
    ("kind", "code"),
    [("platform_832", "platform_832_2019"), ("counter", "counter_2019"), ("hall", "general_2019")],
)
def test_the_kind_of_the_channel_chooses_the_policy(kind: str, code: str) -> None:
    assert policy_for(kind, "440100", DAY).code == code


def test_a_policy_of_a_place_and_time_goes_before_the_general_one() -> None:
    local = replace(
        POLICIES[2],
        code="meizhou_trial",
        place="4414",
        valid_from=date(2020, 9, 1),
        valid_to=date(2020, 10, 1),
        needs=("paid",),
    )
    rules = (*POLICIES, local)
    assert policy_for("hall", "441402", date(2020, 9, 30), rules).code == "meizhou_trial"
    assert policy_for("hall", "441402", date(2020, 10, 1), rules).code == "general_2019"
    assert policy_for("hall", "440103", date(2020, 9, 30), rules).code == "general_2019"


def test_a_day_before_every_policy_is_refused() -> None:
    with pytest.raises(LookupError, match="no counting policy for hall at 4401 on 2018-12-31"):
        policy_for("hall", "4401", date(2018, 12, 31))


@given(
    st.sampled_from(["counter", "hall", "zone", "platform_832", "train"]),
    st.integers(min_value=0, max_value=20_000).map(lambda days: date(2019, 1, 1) + timedelta(days=days)),
)
def test_every_kind_has_exactly_one_policy_on_every_day_since_2019(kind: str, day: date) -> None:
    assert policy_for(kind, "440100", day) in POLICIES


@given(st.sampled_from(POLICIES), st.sets(st.sampled_from(FACTS)))
def test_nothing_is_missing_exactly_when_the_line_counts(policy: CountingPolicy, facts: set[str]) -> None:
    lacking = missing(policy, facts)
    assert (lacking == []) == counts(policy, facts)
    assert counts(policy, facts | {fact for fact, _ in lacking})
    assert not facts & {fact for fact, _ in lacking}


def test_every_fact_has_an_actor_and_chinese_words() -> None:
    assert set(ACTOR_OF_FACT) == set(FACT_TITLES) == set(FACTS)
    assert set(ACTOR_OF_FACT.values()) == set(ACTOR_TITLES)
    assert {fact for policy in POLICIES for fact in policy.needs} <= set(FACTS)
