"""Webhooks of Stripe by HTTP: signature, once each, order paid, books written; against hello-JSON with one insert.

Each payment sends two messages, that it was begun and that it was captured, as Stripe does; the second pays an order.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.clients import CLIENT_PROCESSES, Outcome, best, drive, post
from benchmarks.database import postgres
from benchmarks.hello_insert import measure
from benchmarks.report import Result
from benchmarks.server import gunicorn
from benchmarks.world import World, write
from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.core.clock import utcnow
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import OnlinePayment
from marketplace.payments.rules.signatures import sign
from wsgi import create_app

PATH: Final = "/api/v1/webhooks/stripe"
SECRET: Final = "whsec_benchmark"  # noqa: S105 - of a database that lives for a minute
ACCOUNT: Final = "acct_benchmark"
CLIENTS: Final = 8
GOAL_PER_SECOND: Final = 300
PAYMENTS_PER_SECOND: Final = 600  # so many are made ready for each second of the run: more than can be told
AT_ONCE: Final = 200
ENVIRONMENT: Final = {
    "SANZHUAN_STRIPE_SECRET_KEY": "sk_test_benchmark",
    "SANZHUAN_STRIPE_WEBHOOK_SECRETS": SECRET,
    "SANZHUAN_STRIPE_RETURN_URL": "http://127.0.0.1/",
}


def run(seconds: float) -> Result:
    """Messages/s on two workers ÷ hello-JSON with one insert of the same run."""
    with postgres() as server:
        create_app(server.settings)  # facts wired, keys installed
        with db.transaction() as session:
            world = write(session, producers=20, listings_each=1, buyers=CLIENTS)
        bodies = _messages(world, int((seconds + 1) * PAYMENTS_PER_SECOND))
        server.analyse()
        floor = measure(server, CLIENTS, seconds)
        waiting = iter(bodies)
        with gunicorn("wsgi:create_app()", server.environment | ENVIRONMENT, ready="/readyz") as web:
            _send(web.port, waiting, 0.5)
            told = best(lambda some: _send(web.port, waiting, some), seconds)
        with db.transaction() as session:
            paid = len(session.scalars(select(SalesOrder.id).where(SalesOrder.payment_state == "paid")).all())
    return Result(
        bench="webhooks",
        value=told.rate,
        unit="messages/s",
        floor=floor.rate,
        ratio=told.rate / floor.rate,
        rows=[
            ("asked for", f"{GOAL_PER_SECOND} messages/s"),
            ("orders paid by them", f"{paid:,}"),
            ("latency p50, p99", f"{told.latency_ms(0.5):.1f} ms, {told.latency_ms(0.99):.1f} ms"),
        ],
    )


def _send(port: int, waiting: Iterator[bytes], seconds: float) -> Outcome:
    """Send for so long what nobody sent before. Each process of clients gets its share beforehand, which its clients share:

    a client that has a worker for itself sends several times what the others do.
    """
    whole = list(itertools.islice(waiting, int(seconds * 2 * PAYMENTS_PER_SECOND)))
    shares = [iter(whole[one::CLIENT_PROCESSES]) for one in range(CLIENT_PROCESSES)]

    def next_request(client: int) -> bytes:
        raw = next(shares[client % CLIENT_PROCESSES])
        stamp = int(time.time())
        return post(PATH, raw, {"Stripe-Signature": f"t={stamp},v1={sign(raw, SECRET, stamp)}"})

    return drive(port, next_request, clients=CLIENTS, seconds=seconds)


def _messages(world: World, count: int) -> list[bytes]:
    """Orders with a payment under way, and what Stripe says of each: first that it was begun, then that it was captured."""
    begun: list[bytes] = []
    captured: list[bytes] = []
    for first in range(0, count, AT_ONCE):
        with db.transaction() as session:
            for number in range(first, min(first + AT_ONCE, count)):
                payment = _payment(session, world, number)
                begun.append(_message(payment, "payment_intent.created", "requires_payment_method", 0))
                captured.append(
                    _message(payment, "payment_intent.succeeded", "succeeded", payment.amount_fen)
                )
    return [message for pair in zip(begun, captured, strict=True) for message in pair]


def _payment(session: Session, world: World, number: int) -> OnlinePayment:
    shelf = world.shelves[number % len(world.shelves)]
    listing_id, price_fen = shelf.listings[0]
    basket = orders.Basket(
        buyer_id=world.buyers[number % CLIENTS][0],
        lines=[orders.Wanted(listing_id, 1, price_fen)],
        payment_method="prepaid",
        delivery_area="440106",
        deliver_to={
            "name": "基准收货人",
            "telephone": "13800000000",
            "address": "基准路1号",
            "area": "440106",
        },
    )
    placed = orders.place(session, system_actor(), basket)
    now, payment_id = utcnow(), uuid7()
    payment = OnlinePayment(
        id=payment_id,
        number=readable_number("Z"),
        batch_id=uuid7(),
        order_id=placed.orders[0]["id"],
        gateway="stripe",
        account=ACCOUNT,
        method="card",
        flow="intent",
        is_held=False,
        amount_fen=placed.total_fen,
        state="open",
        intent_id=f"pi_{payment_id.hex}",
        idempotency_key=f"payment-{payment_id}",
        requested_at=now,
        asked_at=now,
    )
    session.add(payment)
    session.flush()
    return payment


def _message(payment: OnlinePayment, kind: str, status: str, received_fen: int) -> bytes:
    about: dict[str, Any] = {
        "id": f"pi_{payment.id.hex}",
        "object": "payment_intent",
        "amount": payment.amount_fen,
        "amount_received": received_fen,
        "currency": "cny",
        "status": status,
        "metadata": {"sanzhuan_attempt": str(payment.id)},
    }
    event = {
        "id": f"evt_{uuid7().hex}",
        "object": "event",
        "type": kind,
        "account": ACCOUNT,
        "livemode": False,
        "created": int(time.time()),
        "data": {"object": about},
    }
    return json.dumps(event).encode()
