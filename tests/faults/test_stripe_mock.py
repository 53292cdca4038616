"""Every request that our adapter sends is well formed in the eyes of the official stripe-mock.

It is built by `go install`. Where there is no Go, or no module proxy, this test fails and says so.
"""

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from marketplace.payments.gateways.protocol import Ask, GatewayRefused
from marketplace.payments.gateways.stripe import Stripe
from scripts.services.fetch import ServiceError
from scripts.services.stripe_mock import running
from tests.support.fake_stripe import FakeStripe, serving
from tests.support.fake_stripe.store import Request
from tests.support.online_shop import settings_for

pytestmark = pytest.mark.fault
SINCE = datetime(2020, 9, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    try:
        with running() as url:
            yield url
    except ServiceError as error:
        pytest.fail(
            f"the official stripe-mock is not to be had here, so our requests were not checked: {error}"
        )


def everything_we_send() -> list[Request]:
    """Each call of the adapter, with every way to pay, as the stand-in received it."""
    fake = FakeStripe(keeps_requests=True)
    with serving(fake) as url:
        stripe = Stripe(settings_for(url))
        there = fake.account("acct_1")
        for method in ("card", "alipay", "wechat_pay"):
            ask = Ask(
                attempt=f"a-{method}",
                account="acct_1",
                order_number="D7K2M9QX4RTB",
                method=method,
                amount_fen=9800,
                is_held=method == "card",
                key=f"key-{method}",
                return_url="https://example.com/paid",
            )
            intent, page = stripe.create_intent(ask), stripe.create_page(_with_key(ask, f"page-{method}"))
            stripe.read_intent("acct_1", intent.id)
            stripe.read_page("acct_1", page.id)
            stripe.expire("acct_1", page.id, f"expire-{method}")
            there.pay(intent.id)
            if method == "card":
                stripe.capture("acct_1", intent.id, "capture")
            stripe.refund("acct_1", intent.id, 100, refund="r-1", key=f"refund-{method}")
            with pytest.raises(GatewayRefused):
                stripe.cancel("acct_1", intent.id, f"cancel-{method}")
            assert len(list(stripe.refunds_of("acct_1", intent.id))) == 1
        assert len(list(stripe.intents("acct_1", SINCE))) == 3
        assert len(list(stripe.pages("acct_1", SINCE))) == 3
        assert len(list(stripe.refunds("acct_1", SINCE))) == 3
    return fake.requests


def _with_key(ask: Ask, key: str) -> Ask:
    values = {name: getattr(ask, name) for name in Ask.__dataclass_fields__}
    return Ask(**values | {"key": key})


def test_every_request_of_the_adapter_is_accepted_by_the_official_mock(mock: str) -> None:
    sent = everything_we_send()
    refused = []
    for request in sent:
        headers = {
            name: value
            for name, value in request.headers.items()
            if name
            in ("authorization", "content-type", "idempotency-key", "stripe-account", "stripe-version")
        }
        again = urllib.request.Request(  # noqa: S310 - loopback
            mock + request.target, request.body.encode() or None, headers, method=request.method
        )
        try:
            with urllib.request.urlopen(again, timeout=10) as answer:  # noqa: S310
                assert answer.status == 200
        except urllib.error.HTTPError as error:
            refused.append((request.method, request.target, error.code, error.read().decode()[:500]))
    assert refused == []
    assert len(sent) == 3 * 8 + 1 + 3
    asked = {(request.method, request.target.split("?")[0].rstrip("0123456789_")) for request in sent}
    assert len(asked) >= 8


def test_the_mock_refuses_what_is_not_well_formed(mock: str) -> None:
    wrong = urllib.request.Request(  # noqa: S310 - loopback
        f"{mock}/v1/payment_intents",
        b"amount=many&currency=cny&nonsense=1",
        {"Authorization": "Bearer sk_test_standin", "Content-Type": "application/x-www-form-urlencoded"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(wrong, timeout=10)  # noqa: S310
    assert refused.value.code == 400
    refused.value.close()
