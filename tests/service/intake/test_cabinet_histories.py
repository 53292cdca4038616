"""Random histories of a cabinet with offline weeks against an oracle that moves single units."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core.actor import system_actor
from marketplace.core.clock import day_of, frozen_at
from marketplace.intake.cabinets.models import CabinetFinding, CabinetMovement
from marketplace.intake.cabinets.rules.goods import Goods
from marketplace.intake.cabinets.service import acting, making, plans
from marketplace.intake.cabinets.service.books import Movement, book, lock_cabinets
from marketplace.intake.cabinets.service.plans import NewSlot, device_of
from tests.catalogue_world import NOON
from tests.support.cabinet_truth import Truth
from tests.support.reporting_device import Cabinet, open_cabinet
from tests.support.stocked_cabinet import balance, bring, said, stock_of

#: What can happen, each three hours after the last: (what, units, days until the lot's last day).
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "restock",
                "sale",
                "sale",
                "sale",
                "refund",
                "count",
                "recall",
                "correct",
                "report",
                "late_restock",
            ]
        ),
        st.integers(1, 6),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=25,
)


@dataclass
class Play:
    """A cabinet that is offline until it reports, and the truth beside it."""

    cabinet: Cabinet
    truth: Truth = field(default_factory=Truth)
    now: datetime = NOON
    waiting: list[tuple[dict[str, Any], tuple[Any, ...]]] = field(default_factory=list)
    sales: list[list[Any]] = field(default_factory=list)  # [order, at, units, refunded]

    def step(self, number: int, what: str, units: int, days: int) -> None:
        self.now += timedelta(hours=3)
        with frozen_at(self.now):
            getattr(self, f"_{what}")(number, units, day_of(self.now) + timedelta(days=days))

    def _restock(self, number: int, units: int, last_day: date) -> None:
        bring(self.cabinet, units, lot_no=f"L{last_day}", expires_on=last_day)
        self.truth.note(self.now, "restock", units, last_day)

    def _late_restock(self, number: int, units: int, last_day: date) -> None:
        """Somebody writes down what was brought an hour before."""
        at = self.now - timedelta(hours=1)
        bring(self.cabinet, units, lot_no=f"L{last_day}", expires_on=last_day, at=at)
        self.truth.note(at, "restock", units, last_day)

    def _sale(self, number: int, units: int, last_day: date) -> None:
        row = self._row(f"S{number}", self.now, units)
        self.sales.append([f"S{number}", self.now, units, 0])
        self.waiting.append((row, (self.now, "sale", units)))

    def _refund(self, number: int, units: int, last_day: date) -> None:
        for sale in self.sales:
            back = min(units, sale[2] - sale[3])
            if back:
                sale[3] += back
                row = self._row(sale[0], self.now, back, tradetp="2", tradeno=f"R{number}")
                self.waiting.append((row, (self.now, "refund", back)))
                return

    def _correct(self, number: int, units: int, last_day: date) -> None:
        """The last sale was of other units: what was said of it before holds no more, wherever it was heard of."""
        if not self.sales or units < self.sales[-1][3]:
            return
        self._report(number, units, last_day)
        order, at, before, _ = self.sales[-1]
        row = self._row(order, at, units, tradetp="3", tradeno=f"K{number}")
        self.cabinet.report(row)
        self.truth.forget(at, "sale", before)
        self.truth.note(at, "sale", units)
        self.sales[-1][2] = units

    def _count(self, number: int, units: int, last_day: date) -> None:
        acting.count(
            self.cabinet.session,
            system_actor(),
            self.cabinet.channel.code,
            self.cabinet.device,
            {"A1": units},
        )
        self.truth.note(self.now, "count", units)

    def _recall(self, number: int, units: int, last_day: date) -> None:
        """Whatever lot it is, somebody takes out so many units of what expires first."""
        session, channel = self.cabinet.session, self.cabinet.channel
        device = device_of(session, channel, self.cabinet.device)
        cabinet = lock_cabinets(session, channel.id)[device.id]
        lots = stock_of(session, self.cabinet).shelf.get("lots", [])
        first = min((lot[2] or "9999", lot[0], lot[1]) for lot in lots)[1:] if lots else ("A1", "")
        goods = Goods(self.cabinet.product.id, self.cabinet.product.name)
        moved = Movement(
            goods=goods, kind="recall", at=self.now, milli=units * 1000, slot=first[0], lot_no=first[1]
        )
        book(session, cabinet, [moved])
        self.truth.note(self.now, "recall", units)

    def _report(self, number: int, units: int, last_day: date) -> None:
        if self.waiting:
            self.cabinet.report(*(row for row, _ in self.waiting))
            for _, what in self.waiting:
                self.truth.note(*what)
            self.waiting = []

    def _row(self, order: str, at: datetime, units: int, **changes: Any) -> dict[str, Any]:
        return self.cabinet.row(order, paytm=said(at), qty=str(units), payamt=f"{49 * units}.00", **changes)


def _check(play: Play) -> None:
    cabinet = play.cabinet
    stock = stock_of(cabinet.session, cabinet)
    truth = play.truth.reckon()
    assert balance(cabinet) == truth.balance * 1000
    moved = cabinet.session.scalar(
        select(func.coalesce(func.sum(CabinetMovement.change_milli), 0)).where(
            CabinetMovement.device_id == stock.device_id, CabinetMovement.kind == "shrinkage"
        )
    )
    assert moved == truth.shrunk * 1000
    cases = cabinet.session.scalars(
        select(CabinetFinding).where(
            CabinetFinding.device_id == stock.device_id, CabinetFinding.state == "open"
        )
    ).all()
    assert {one.since: (one.there_milli, one.sold_milli) for one in cases if one.kind == "oversold"} == {
        since: (came * 1000, went * 1000) for since, (came, went) in truth.gaps.items()
    }
    assert {one.expires_on: one.sold_milli for one in cases if one.kind == "expired_sold"} == {
        day: units * 1000 for day, units in truth.stale.items()
    }


@pytest.mark.usefixtures("at_noon")
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_whatever_happens_offline_the_balance_and_the_findings_are_the_truth(
    session: Session, steps: list[tuple[str, int, int]]
) -> None:
    with frozen_at(NOON):
        cabinet = open_cabinet(session)
        plans.plan(
            session,
            system_actor(),
            cabinet.channel.code,
            cabinet.device,
            [NewSlot(slot="A1", capacity=10, par_level=3, product_id=cabinet.product.id)],
        )
        bring(cabinet, 4)
    play = Play(cabinet)
    play.truth.note(NOON, "restock", 4)
    for number, (what, units, days) in enumerate(steps):
        play.step(number, what, units, days)
        _check(play)
    play.step(len(steps), "report", 1, 0)
    _check(play)
    with frozen_at(play.now):
        making.make_tasks(session, cabinet.channel)
        assert making.make_tasks(session, cabinet.channel) == 0
