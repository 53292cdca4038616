"""`make soak-payments ARGS="--payments N"`: many payments, a fifth of all calls going wrong, messages lost, repeated, shuffled.

Prints where it is; at the end all is healed as the worker would, and the last line says how many differences are left between the
stand-in for Stripe, our rows and the books. Exit status 1 when there are any. The payments are shared out to processes, each with
a producer, a stand-in, books and a seed of its own: who asks for payments one after the other waits most of the time.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import random
import sys
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from benchmarks.database import postgres
from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.payments.models import OnlinePayment, Refund, Transfer
from marketplace.payments.service import gateway_events
from marketplace.payments.service.books import balance
from marketplace.payments.service.gateway_sweep import reconcile
from tests.orders_world import NOON, Heard, open_shop
from tests.support.fake_stripe import Dice, FakeStripe
from tests.support.fake_stripe.objects import Refusal
from tests.support.online_shop import Till, open_account, stripe_at_hand

AT_ONCE = 100
WAYS = (("card", "intent"), ("card", "page"), ("alipay", "page"), ("wechat_pay", "intent"))


@dataclass(frozen=True)
class Share:
    """What one process does: so many payments, begun within so many seconds, that share of all calls going wrong, a seed."""

    payments: int
    seconds: float
    faults: float
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What became of a share, amounts in fen; `left` are the differences in words."""

    payments: int
    calls: int
    charges: int
    taken_fen: int
    refunds: int
    lost: int
    left: list[str]


class Soak:
    """One till, one clock and one set of dice."""

    def __init__(self, till: Till, dice: random.Random) -> None:
        self.till, self.dice, self.now = till, dice, NOON
        till.fake.clock = lambda: (
            self.now
        )  # its threads know nothing of our frozen clock, and its keys grow old

    def round(self, count: int) -> None:
        """So many orders, from their payment to whatever becomes of them."""
        placed: list[tuple[str, uuid.UUID]] = []
        with frozen_at(self.now):
            for _ in range(count):
                number = self.till.order((self.dice.randint(1, 3),))
                placed.append((number, self.till.begin(number, *self.dice.choice(WAYS))))
            self.work()
            self.hear()
        self.later()
        with frozen_at(self.now):
            self.work()
            for _, payment_id in placed:
                self.pay(payment_id)
            self.hear()
        self.later()
        with frozen_at(self.now):
            for number, payment_id in placed:
                self.afterwards(number, payment_id)
            self.work()
            self.hear()
        self.later()

    def work(self) -> None:
        """The worker comes round every second, and does so many each time: until nothing of this instant is due."""
        while self.till.work():
            pass

    def pay(self, payment_id: uuid.UUID) -> None:
        payment, there = self.till.payment(payment_id), self.till.there
        if self.dice.random() < 0.1:
            return
        try:
            if payment.page_id is not None:
                there.pay_page(payment.page_id)
            elif payment.intent_id is not None:
                there.pay(payment.intent_id, declined=self.dice.random() < 0.05)
        except Refusal:
            pass

    def afterwards(self, number: str, payment_id: uuid.UUID) -> None:
        fate = self.dice.random()
        if fate < 0.3:
            self.till.cancel(number)
        elif fate < 0.4:
            intent_id = self.till.payment(payment_id).intent_id
            with contextlib.suppress(Refusal):
                amount = str(self.dice.randint(1, 4_000))
                self.till.there.refund({"payment_intent": intent_id, "amount": amount})

    def hear(self) -> None:
        self.till.fake.deliver(gateway_events.receive, dice=self.dice, dropped=0.2, repeated=0.2)

    def later(self) -> None:
        self.now += timedelta(seconds=self.dice.choice((5, 60, 600, 1_200)))

    def heal(self) -> None:
        """No more faults: what is on its way arrives, and the worker and the daily comparison do what they always do."""
        fake = self.till.fake
        fake.dice.share = 0.0
        for turn in range(8):
            for refund in list(self.till.there.refunds.values()):
                if refund["status"] == "pending":
                    self.till.there.settle_refund(refund["id"])
            fake.outbox.clear()
            self.now += timedelta(hours=3)
            with frozen_at(self.now):
                self.work()
                if turn == 0:
                    reconcile()


