"""Payments online by HTTP: begun once per key, shown to the two sides only; messages of the gateway by their signature alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.core.ids import uuid7
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import GatewayEvent, OnlinePayment
from tests.orders_desk import Desk
from tests.orders_world import NOON
from tests.support.fake_stripe import FakeStripe
from tests.support.online_shop import ACCOUNT, LATER, Till, open_account, stripe_at_hand

CARD = {"method": "card", "flow": "intent"}


@pytest.fixture
def fake(desk: Desk) -> Iterator[FakeStripe]:
    stand_in = FakeStripe()
    with stripe_at_hand(stand_in):
        assert desk.shop.seller_actor.organisation_id is not None
        open_account(desk.shop.seller_actor.organisation_id)
        yield stand_in


def tell(desk: Desk, raw: bytes, header: str | None) -> Any:
    headers = {"Stripe-Signature": header} if header is not None else {}
    return desk.client.post("/api/v1/webhooks/stripe", data=raw, headers=headers)


def test_a_buyer_begins_is_told_what_to_do_and_pays(desk: Desk, fake: FakeStripe) -> None:
    number = desk.place()
    begun = desk.post(f"/orders/{number}/online-payments", desk.buyer, CARD, key="once")
    again = desk.post(f"/orders/{number}/online-payments", desk.buyer, CARD, key="once")
    assert (begun.status_code, again.get_json()) == (201, begun.get_json())
    payment = begun.get_json()
    assert (payment["state"], payment["amount_fen"], payment["order_number"], payment["page_url"]) == (
        "created",
        9800,
        number,
        None,
    )
    step = desk.post(f"/online-payments/{payment['number']}/next-step", desk.buyer)
    body = step.get_json()
    assert (step.status_code, body["state"], body["account"]) == (200, "open", ACCOUNT)
    assert body["client_secret"].startswith("secret_")
    [intent] = fake.account(ACCOUNT).intents.values()
    fake.account(ACCOUNT).pay(intent["id"])
    answers = [tell(desk, *fake.signed(event)) for event in fake.take_outbox()]
    assert [(one.status_code, one.get_json()) for one in answers] == [(200, {"state": "applied"})] * 2
    shown = desk.get(f"/online-payments/{payment['number']}", desk.buyer).get_json()
    assert (shown["state"], shown["taken_as"], shown["captured_fen"]) == ("captured", "payment", 9800)
    assert desk.get(f"/orders/{number}", desk.buyer).get_json()["payment_state"] == "paid"
    over = desk.post(f"/online-payments/{payment['number']}/next-step", desk.buyer)
    assert (over.status_code, over.get_json()["code"]) == (409, "online_payment_over")
    listed = desk.get(f"/orders/{number}/online-payments", desk.finance).get_json()
    assert [one["number"] for one in listed["items"]] == [payment["number"]]


def test_while_the_gateway_is_silent_the_payment_stands_and_may_be_asked_for_again(
    desk: Desk, fake: FakeStripe
) -> None:
    number = desk.place()
    payment = desk.post(f"/orders/{number}/online-payments", desk.buyer, CARD).get_json()
    fake.dice.planned.append("dropped_after")
    silent = desk.post(f"/online-payments/{payment['number']}/next-step", desk.buyer)
    assert (silent.status_code, silent.get_json()["code"]) == (503, "gateway_silent")
    assert silent.headers["Retry-After"] == "5"
    then = desk.post(f"/online-payments/{payment['number']}/next-step", desk.buyer)
    assert (then.status_code, len(fake.account(ACCOUNT).intents)) == (200, 1)


def test_a_whole_checkout_is_begun_at_once_and_a_second_time_refused(desk: Desk, fake: FakeStripe) -> None:
    placed = desk.post("/checkouts", desk.buyer, desk.checkout((1, 1))).get_json()
    begun = desk.post(f"/checkouts/{placed['number']}/online-payments", desk.buyer, {"method": "alipay"})
    assert (begun.status_code, [one["flow"] for one in begun.get_json()["items"]]) == (201, ["page"])
    second = desk.post(f"/checkouts/{placed['number']}/online-payments", desk.buyer, {"method": "alipay"})
    assert (second.status_code, second.get_json()["code"]) == (409, "online_payment_open")
    nowhere = desk.post("/checkouts/CNOWHERE/online-payments", desk.buyer, {"method": "alipay"})
    assert (nowhere.status_code, nowhere.get_json()["code"]) == (404, "checkout_not_found")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"method": "gold"},
        {"method": "card", "flow": "fax"},
        {"method": "card", "amount_fen": 1},
        {"method": ["card"]},
        {"method": "card", "currency": "USD"},
    ],
)
def test_bad_input_begins_nothing(desk: Desk, fake: FakeStripe, body: dict[str, Any]) -> None:
    number = desk.place()
    refused = desk.post(f"/orders/{number}/online-payments", desk.buyer, body)
    assert refused.status_code == 422
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(OnlinePayment)) == 0


def test_strangers_neither_pay_nor_see_nor_give_up(desk: Desk, fake: FakeStripe) -> None:
    number = desk.place()
    payment = desk.post(f"/orders/{number}/online-payments", desk.buyer, CARD).get_json()["number"]
    stranger = desk.as_role("buyer", organisation_id=desk.shop.world.producer().organisation_id)
    assert desk.post(f"/orders/{number}/online-payments", stranger, CARD).status_code == 404
    assert desk.get(f"/online-payments/{payment}", stranger).status_code == 404
    assert desk.get(f"/orders/{number}/online-payments", stranger).status_code == 404
    assert desk.post(f"/online-payments/{payment}/next-step", stranger).status_code == 404
    assert desk.post(f"/online-payments/{payment}/cancellation", stranger).status_code == 404
    assert desk.post(f"/online-payments/{payment}/cancellation", desk.seller).status_code == 403
    mine = desk.post(f"/online-payments/{payment}/cancellation", desk.buyer)
    assert (mine.status_code, mine.get_json()["state"]) == (200, "canceled")


def test_a_failed_refund_is_listed_with_what_to_do_and_begun_again_once_per_key(
    desk: Desk, fake: FakeStripe
) -> None:
    till = Till(desk.shop, fake)
    number, _ = till.paid()
    till.cancel(number)
    fake.dice.planned.append("failed_before")
    till.work()
    with frozen_at(NOON + LATER):
        till.work()
    [failed] = desk.get("/refunds?todo=decide", desk.finance).get_json()["items"]
    assert (failed["state"], failed["todo"], failed["order_number"]) == ("failed", "decide", number)
    assert failed["todo_text"] == "支付通道未能退回:再次申请,或改由银行退款"
    path = f"/refunds/{failed['number']}/again"
    assert desk.post(path, desk.buyer, {"way": "bank"}).status_code == 403
    assert desk.post(path, desk.finance, {"way": "fax"}).status_code == 422
    by_bank = desk.post(f"/refunds/{failed['number']}/confirmation", desk.finance, {"reference": "B-1"})
    assert (by_bank.status_code, by_bank.get_json()["code"]) == (409, "refund_failed")
    begun = desk.post(path, desk.finance, {"way": "bank"}, key="once")
    repeated = desk.post(path, desk.finance, {"way": "bank"}, key="once")
    assert (begun.status_code, repeated.get_json()) == (201, begun.get_json())
    assert (begun.get_json()["state"], begun.get_json()["todo"]) == ("requested", "pay")
    second = desk.post(path, desk.finance, {"way": "gateway"})
    assert (second.status_code, second.get_json()["code"]) == (409, "refund_asked_again")
    assert desk.get("/refunds?todo=decide", desk.finance).get_json()["items"] == []
    [pay] = desk.get("/refunds?todo=pay", desk.finance).get_json()["items"]
    assert pay["number"] == begun.get_json()["number"]
    assert desk.post("/refunds/F0000/again", desk.finance, {"way": "bank"}).status_code == 404


@pytest.mark.parametrize("header", [None, "", "t=1,v1=00", "nonsense"])
def test_a_message_without_a_right_signature_is_400_and_writes_nothing(
    desk: Desk, fake: FakeStripe, header: str | None
) -> None:
    answer = tell(desk, b'{"id":"evt_1"}', header)
    assert answer.status_code == 400
    assert answer.get_json()["code"] in ("signature_missing", "signature_wrong")
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(GatewayEvent)) == 0
        assert session.scalar(select(func.sum(SalesOrder.paid_fen))) in (None, 0)


def test_a_message_larger_than_any_is_refused_unread(desk: Desk, fake: FakeStripe) -> None:
    assert tell(desk, b" " * (512 * 1024 + 1), "t=1,v1=00").status_code == 413


def test_finance_sees_parked_messages_with_their_age_and_others_do_not(desk: Desk, fake: FakeStripe) -> None:
    fake.account(ACCOUNT).create_intent(
        {
            "amount": "1",
            "currency": "cny",
            "payment_method_types": ["card"],
            "metadata": {"sanzhuan_attempt": str(uuid7())},
        }
    )
    assert tell(desk, *fake.signed(fake.take_outbox()[0])).get_json() == {"state": "parked"}
    [row] = desk.get("/gateway-events?state=parked", desk.finance).get_json()["items"]
    assert (row["reason"], row["waiting_seconds"], row["tries"]) == ("unknown_object", 0, 0)
    assert desk.get("/gateway-events", desk.buyer).status_code == 403


def test_an_account_is_proposed_and_confirmed_by_two_persons(desk: Desk, fake: FakeStripe) -> None:
    body = {"organisation_id": str(desk.shop.seller_actor.organisation_id), "account": "acct_next"}
    assert desk.post("/gateway-accounts", desk.seller, body).status_code == 403
    proposed = desk.post("/gateway-accounts", desk.finance, body)
    assert (proposed.status_code, proposed.get_json()["state"]) == (201, "proposed")
    path = f"/gateway-accounts/{proposed.get_json()['id']}/decision"
    own = desk.post(path, desk.finance, {"approve": True})
    assert (own.status_code, own.get_json()["code"]) == (403, "same_person")
    other = desk.post(path, desk.as_role("finance_clerk"), {"approve": True})
    assert (other.status_code, other.get_json()["state"]) == (200, "active")
    listed = desk.get("/gateway-accounts", desk.finance).get_json()["items"]
    assert {(one["account"], one["state"]) for one in listed} == {("acct_next", "active"), (ACCOUNT, "ended")}


def test_without_a_gateway_nothing_is_begun_and_no_message_taken(desk: Desk) -> None:
    number = desk.place()
    refused = desk.post(f"/orders/{number}/online-payments", desk.buyer, CARD)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "online_payment_off")
    assert tell(desk, b"{}", "t=1,v1=00").status_code == 404


def test_the_list_of_refunds_says_what_kind_each_is(desk: Desk, fake: FakeStripe) -> None:
    number = desk.place()
    payment = desk.post(f"/orders/{number}/online-payments", desk.buyer, CARD).get_json()
    desk.post(f"/online-payments/{payment['number']}/next-step", desk.buyer)
    [intent] = fake.account(ACCOUNT).intents.values()
    fake.account(ACCOUNT).pay(intent["id"])
    fake.account(ACCOUNT).refund({"payment_intent": intent["id"], "amount": "801"})
    for event in fake.take_outbox():
        assert tell(desk, *fake.signed(event)).status_code == 200
    [refund] = desk.get("/refunds", desk.finance).get_json()["items"]
    assert (refund["kind"], refund["state"], refund["amount_fen"]) == ("goodwill", "confirmed", 801)
    assert desk.get("/refunds?state=failed", desk.finance).get_json()["items"] == []
    [row] = desk.get("/returns", desk.buyer).get_json()["items"]
    assert (row["kind"], row["amount_fen"]) == ("goodwill", 801)
