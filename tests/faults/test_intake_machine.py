"""Tills under whatever may happen: weeks without a line, batches late, twice and out of order, wrong clocks, corrections of

corrections, refunds before their sale, months that close in between. Somebody knows what was truly sold; when all has arrived and
people have mended what was kept apart, the ledger says the same, each sale once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.attribution.models import Entry, Period
from marketplace.attribution.service.close import close_period
from marketplace.core import db, privacy
from marketplace.core.actor import system_actor
from marketplace.core.clock import SHANGHAI, frozen_at, next_period, period_of
from marketplace.core.errors import Conflict
from marketplace.core.settings import Settings
from marketplace.intake.models import Batch, ForeignSale, RowOutcome
from marketplace.intake.service import keys, quarantine
from tests.catalogue_world import NOON
from tests.support.books import ledger_breaks
from tests.support.reporting_device import Cabinet, open_cabinet

pytestmark = pytest.mark.fault
RUNS, STEPS = 8, 40
PRICE = 4_900


@dataclass
class Sold:
    """The truth of one sale: by which till, when by that till's clock, how many boxes, how many of them came back."""

    ref: str
    till: str
    stamp: datetime
    boxes: int
    back: int = 0


@dataclass
class Till:
    """A till whose clock may be wrong; what it has not sent yet, and what it has packed into numbered batches."""

    code: str
    clock: timedelta = timedelta(0)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    packed: list[tuple[int, list[dict[str, Any]]]] = field(default_factory=list)
    delivered: set[int] = field(default_factory=set)


@pytest.fixture
def cabinet(session: Session) -> Iterator[Cabinet]:
    compose()
    secrets = Settings(encryption_keys="1:" + "11" * 32, index_key="22" * 32, secret_key="test")
    privacy.install(privacy.Vault(privacy.keys_from_settings(secrets)))
    with frozen_at(NOON):
        made = open_cabinet(session)
        keys.register_device(session, system_actor(), made.channel.code, code="GZ0002", adapter="cabinet")
        session.flush()
        yield made