def differences(soak: Soak) -> list[str]:
    """What is left when all is healed."""
    fake = soak.till.fake
    with frozen_at(soak.now):
        left = [
            f"{one.kind} {one.subject}: {one.there_fen} there, {one.here_fen} here {one.reason}"
            for one in reconcile()
        ]
    marks = [one["metadata"].get("sanzhuan_refund") for one in soak.till.there.refunds.values()]
    ours = [mark for mark in marks if mark]
    if len(ours) != len(set(ours)):
        left.append("a refund was made twice")
    with db.transaction() as session:
        ids = session.scalars(select(OnlinePayment.id)).all()
        stuck = session.scalar(
            select(func.count()).select_from(Refund).where(Refund.state.in_(("sent", "unknown")))
        )
        sums = {
            kind: int(fen)
            for kind, fen in session.execute(
                select(Transfer.kind, func.sum(Transfer.amount_fen))
                .where(
                    ((Transfer.kind == "received") & (Transfer.debit_account == "stripe_clearing"))
                    | ((Transfer.kind == "returned") & (Transfer.credit_account == "stripe_clearing"))
                )
                .group_by(Transfer.kind)
            )
        }
    captured: dict[str, int] = {}
    for intent in soak.till.there.intents.values():
        if intent["status"] == "succeeded":
            attempt = intent["metadata"]["sanzhuan_attempt"]
            captured[attempt] = captured.get(attempt, 0) + 1
    left += [f"{one} was charged {captured[str(one)]} times" for one in ids if captured.get(str(one), 0) > 1]
    if stuck:
        left.append(f"{stuck} refunds are still on their way")
    books = sums.get("received", 0) - sums.get("returned", 0)
    if books != fake.net():
        left.append(f"the gateway has {fake.net()} fen, the books {books}")
    with db.transaction() as session:
        fees = balance(session, "gateway_fees")
    if fees != fake.fees():
        left.append(f"the gateway kept {fake.fees()} fen, the books {fees}")
    return left


def soak(share: Share) -> Outcome:
    """Make the payments of a share on a database that lives as long, heal, and compare."""
    began = time.monotonic()
    fake = FakeStripe(dice=Dice(share=share.faults, random=random.Random(share.seed)))
    with postgres(durable=False), frozen_at(NOON), stripe_at_hand(fake):
        Heard().compose()
        with db.transaction() as session:
            shop = open_shop(session, units=10 * share.payments)
        assert shop.seller_actor.organisation_id is not None
        open_account(shop.seller_actor.organisation_id)
        one = Soak(Till(shop, fake), random.Random(share.seed + 1))
        done = 0
        while done < share.payments and time.monotonic() - began < share.seconds:
            count = min(AT_ONCE, share.payments - done)
            one.round(count)
            done += count
            print(f"seed {share.seed}: {done} payments, {time.monotonic() - began:.0f} s", flush=True)
        one.heal()
        return Outcome(
            payments=done,
            calls=fake.calls,
            charges=len(one.till.there.charges),
            taken_fen=sum(charge["amount_captured"] for charge in one.till.there.charges.values()),
            refunds=len(one.till.there.refunds),
            lost=fake.lost,
            left=differences(one),
        )


def shares(payments: int, processes: int, seconds: float, faults: float, seed: int) -> list[Share]:
    """The payments as evenly as whole numbers allow; two seeds for each share."""
    part, more = divmod(payments, processes)
    sizes = [part + (number < more) for number in range(processes)]
    return [Share(size, seconds, faults, seed + 2 * number) for number, size in enumerate(sizes) if size]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak-payments", description=__doc__)
    parser.add_argument("--payments", type=int, default=10_000)
    parser.add_argument("--faults", type=float, default=0.2, help="share of calls that go wrong")
    parser.add_argument("--seed", type=int, default=int(datetime.now().timestamp()))  # noqa: DTZ005
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no more after so long")
    asked = parser.parse_args()
    began = time.monotonic()
    parts = shares(asked.payments, asked.processes, asked.seconds, asked.faults, asked.seed)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(parts), mp_context=spawn) as pool:
        outcomes = list(pool.map(soak, parts))
    left = [one for outcome in outcomes for one in outcome.left]
    for one in left[:50]:
        print(one)
    made, calls, charges, taken, refunds, lost = (
        sum(getattr(one, name) for one in outcomes)
        for name in ("payments", "calls", "charges", "taken_fen", "refunds", "lost")
    )
    print(
        f"{made} payments, seed {asked.seed}, {len(parts)} processes: {calls} calls, {charges} charges"
        f" of {taken} fen, {refunds} refunds, {lost} messages lost, {time.monotonic() - began:.0f} s"
    )
    print(f"differences: {len(left)}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
