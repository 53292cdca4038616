"""Any sequence of freight, contract, delivery and money on one order: what must hold after every step, refused ones too."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.core import db, files
from marketplace.core.clock import day_of, frozen_at
from marketplace.core.errors import DomainError
from marketplace.orders import service
from marketplace.orders.models import Contract, ContractSignature, OrderLine, SalesOrder
from marketplace.orders.rules import OPEN_CONTRACT, OUT
from marketplace.orders.service import contracts
from marketplace.orders.terms import payment_due
from marketplace.payments.service.checks import open_amount_differences
from tests.orders_world import NOON, Heard, Shop, open_shop
from tests.support.contracts import PNG, register, side_actor, upload
from tests.support.machines import of_length

SIDES = st.sampled_from(["seller", "buyer"])
DAYS = st.none() | st.integers(0, 100)


class Deal(RuleBasedStateMachine):
    """One order of 先货后款 with everything that the two sides may try, in any order, one transaction each."""

    database: db.Database
    shop: Shop

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="deal-"))
        files.install(self.folder)
        self.connection = self.database.engine.connect()
        self.outer = self.connection.begin()
        self.database.session_options = {
            "bind": self.connection,
            "join_transaction_mode": "create_savepoint",
        }
        self.now = NOON
        self.files = 0

    def teardown(self) -> None:
        self.database.session_options = {"bind": self.database.engine}
        self.outer.rollback()
        self.connection.close()
        shutil.rmtree(self.folder)

    @initialize()
    def place(self) -> None:
        with frozen_at(self.now), db.transaction() as session:
            self.shop = open_shop(session, (4_900, 1_300))
            register(self.shop)
            self.number = self.shop.place([3, 2], payment_method="after_delivery").number

    def attempt(self, work: Callable[[Session], object]) -> bool:
        """Try a step; after a refusal everything is as it was."""
        before = self.picture()
        try:
            with frozen_at(self.now), db.transaction() as session:
                self.shop.session = session
                work(session)
        except DomainError:
            assert self.picture() == before
            return False
        return True

    def picture(self) -> list[Any]:
        with db.transaction() as session:
            return [
                [tuple(row) for row in session.execute(select(*table.__table__.columns)).all()]
                for table in (SalesOrder, OrderLine, Contract, ContractSignature)
            ]

    def latest(self, session: Session) -> Contract | None:
        return session.scalars(select(Contract).order_by(Contract.id.desc()).limit(1)).one_or_none()

    @rule(freight_fen=st.sampled_from([0, 1, 999, 100_000]))
    def freight(self, freight_fen: int) -> None:
        self.attempt(lambda s: service.set_freight(s, self.shop.seller_actor, self.number, freight_fen))

    @rule(days=DAYS, inspection=st.none() | st.integers(0, 30), reason=st.sampled_from([None, "调剂"]))
    def draft(self, days: int | None, inspection: int | None, reason: str | None) -> None:
        def work(session: Session) -> None:
            agreed = contracts.Agreed(days, inspection, (), reason)
            row = contracts.draft(session, self.shop.seller_actor, self.number, agreed)
            contracts.make_document(session, {"contract": row.number})

        self.attempt(work)

    @rule(side=SIDES, step=st.sampled_from(["send", "send", "void"]))
    def move(self, side: str, step: str) -> None:
        def work(session: Session) -> None:
            row = self.latest(session)
            if row is not None and step == "send":
                contracts.send(session, side_actor(self.shop, side), row.number)
            elif row is not None:
                contracts.void(session, side_actor(self.shop, side), row.number, "重订")

        self.attempt(work)

    @rule(side=SIDES)
    def sign(self, side: str) -> None:
        def work(session: Session) -> None:
            row = self.latest(session)
            if row is None:
                return
            self.files += 1
            actor = side_actor(self.shop, side)
            file_id = upload(session, actor, PNG + bytes([self.files % 250]))
            contracts.sign(
                session, actor, row.number, contracts.Signed(side, "stamped_scan", file_id, "公章")
            )

        self.attempt(work)

    @rule(side=SIDES, approve=st.sampled_from([True, True, True, False]))
    def check(self, side: str, approve: bool) -> None:
        def work(session: Session) -> None:
            row = session.scalars(
                select(ContractSignature).order_by(ContractSignature.id.desc()).limit(1)
            ).one_or_none()
            if row is not None:
                contracts.check_signature(
                    session, side_actor(self.shop, side), row.id, approve=approve, opinion="看过"
                )

        self.attempt(work)

    @rule(days=DAYS, inspection=st.none() | st.integers(0, 30))
    def go_on(self, days: int | None, inspection: int | None) -> None:
        """The next step of the way to two signatures, so that signed contracts and supplements are reached often."""
        with db.transaction() as session:
            row = self.latest(session)
            rows = [] if row is None else contracts.signatures_of(session, [row.id])
        standing = {one.side: one.state for one in rows if one.state != "refused"}
        waiting = [side for side, state in standing.items() if state == "uploaded"]
        if row is None or row.state in ("void", "signed"):
            self.draft(days, inspection, "调剂")
        elif row.state == "drafted":
            self.move("seller", "send")
        elif waiting:
            self.check("buyer" if waiting == ["seller"] else "seller", True)
        else:
            self.sign("buyer" if "seller" in standing else "seller")

    @rule(
        step=st.sampled_from(["confirm", "ship", "deliver", "accept", "cancel", "pay"]),
        refused=st.integers(0, 3),
    )
    def order_step(self, step: str, refused: int) -> None:
        def work(session: Session) -> None:
            seller, buyer = self.shop.seller_actor, self.shop.buyer_actor
            if step == "accept":
                rejected = service.Rejected([service.Part(1, refused)], "破损") if refused else None
                service.accept(session, buyer, self.number, rejected)
            elif step == "pay":
                self.shop.pay(service.lock_order(session, self.number), 1_000, at=self.now)
            elif step == "cancel" and refused == 0:
                service.cancel(session, buyer, self.number, "不要了")
            elif step != "cancel":
                getattr(service, step)(session, seller, self.number)

        self.attempt(work)

    @rule(days=st.integers(1, 12))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @invariant()
    def what_is_owed_and_agreed_is_one_thing(self) -> None:
        with db.transaction() as session:
            order = session.scalars(select(SalesOrder)).one()
            lines = session.scalars(select(OrderLine)).all()
            papers = session.scalars(select(Contract).order_by(Contract.id)).all()
            signatures = session.scalars(select(ContractSignature)).all()
            assert order.total_fen == sum(line.amount_fen for line in lines) + order.freight_fen
            assert open_amount_differences(session) == []
            assert sum(one.state in OPEN_CONTRACT for one in papers) <= 1
            for one in papers:
                sides = {
                    row.side for row in signatures if row.contract_id == one.id and row.state == "checked"
                }
                if one.state in OUT:
                    assert one.content["freight_fen"] == order.freight_fen
                    assert len(sides) == {"sent": 0, "signed_by_one": 1, "signed": 2}[one.state]
            signed = [one for one in papers if one.state == "signed"]
            assert [one.kind for one in signed] == ["contract", *["supplement"] * (len(signed) - 1)][
                : len(signed)
            ]
            self.due_day_is_that_of_the_last_signed(order, signed[-1] if signed else None)

    def due_day_is_that_of_the_last_signed(self, order: SalesOrder, last: Contract | None) -> None:
        assert order.payment_terms.get("contract") == (None if last is None else last.number)
        if order.delivered_at is None:
            assert order.due_on is None
            return
        delivered = day_of(order.delivered_at)
        inspection = None if last is None else last.inspection_days
        until = None if inspection is None else delivered + timedelta(days=inspection)
        assert order.due_on == payment_due(
            delivered,
            None if last is None else last.contract_days,
            accepted_on=None if order.accepted_at is None else day_of(order.accepted_at),
            inspection_until=until,
        )
        assert (order.due_on - delivered).days <= 60 + (inspection or 0)


def test_freight_contract_and_due_day_agree_after_any_sequence_of_steps(shared_database: db.Database) -> None:
    Heard().compose()
    db.connect(shared_database)
    Deal.database = shared_database
    try:
        run_state_machine_as_test(Deal, settings=of_length(15, 25))
    finally:
        compose()
