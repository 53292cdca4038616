"""A checkout of several producers: one charge per order on each producer's own account, captured together or not at all."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import OnlinePayment
from marketplace.payments.service import online
from marketplace.payments.service.gateway_sweep import reconcile
from tests.orders_world import NOON, Heard, open_shop
from tests.support.fake_stripe import FakeStripe
from tests.support.online_shop import LATER, Till, open_account, stripe_at_hand

ACCOUNTS = ("acct_one", "acct_two", "acct_three")


@dataclass
class Basket(Till):
    checkout: str = ""

    def payments(self) -> list[OnlinePayment]:
        with db.transaction() as session:
            return list(session.scalars(select(OnlinePayment).order_by(OnlinePayment.account)))

    def pay_all(self, method: str = "card") -> list[uuid.UUID]:
        with db.transaction() as session:
            made = online.pay_checkout(
                session, self.shop.buyer_actor, self.checkout, method=method, flow="intent"
            )
            return [one.id for one in made]

    def buyer_pays(self, account: str, **how: bool) -> None:
        [payment] = [one for one in self.payments() if one.account == account and one.state == "open"]
        self.fake.account(account).pay(payment.intent_id or "", **how)

    def states(self) -> list[str]:
        return [one.state for one in self.payments()]

    def captured(self) -> list[int]:
        return [
            sum(c["amount"] for c in self.fake.account(name).charges.values()) for name in sorted(ACCOUNTS)
        ]


@pytest.fixture
def basket(session: Session, heard: Heard) -> Iterator[Basket]:
    shop = open_shop(session, (4_900, 5_900, 6_900))
    channel_listing = shop.listings[0]
    producers = [shop.world.producer(is_832_supplier=True) for _ in ACCOUNTS]
    channel = shop.world.channel("platform_832")
    shop.listings = [
        shop.world.listing(
            channel,
            shop.world.offer(
                shop.world.certified_product(producer=producer, tax_treatment="rate_9"),
                channel_listing.price_fen,
            ),
            100,
        )
        for producer in producers
    ]
    fake = FakeStripe()
    with stripe_at_hand(fake):
        for producer, account in zip(producers, ACCOUNTS, strict=True):
            assert producer.organisation_id is not None
            open_account(producer.organisation_id, account)
        with db.transaction() as opened:
            placed = orders.place(opened, shop.buyer_actor, shop.basket((1, 1, 1)))
        yield Basket(shop, fake, placed.number)


def test_nothing_is_captured_until_every_order_is_authorised_and_then_all_are(basket: Basket) -> None:
    basket.pay_all()
    basket.work()
    for account in ACCOUNTS[:2]:
        basket.buyer_pays(account)
    basket.hear()
    basket.work()
    assert (sorted(basket.states()), basket.captured()) == (["authorised", "authorised", "open"], [0, 0, 0])
    basket.buyer_pays(ACCOUNTS[2])
    basket.hear()
    basket.work()
    assert (basket.states(), basket.captured()) == (["captured"] * 3, [4_900] * 3)
    with db.transaction() as session:
        assert set(session.scalars(select(SalesOrder.payment_state))) == {"paid"}
    assert reconcile() == []


def test_when_one_is_given_up_the_others_are_too_and_nothing_is_taken(basket: Basket) -> None:
    ids = basket.pay_all()
    basket.work()
    for account in ACCOUNTS[:2]:
        basket.buyer_pays(account)
    basket.hear()
    [waiting] = [one for one in basket.payments() if one.state == "open"]
    with db.transaction() as session:
        online.cancel_payment(session, basket.shop.buyer_actor, waiting.number)
    basket.work(2)
    assert (basket.states(), basket.captured()) == (["canceled"] * 3, [0, 0, 0])
    assert len(basket.pay_all()) == len(ids)  # and it may be begun again


def test_when_the_gateway_refuses_to_begin_one_the_others_are_given_up(basket: Basket) -> None:
    basket.pay_all()
    basket.fake.dice.planned.extend([None, "failed_before", None, None])
    basket.work()
    basket.fake.dice.planned.clear()
    with frozen_at(NOON + LATER):
        basket.work(3)
    assert sorted(basket.states()) == ["canceled", "canceled", "failed"]
    assert basket.captured() == [0, 0, 0]


def test_wallets_cannot_be_held_so_each_order_is_paid_on_its_own(basket: Basket) -> None:
    basket.pay_all("alipay")
    basket.work()
    basket.buyer_pays(ACCOUNTS[0])
    basket.hear()
    assert sorted(basket.states()) == ["captured", "open", "open"]
    assert {one.is_held for one in basket.payments()} == {False}


def test_a_checkout_on_which_nothing_is_due_is_refused(basket: Basket) -> None:
    with db.transaction() as session:
        for number in session.scalars(select(SalesOrder.number)).all():
            orders.cancel(session, basket.shop.buyer_actor, number, "不需要了")
    with pytest.raises(Conflict) as refused:
        basket.pay_all()
    assert (refused.value.code, basket.payments()) == ("nothing_due", [])
