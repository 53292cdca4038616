"""Messages of the gateway: signed, of now, each once, in any order; what is not ours books nothing."""

import itertools
import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.core import db
from marketplace.core.clock import frozen_at, utcnow
from marketplace.core.errors import BadRequest, NotFound
from marketplace.orders.models import SalesOrder
from marketplace.payments import gateways
from marketplace.payments.models import GatewayEvent, OnlinePayment, Transfer
from marketplace.payments.rules.signatures import check_signature, sign
from marketplace.payments.service import gateway_events
from marketplace.payments.service.gateway_sweep import reconcile
from tests.orders_world import NOON
from tests.support.online_shop import LATER, Till


def counted(model: type) -> int:
    with db.transaction() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def told(paying: Till) -> tuple[Till, bytes, str]:
    """A message that a payment was captured, not yet taken in."""
    payment_id = paying.begin(paying.order())
    paying.work()
    paying.there.pay(paying.payment(payment_id).intent_id or "")
    return paying, *paying.fake.signed(paying.fake.take_outbox()[-1])


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(-301, "signature_stale"), (301, "signature_future"), (315_360_000, "signature_future")],
)
def test_a_message_of_another_time_is_refused_with_nothing_booked(
    told: tuple[Till, bytes, str], seconds: int, code: str
) -> None:
    paying, raw, _ = told
    _, header = paying.fake.signed(json.loads(raw), NOON + timedelta(seconds=seconds))
    with pytest.raises(BadRequest) as refused:
        gateway_events.receive(raw, header)
    assert refused.value.code == code
    assert (counted(GatewayEvent), paying.payment(till_payment()).state) == (0, "open")


def till_payment() -> object:
    with db.transaction() as session:
        return session.scalars(select(OnlinePayment.id)).one()


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_message_within_five_minutes_either_way_is_taken(
    told: tuple[Till, bytes, str], seconds: int
) -> None:
    paying, raw, _ = told
    assert (
        gateway_events.receive(*paying.fake.signed(json.loads(raw), NOON + timedelta(seconds=seconds)))
        == "applied"
    )


def test_what_is_not_signed_by_us_or_was_changed_is_refused(told: tuple[Till, bytes, str]) -> None:
    _, raw, header = told
    stamp = int(utcnow().timestamp())
    wrong = [
        (raw.replace(b"9800", b"9801"), header, "signature_wrong"),
        (raw + b" ", header, "signature_wrong"),
        (raw, f"t={stamp},v1={sign(raw, 'whsec_other', stamp)}", "signature_wrong"),
        (raw, f"t={stamp},v1={sign(raw, '', stamp)}", "signature_wrong"),
        (raw, header.replace("v1=", "v0="), "signature_missing"),
        (raw, f"{header},t={stamp + 1}", "signature_missing"),
        (raw, "", "signature_missing"),
        (raw, "t=,v1=", "signature_missing"),
        (raw, "t=１２,v1=é", "signature_missing"),
        (raw, "t=1" + "0" * 3_000, "signature_missing"),
    ]
    for body, given, code in wrong:
        with pytest.raises(BadRequest) as refused:
            gateway_events.receive(body, given)
        assert refused.value.code == code
    assert counted(GatewayEvent) == 0
    assert gateway_events.receive(raw, header) == "applied"


def test_while_a_secret_is_replaced_either_signs() -> None:
    stamp = int(NOON.timestamp())
    for secret in ("whsec_a", "whsec_b"):
        check_signature(b"{}", f"t={stamp},v1={sign(b'{}', secret, stamp)}", ["whsec_a", "whsec_b"], NOON)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"id": 1}',
        b"NaN",
        b'{"id":"evt_1","type":"x","data":{"object":3}}',
        b"[" * 9_000,
    ],
)
def test_a_signed_body_that_is_no_message_is_refused(paying: Till, body: bytes) -> None:
    stamp = int(NOON.timestamp())
    with pytest.raises(BadRequest):
        gateway_events.receive(body, f"t={stamp},v1={sign(body, paying.fake.secret, stamp)}")
    assert counted(GatewayEvent) == 0


def test_the_same_message_twenty_times_has_one_effect(told: tuple[Till, bytes, str]) -> None:
    paying, raw, header = told
    assert [gateway_events.receive(raw, header) for _ in range(20)] == ["applied"] + ["known"] * 19
    with db.transaction() as session:
        assert session.scalar(select(SalesOrder.paid_fen)) == 9800
    before = counted(Transfer)
    assert gateway_events.receive(*paying.fake.signed(json.loads(raw))) == "known"
    assert (counted(GatewayEvent), counted(Transfer)) == (1, before)


