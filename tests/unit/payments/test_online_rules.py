"""States of a payment online, what is asked next, and signatures: pure."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.errors import BadRequest
from marketplace.core.settings import Settings, SettingsError
from marketplace.payments.rules.accounts import received_by_producer, returned_by_producer
from marketplace.payments.rules.online import ATTEMPT, is_news, next_call, wait
from marketplace.payments.rules.signatures import check_signature, sign

NOW = datetime(2020, 10, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "age_hours", "cancel", "capture", "call"),
    [
        ("created", None, False, False, "create"),
        ("created", None, True, False, None),
        ("unknown", 0, False, False, "create"),
        ("unknown", 0, True, False, "create"),  # whether there is anything to give up is not known yet
        ("unknown", 23, False, False, "look"),
        ("open", 0, False, False, "read"),
        ("open", 0, True, False, "cancel"),
        ("authorised", 0, False, False, "read"),
        ("authorised", 0, False, True, "capture"),
        ("authorised", 0, True, True, "cancel"),
        ("captured", 0, True, True, "refunds"),
        ("canceled", 0, True, True, None),
        ("failed", 0, False, False, None),
        ("failed", 0, True, False, "cancel"),
    ],
)
def test_what_is_asked_next_follows_from_the_state(
    state: str, age_hours: int | None, cancel: bool, capture: bool, call: str | None
) -> None:
    asked_at = None if age_hours is None else NOW - timedelta(hours=age_hours)
    assert next_call(state, asked_at=asked_at, now=NOW, cancel_wanted=cancel, capture_wanted=capture) == call


def test_no_message_takes_a_payment_back() -> None:
    for state in ATTEMPT.states:
        assert not is_news("captured", state)
        assert not is_news("canceled", state)
        assert not is_news(state, "created")
    assert is_news("created", "captured")  # the message overtook the note that it was asked for
    assert is_news("failed", "captured")  # it turned up all the same: money is never overlooked


def test_waits_double_up_to_an_hour() -> None:
    assert [int(wait(tries).total_seconds()) for tries in (0, 1, 2, 10, 11, 1_000)] == [
        2,
        4,
        8,
        2_048,
        3_600,
        3_600,
    ]


@given(st.binary(max_size=200), st.integers(-300, 300), st.text(min_size=1, max_size=20))
def test_what_was_signed_now_is_taken_and_one_changed_bit_is_not(raw: bytes, skew: int, secret: str) -> None:
    stamp = int(NOW.timestamp()) + skew
    header = f"t={stamp},v1={sign(raw, secret, stamp)}"
    check_signature(raw, header, [secret], NOW)
    changed = bytes([raw[0] ^ 1, *raw[1:]]) if raw else b"x"
    with pytest.raises(BadRequest):
        check_signature(changed, header, [secret], NOW)
    with pytest.raises(BadRequest):
        check_signature(raw, header.replace(f"t={stamp}", f"t={stamp + 1}"), [secret], NOW)


@given(st.text(max_size=300))
def test_no_header_breaks_the_check(header: str) -> None:
    with pytest.raises(BadRequest):
        check_signature(b"{}", header, ["whsec_a"], NOW)


def test_money_through_the_gateway_passes_on_to_the_producer_at_once() -> None:
    order, buyer, producer = UUID(int=1), UUID(int=2), UUID(int=3)
    there = received_by_producer(order, buyer, producer, 9800, through="stripe_clearing")
    back = returned_by_producer(
        order, buyer, producer, 9800, through="stripe_clearing", settles="buyer_balance"
    )
    assert [(leg.kind, leg.debit.account, leg.credit.account) for leg in there] == [
        ("received", "stripe_clearing", "buyer_receivable"),
        ("passed_on", "producer_payable", "stripe_clearing"),
    ]
    assert [(leg.kind, leg.debit.account, leg.credit.account) for leg in back] == [
        ("passed_on", "stripe_clearing", "producer_payable"),
        ("returned", "buyer_balance", "stripe_clearing"),
    ]


GOOD = {
    "SANZHUAN_STRIPE_SECRET_KEY": "sk_test_1",
    "SANZHUAN_STRIPE_WEBHOOK_SECRETS": "whsec_1",
    "SANZHUAN_STRIPE_RETURN_URL": "https://example.com/paid",
}
PRODUCTION = {
    "SANZHUAN_PRODUCTION": "true",
    "DATABASE_URL": "postgresql://x",
    "SANZHUAN_SECRET_KEY": "s",
    "SANZHUAN_ENCRYPTION_KEYS": "1:00",
    "SANZHUAN_INDEX_KEY": "00",
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SANZHUAN_STRIPE_SECRET_KEY": "pk_test_1"}, "must begin with"),
        ({"SANZHUAN_STRIPE_SECRET_KEY": "sk_live_1"}, "STRIPE_LIVE"),
        ({"SANZHUAN_STRIPE_LIVE": "true"}, "test key"),
        (PRODUCTION, "test card"),
        ({"SANZHUAN_STRIPE_WEBHOOK_SECRETS": ""}, "WEBHOOK_SECRETS"),
        ({"SANZHUAN_STRIPE_RETURN_URL": "javascript:1"}, "RETURN_URL"),
        ({"SANZHUAN_STRIPE_TIMEOUT_MS": "99"}, "TIMEOUT_MS"),
        ({"SANZHUAN_STRIPE_RETRIES": "6"}, "RETRIES"),
        ({"SANZHUAN_STRIPE_API_BASE": "https://elsewhere.example"}, "API_BASE"),
        (
            PRODUCTION
            | {
                "SANZHUAN_STRIPE_SECRET_KEY": "sk_live_1",
                "SANZHUAN_STRIPE_LIVE": "true",
                "SANZHUAN_STRIPE_API_BASE": "http://127.0.0.1:12111",
            },
            "API_BASE",
        ),
    ],
)
def test_settings_that_could_take_or_lose_real_money_by_mistake_do_not_start(
    changes: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env(GOOD | changes)
    assert said in str(refused.value)


def test_a_live_key_with_its_switch_starts_and_no_secret_is_shown() -> None:
    live = {"SANZHUAN_STRIPE_SECRET_KEY": "sk_live_1", "SANZHUAN_STRIPE_LIVE": "true"}
    settings = Settings.from_env(GOOD | PRODUCTION | live)
    assert "sk_live_1" not in repr(settings)
    assert "whsec_1" not in repr(settings)
    assert Settings.from_env({}).stripe_secret_key == ""