def stamped(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


class Tills(RuleBasedStateMachine):
    """`cabinet` is set by the test; each history is rolled back whole."""

    cabinet: Cabinet

    def __init__(self) -> None:
        super().__init__()
        connection = db.current().only_connection
        assert connection is not None
        self.undo = connection.begin_nested()
        self.session = self.cabinet.session
        self.now = NOON
        self.tills = {code: Till(code) for code in ("GZ0001", "GZ0002")}
        self.sold: list[Sold] = []
        self.said = 0
        self.last_entry = self.session.scalar(select(func.max(Entry.entry_no))) or 0
        self.closed: dict[str, tuple[int, int]] = {}
        self.received: list[Batch] = []

    # what truly happens

    @rule(code=st.sampled_from(["GZ0001", "GZ0002"]), boxes=st.integers(1, 3))
    def sell(self, code: str, boxes: int) -> None:
        till = self.tills[code]
        sale = Sold(f"A{len(self.sold) + 1}", code, (self.now + till.clock).replace(microsecond=0), boxes)
        self.sold.append(sale)
        till.waiting.append(self._row(sale, boxes, sale.stamp))
        self.now += timedelta(seconds=1)

    @precondition(lambda self: any(one.back < one.boxes for one in self.sold))
    @rule(data=st.data(), code=st.sampled_from(["GZ0001", "GZ0002"]))
    def give_back(self, data: st.DataObject, code: str) -> None:
        sale = data.draw(st.sampled_from([one for one in self.sold if one.back < one.boxes]))
        boxes = data.draw(st.integers(1, sale.boxes - sale.back))
        sale.back += boxes
        till = self.tills[code]
        at = self.now + till.clock
        till.waiting.append(self._row(sale, boxes, at, tradetp="2", tradeno=self._number("R")))
        self.now += timedelta(seconds=1)

    @precondition(lambda self: self.sold)
    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        """A till corrects what it sold itself, or what it corrected before."""
        sale = data.draw(st.sampled_from(self.sold))
        sale.boxes = data.draw(st.integers(max(1, sale.back), 4))
        row = self._row(sale, sale.boxes, sale.stamp, tradetp="3", tradeno=self._number("K"))
        self.tills[sale.till].waiting.append(row)

    # what happens to the tills and their batches

    @rule(
        code=st.sampled_from(["GZ0001", "GZ0002"]),
        minutes=st.sampled_from([-3 * 1440, -90, 0, 5, 45, 2 * 1440]),
    )
    def a_clock_goes_wrong(self, code: str, minutes: int) -> None:
        self.tills[code].clock = timedelta(minutes=minutes)

    @rule(days=st.sampled_from([1, 3, 12, 33]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(code=st.sampled_from(["GZ0001", "GZ0002"]), rows=st.integers(1, 6))
    def pack(self, code: str, rows: int) -> None:
        till = self.tills[code]
        if till.waiting:
            till.packed.append((len(till.packed) + 1, till.waiting[:rows]))
            del till.waiting[:rows]

    @precondition(lambda self: any(till.packed for till in self.tills.values()))
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """Any batch, new or old: late, out of order, again."""
        till = data.draw(st.sampled_from([one for one in self.tills.values() if one.packed]))
        self._deliver(till, *data.draw(st.sampled_from(till.packed)))

    @precondition(lambda self: self.received)
    @rule(data=st.data())
    def read(self, data: st.DataObject) -> None:
        """A worker takes any batch that is there, also one that is done."""
        self._read(data.draw(st.sampled_from(self.received)))

    @rule()
    def close_a_month(self) -> None:
        last = self.session.scalar(select(func.max(Period.period)).where(Period.state == "closed"))
        first = self.session.scalar(select(func.min(Entry.period)))
        month = next_period(last) if last else first
        if month is None:
            return
        with frozen_at(self.now), suppress(Conflict):  # too early: that is refused, and nothing has happened
            close_period(self.session, None, month)
            self.closed[month] = self._sum_of(month)

    # what must hold

    @invariant()
    def a_closed_month_stays_as_it_was_closed(self) -> None:
        assert {month: self._sum_of(month) for month in self.closed} == self.closed

    def teardown(self) -> None:
        try:
            self._all_arrives_and_is_mended()
            self._ledger_is_the_truth()
        finally:
            self.undo.rollback()
            self.session.expire_all()
            super().teardown()

    def _number(self, prefix: str) -> str:
        self.said += 1
        return f"{prefix}{self.said}"

    def _row(self, sale: Sold, boxes: int, at: datetime, **changes: Any) -> dict[str, Any]:
        return self.cabinet.row(
            sale.ref, payamt=f"{boxes * PRICE // 100}.00", qty=str(boxes), paytm=stamped(at), **changes
        )

    def _deliver(self, till: Till, sequence: int, rows: list[dict[str, Any]]) -> None:
        with frozen_at(self.now):
            device = replace(self.cabinet, device=till.code, sent=[])
            batch = device.send(*rows, sequence=sequence)
        till.delivered.add(sequence)
        if batch.id not in {one.id for one in self.received}:
            self.received.append(batch)

    def _read(self, batch: Batch) -> None:
        with frozen_at(self.now):
            self.cabinet.process(batch)
        assert batch.state == "done"
        self._new_entries_stand_in_open_months()

    def _new_entries_stand_in_open_months(self) -> None:
        """An entry is of its own month, or, when that was closed by now, of the first open one, and says which it adjusts."""
        last = max(self.closed, default=None)
        rows = self.session.execute(
            select(Entry).where(Entry.entry_no > self.last_entry).order_by(Entry.entry_no)
        ).scalars()
        for entry in rows:
            own = period_of(entry.counted_at)
            open_one = own if last is None or own > last else next_period(last)
            assert entry.period == open_one
            if entry.kind == "sale":
                assert entry.adjusts_period == (own if own != open_one else None)
            self.last_entry = entry.entry_no

    def _sum_of(self, month: str) -> tuple[int, int]:
        count, fen = self.session.execute(
            select(func.count(), func.coalesce(func.sum(Entry.sale_fen), 0)).where(Entry.period == month)
        ).one()
        return count, int(fen)

    def _all_arrives_and_is_mended(self) -> None:
        """The lines are up again, the clocks are right, and people look at what was kept apart until nothing is left."""
        self.now += timedelta(days=5)
        for till in self.tills.values():
            if till.waiting:
                till.packed.append((len(till.packed) + 1, till.waiting))
            for sequence, rows in till.packed:
                if sequence not in till.delivered:
                    self._deliver(till, sequence, rows)
        for batch in self.received:
            self._read(batch)
        stamps = {sale.ref: sale.stamp for sale in self.sold}
        for _ in range(20):
            kept = self.session.scalars(
                select(RowOutcome)
                .where(RowOutcome.outcome == "quarantined", RowOutcome.settled_at.is_(None))
                .order_by(RowOutcome.id)
            ).all()
            if not kept:
                return
            for one in kept:
                self._mend(one, stamps)
        raise AssertionError(f"never taken: {[(one.reason, one.record) for one in kept]}")

    def _mend(self, one: RowOutcome, stamps: dict[str, datetime]) -> None:
        self.session.refresh(one)
        if one.settled_at is not None:  # taken meanwhile, with the sale it waited for
            return
        assert one.reason in {"future", "too_old", "above_sale", "sale_unknown"}
        changes = {}
        if one.reason == "too_old":  # a refund by a clock that is behind the till's that sold
            changes = {"paytm": stamped(stamps[str(one.order_ref)])}
        with frozen_at(self.now):
            quarantine.mend(self.session, system_actor(), one.id, changes, "按小票核对")
        self._new_entries_stand_in_open_months()

    def _ledger_is_the_truth(self) -> None:
        truth = {one.ref: (one.boxes - one.back) * PRICE for one in self.sold if one.boxes > one.back}
        rows = self.session.execute(
            select(
                ForeignSale.order_ref,
                Entry.sold_period,
                func.sum(Entry.sale_fen),
                func.sum(Entry.quantity_milli),
            )
            .join(Entry, Entry.line_id == ForeignSale.id)
            .where(ForeignSale.channel_id == self.cabinet.channel.id)
            .group_by(ForeignSale.order_ref, Entry.sold_period)
        ).all()
        assert {ref: int(fen) for ref, _, fen, _ in rows if fen} == truth
        assert all(int(milli) * PRICE == int(fen) * 1_000 for _, _, fen, milli in rows)
        by_month: dict[str, int] = defaultdict(int)
        for sale in self.sold:
            by_month[period_of(sale.stamp)] += (sale.boxes - sale.back) * PRICE
        booked: dict[str, int] = defaultdict(int)
        for _, month, fen, _ in rows:
            booked[month] += int(fen)
        assert {month: fen for month, fen in booked.items() if fen} == {
            month: fen for month, fen in by_month.items() if fen
        }
        assert ledger_breaks(self.session) == []


@pytest.mark.timeout(3_600)
def test_whatever_happens_to_tills_and_their_batches_the_ledger_is_what_was_truly_sold(
    cabinet: Cabinet, request: pytest.FixtureRequest
) -> None:
    Tills.cabinet = cabinet
    is_long = request.config.getoption("--hypothesis-profile") == "long"
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Tills,
        settings=settings(
            max_examples=200 if is_long else RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