def test_all_orders_of_five_messages_end_at_what_the_gateway_says(paying: Till) -> None:
    for order_of in itertools.permutations(range(5)):
        number = paying.order((1,))
        payment_id = paying.begin(number)
        paying.work()
        paying.there.pay(paying.payment(payment_id).intent_id or "")
        paying.there.refund({"payment_intent": paying.intent(payment_id)["id"], "amount": "900"})
        events = paying.fake.take_outbox()
        assert len(events) == 4
        paying.there.refund({"payment_intent": paying.intent(payment_id)["id"], "amount": "1"})
        events += paying.fake.take_outbox()[:1]
        for place in order_of:
            gateway_events.receive(*paying.fake.signed(events[place]))
        with frozen_at(NOON + LATER):
            paying.work(2)
        order = paying.sales_order(number)
        assert (order.paid_fen, order.refunded_fen, paying.payment(payment_id).state) == (
            4900,
            901,
            "captured",
        )
    assert (paying.fake.net(), reconcile()) == (120 * (4900 - 901), [])
    assert paying.events("parked") == []


def test_a_message_about_what_we_do_not_know_yet_is_parked_and_explained_later(paying: Till) -> None:
    number = paying.order()
    payment_id = paying.begin(number)
    paying.work()
    paying.there.pay(paying.payment(payment_id).intent_id or "")
    paying.there.refund({"payment_intent": paying.intent(payment_id)["id"], "amount": "9800"})
    _, captured, refund, _ = paying.fake.take_outbox()
    assert gateway_events.receive(*paying.fake.signed(refund)) == "parked"
    assert paying.events("parked") == [("refund.created", "not_captured")]
    assert paying.sales_order(number).paid_fen == 0
    assert gateway_events.receive(*paying.fake.signed(captured)) == "applied"
    with frozen_at(NOON + timedelta(seconds=10)):
        paying.work()
    assert (paying.events("parked"), paying.sales_order(number).refunded_fen) == ([], 9800)


def test_a_payment_of_another_shop_on_the_same_account_is_not_ours(paying: Till) -> None:
    foreign = paying.there.create_intent(
        {"amount": "500", "currency": "cny", "payment_method_types": ["card"]}
    )
    paying.there.pay(foreign["id"])
    paying.there.refund({"payment_intent": foreign["id"], "amount": "100"})
    assert paying.hear() == ["ignored", "ignored", "parked", "parked"]
    with frozen_at(NOON + LATER):
        paying.work()  # asks whose it is
    assert paying.events("parked") == []
    assert (counted(OnlinePayment), reconcile()) == (0, [])


def test_what_stays_unknown_for_three_days_is_refused_and_said(paying: Till) -> None:
    payment_id = paying.begin(paying.order())
    paying.work()
    [event] = paying.fake.take_outbox()
    event["data"]["object"]["metadata"] = {"sanzhuan_attempt": "00000000-0000-7000-8000-000000000000"}
    assert gateway_events.receive(*paying.fake.signed(event)) == "parked"
    with frozen_at(NOON + LATER):
        assert [(one.kind, one.subject) for one in reconcile()] == [("parked", "1")]
    with frozen_at(NOON + timedelta(days=3, seconds=1)):
        paying.work()
    assert paying.events("refused") == [("payment_intent.created", "never_explained")]
    assert paying.payment(payment_id).taken_as is None


def test_a_message_of_another_account_or_of_real_money_books_nothing(told: tuple[Till, bytes, str]) -> None:
    paying, raw, _ = told
    event = json.loads(raw)
    assert (
        gateway_events.receive(*paying.fake.signed(event | {"id": "evt_a", "account": "acct_other"}))
        == "refused"
    )
    assert gateway_events.receive(*paying.fake.signed(event | {"id": "evt_b", "account": None})) == "refused"
    assert gateway_events.receive(*paying.fake.signed(event | {"id": "evt_c", "livemode": True})) == "refused"
    assert [reason for _, reason in paying.events("refused")] == ["account", "account", "mode"]
    with db.transaction() as session:
        assert session.scalar(select(SalesOrder.paid_fen)) == 0


def test_nothing_personal_and_no_secret_of_a_message_is_kept(told: tuple[Till, bytes, str]) -> None:
    paying, raw, _ = told
    event = json.loads(raw)
    event["data"]["object"]["receipt_email"] = "somebody@example.com"
    gateway_events.receive(*paying.fake.signed(event))
    with db.transaction() as session:
        said = session.scalars(select(GatewayEvent.said)).one()
    assert set(said) == {"is", "id", "state", "amount", "captured", "currency", "attempt"}


def test_without_a_gateway_no_message_is_taken(told: tuple[Till, bytes, str]) -> None:
    _, raw, header = told
    gateways.use(None)
    with pytest.raises(NotFound):
        gateway_events.receive(raw, header)
