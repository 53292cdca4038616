"""A shop whose producer takes payments online: the real adapter against the stand-in for Stripe."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from marketplace.core import db
from marketplace.core.clock import utcnow
from marketplace.core.ids import uuid7
from marketplace.core.settings import Settings
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments import gateways
from marketplace.payments.models import GatewayAccount, GatewayEvent, OnlinePayment, Refund
from marketplace.payments.service import gateway_events, online, online_worker
from tests.orders_world import Shop
from tests.support.fake_stripe import SECRET, FakeStripe, serving
from tests.support.fake_stripe.objects import Account, Object

ACCOUNT = "acct_producer"


def settings_for(url: str, **changes: object) -> Settings:
    """Settings of a stand-in at `url`; no retries inside a call, so that a test sees each fault."""
    values: dict[str, object] = {
        "stripe_secret_key": "sk_test_standin",
        "stripe_publishable_key": "pk_test_standin",
        "stripe_webhook_secrets": f"whsec_old,{SECRET}",
        "stripe_return_url": "http://127.0.0.1/paid",
        "stripe_api_base": url,
        "stripe_timeout_ms": 5_000,
        "stripe_retries": 0,
    }
    return Settings(**(values | changes))  # type: ignore[arg-type]


@contextmanager
def stripe_at_hand(fake: FakeStripe, **changes: object) -> Iterator[str]:
    """The process's online gateway is the real adapter over the stand-in while the block lasts; its URL."""
    with serving(fake) as url:
        gateways.install(settings_for(url, **changes))
        try:
            yield url
        finally:
            gateways.use(None)


def open_account(organisation_id: uuid.UUID, account: str = ACCOUNT) -> None:
    """Give a producer an account that is in force."""
    with db.transaction() as session:
        session.add(
            GatewayAccount(
                id=uuid7(),
                gateway="stripe",
                organisation_id=organisation_id,
                account=account,
                state="active",
                proposed_at=utcnow(),
                decided_at=utcnow(),
            )
        )


@dataclass
class Till:
    """One shop, its account at the stand-in, and what one does with a payment."""

    shop: Shop
    fake: FakeStripe

    @property
    def there(self) -> Account:
        return self.fake.account(ACCOUNT)

    def order(self, quantities: tuple[int, ...] = (2,), **changes: object) -> str:
        """The number of an order, just placed."""
        with db.transaction() as session:
            placed = orders.place(session, self.shop.buyer_actor, self.shop.basket(quantities, **changes))
            return str(placed.orders[0]["number"])

    def begin(self, number: str, method: str = "card", flow: str = "intent") -> uuid.UUID:
        """A payment, written down."""
        with db.transaction() as session:
            return online.pay_order(session, self.shop.buyer_actor, number, method=method, flow=flow).id

    def work(self, rounds: int = 1) -> int:
        """What the worker does now."""
        return sum(online_worker.keep_up() for _ in range(rounds))

    def hear(self) -> list[str]:
        """Take in every message that is on its way, in order."""
        return [gateway_events.receive(*self.fake.signed(event)) for event in self.fake.take_outbox()]

    def paid(self, quantities: tuple[int, ...] = (2,)) -> tuple[str, uuid.UUID]:
        """An order that was paid online: its number and the payment."""
        number = self.order(quantities)
        payment_id = self.begin(number)
        self.work()
        self.there.pay(self.payment(payment_id).intent_id or "")
        self.hear()
        assert self.payment(payment_id).state == "captured"
        return number, payment_id

    def payment(self, payment_id: uuid.UUID) -> OnlinePayment:
        with db.transaction() as session:
            return session.get_one(OnlinePayment, payment_id)

    def sales_order(self, number: str) -> SalesOrder:
        with db.transaction() as session:
            return session.scalars(select(SalesOrder).where(SalesOrder.number == number)).one()

    def refunds(self, number: str) -> list[Refund]:
        with db.transaction() as session:
            return list(
                session.scalars(
                    select(Refund)
                    .join(SalesOrder, SalesOrder.id == Refund.order_id)
                    .where(SalesOrder.number == number)
                    .order_by(Refund.id)
                )
            )

    def cancel(self, number: str) -> None:
        """The buyer calls the order off."""
        with db.transaction() as session:
            orders.cancel(session, self.shop.buyer_actor, number, "不需要了")

    def events(self, state: str) -> list[tuple[str, str | None]]:
        with db.transaction() as session:
            rows = session.scalars(
                select(GatewayEvent).where(GatewayEvent.state == state).order_by(GatewayEvent.id)
            )
            return [(row.kind, row.reason) for row in rows]

    def intent(self, payment_id: uuid.UUID) -> Object:
        return self.there.intents[self.payment(payment_id).intent_id or ""]


LATER = timedelta(hours=2)
