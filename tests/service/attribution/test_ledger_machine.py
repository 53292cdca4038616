"""Any sequence of sales, refunds, restatements, late lines and closes: what stands in the books after every step."""

from __future__ import annotations

import itertools
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.attribution.models import AgreementStatement, Entry, HouseholdStatement, Period
from marketplace.attribution.service.chain import link_recent
from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.linkage import linkage_mode
from marketplace.beneficiaries.service import Coverage
from marketplace.certification.facts import CertificateRevoked
from marketplace.certification.models import Certificate
from marketplace.core import db, facts
from marketplace.core.clock import day_start, frozen_at, next_period, period_range, shanghai
from marketplace.core.ids import uuid7
from marketplace.orders.facts import CountedLine, OrderReattributed
from tests.support.books import Books, ledger_breaks
from tests.support.county import COUNTY, make_world
from tests.support.machines import of_length

UNITS = [uuid.UUID(int=number) for number in (1, 2)]
FIRST_DAY = shanghai(2020, 9, 1, 8)
MODES = ("sales_rebate", "contract_purchase", "floor_price", "land_transfer", "member_rebate")
_numbers = itertools.count(1)


@dataclass
class Line:
    """A counted line and what is left of it."""

    line: CountedLine
    fen: int
    units: int
    certificate: Certificate | None
    unit: uuid.UUID | None = None


class Ledger(RuleBasedStateMachine):
    """Drives the ledger as orders, certification and the month's end do; every step is one transaction."""

    database: db.Database

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.database.engine.connect()
        self.outer = self.connection.begin()
        self.database.session_options = {
            "bind": self.connection,
            "join_transaction_mode": "create_savepoint",
        }
        self.now = FIRST_DAY
        self.lines: list[Line] = []
        self.certificates: list[Certificate] = []
        self.closed: dict[str, list[Any]] = {}

    def teardown(self) -> None:
        try:
            with db.transaction() as session:
                link_recent(session)
                assert ledger_breaks(session) == []
        finally:
            self.database.session_options = {"bind": self.database.engine}
            self.outer.rollback()
            self.connection.close()

    @contextmanager
    def step(self) -> Iterator[tuple[Session, Books]]:
        with frozen_at(self.now), db.transaction() as session:
            self.world.session = session
            yield session, Books(session, self.world)

    @initialize(
        shares=st.lists(
            st.tuples(
                st.sampled_from(MODES),
                st.sampled_from([0, 1, 700, 3_333, 6_000, 10_000]),
                st.lists(st.integers(1, 50), min_size=1, max_size=7),
            ),
            min_size=1,
            max_size=3,
        )
    )
    def agree(self, shares: list[tuple[str, int, list[int]]]) -> None:
        with frozen_at(self.now), db.transaction() as session:
            self.world = make_world(session)
            for mode, linked_bp, parts in shares:
                roster = list(zip(self.world.households(len(parts)), parts, strict=True))
                kind = linkage_mode(mode)
                coverage = [Coverage(self.world.product.id, linked_bp, "raw_material", "收购台账")]
                version = self.world.version(
                    roster, terms=dict(kind.example_terms), products=coverage, from_day=date(2020, 9, 1)
                )
                self.world.approved(self.world.agreement(mode), version)
            for _ in range(2):
                self.certificates.append(self.certify(session))

    def certify(self, session: Session) -> Certificate:
        product = self.world.product
        row = Certificate(
            catalogue_no=f"{COUNTY}-2020-01-{next(_numbers):06d}",
            scheme="city_local",
            batch="01",
            product_id=product.id,
            producer_id=self.world.producer.id,
            area_code=COUNTY,
            product_name=product.name,
            spec=product.spec,
            category_code=product.category_code,
            valid_from=date(2020, 9, 1),
            valid_to=date(2022, 8, 31),
            issued_at=self.now,
        )
        session.add(row)
        session.flush()
        return row

    def tick(self, hours: int) -> datetime:
        self.now = datetime.fromtimestamp(self.now.timestamp() + hours * 3600, self.now.tzinfo)
        return self.now

    @rule(
        fen=st.integers(0, 1_000_000),
        units=st.integers(1, 9),
        certified=st.integers(0, 2),
        hours=st.integers(0, 300),
        sold_before=st.integers(0, 500),
    )
    def sell(self, fen: int, units: int, certified: int, hours: int, sold_before: int) -> None:
        counted_at = self.tick(hours)
        sold_at = max(
            FIRST_DAY, datetime.fromtimestamp(counted_at.timestamp() - sold_before * 3600, counted_at.tzinfo)
        )
        certificate = self.certificates[certified - 1] if certified else None
        with self.step() as (_, books):
            line = books.line(
                fen,
                units,
                sold_at=sold_at,
                counted_at=counted_at,
                certificate_id=certificate.id if certificate else None,
                goods_class="certified_aid" if certificate else "ordinary",
            )
            books.sell(line)
        self.lines.append(Line(line, fen, units, certificate))

    @rule(data=st.data(), hours=st.integers(0, 400))
    @precondition(lambda self: any(line.units for line in self.lines))
    def take_back(self, data: st.DataObject, hours: int) -> None:
        line = data.draw(st.sampled_from([line for line in self.lines if line.units]))
        units = data.draw(st.integers(1, line.units))
        fen = line.fen if units == line.units else data.draw(st.integers(0, line.fen))
        self.tick(hours)
        with self.step() as (_, books):
            books.take_back(line.line, fen, units, self.now)
        line.fen, line.units = line.fen - fen, line.units - units

    @rule(data=st.data(), hours=st.integers(0, 900), to=st.sampled_from(UNITS), twice=st.booleans())
    @precondition(lambda self: self.lines)
    def move(self, data: st.DataObject, hours: int, to: uuid.UUID, twice: bool) -> None:
        moved = data.draw(st.lists(st.sampled_from(self.lines), min_size=1, max_size=3, unique_by=id))
        self.tick(hours)
        fact = OrderReattributed(
            order_id=uuid7(),
            event_id=uuid7(),
            arrival_id=uuid7(),
            at=self.now,
            reason="reattribution",
            line_ids=tuple(line.line.line_id for line in moved),
            budget_unit_id=to,
            buyer_area="441400",
            buyer_sector=None,
            buyer_path=str(to.int),
            participation_mode="government_procurement",
            helper_area=None,
        )
        for _ in range(2 if twice else 1):
            with self.step() as (session, _):
                facts.publish(session, fact)
        for line in moved:
            line.unit = to

    @rule(which=st.integers(0, 1), days=st.integers(0, 60))
    def revoke(self, which: int, days: int) -> None:
        certificate = self.certificates[which]
        void_from = max(FIRST_DAY, day_start(date.fromordinal(self.now.date().toordinal() - days)))
        with self.step() as (session, _):
            row = session.get_one(Certificate, certificate.id)
            if row.revoked_at is not None:
                return
            row.revoked_at, row.void_from, row.revocation_cause = self.now, void_from, "origin_fraud"
            session.flush()
            facts.publish(
                session,
                CertificateRevoked(
                    certificate_id=row.id,
                    product_id=row.product_id,
                    producer_id=row.producer_id,
                    scheme=row.scheme,
                    revoked_at=self.now,
                    void_from=void_from,
                    cause="origin_fraud",
                ),
            )

    @rule()
    def link(self) -> None:
        with self.step() as (session, _):
            link_recent(session)

    @rule()
    @precondition(lambda self: self.lines)
    def close(self) -> None:
        with self.step() as (session, _):
            last = session.scalar(sa.select(sa.func.max(Period.period)))
            first = session.scalar(sa.select(sa.func.min(Entry.period)))
        period = next_period(last) if last else str(first)
        self.now = max(self.now, day_start(period_range(period)[1].date().replace(day=6)))
        self.now = max(self.now, shanghai(int(next_period(period)[:4]), int(next_period(period)[5:]), 5, 1))
        with self.step() as (session, _):
            close_period(session, None, period)
            self.closed[period] = self.said(session, period)

    def said(self, session: Session, period: str) -> list[Any]:
        return [
            [
                tuple(row)
                for row in session.execute(
                    sa.select(*table.__table__.columns)
                    .where(table.period == period)
                    .order_by(*table.__table__.primary_key.columns)
                )
            ]
            for table in (Period, AgreementStatement, HouseholdStatement)
        ]

    @invariant()
    def entries_of_a_line_are_what_is_left_of_it(self) -> None:
        with db.transaction() as session:
            rows = session.execute(
                sa.select(
                    Entry.line_id, sa.func.sum(Entry.sale_fen), sa.func.sum(Entry.quantity_milli)
                ).group_by(Entry.line_id)
            )
            found = {line_id: (int(fen), int(milli)) for line_id, fen, milli in rows}
        assert found == {line.line.line_id: (line.fen, line.units * 1_000) for line in self.lines}

    @invariant()
    def what_is_left_of_a_line_is_its_unit_s(self) -> None:
        with db.transaction() as session:
            rows = session.execute(
                sa.select(Entry.line_id, Entry.budget_unit_id, sa.func.sum(Entry.sale_fen)).group_by(
                    Entry.line_id, Entry.budget_unit_id
                )
            )
            found = {(line_id, unit): int(fen) for line_id, unit, fen in rows if fen}
        assert found == {(line.line.line_id, line.unit): line.fen for line in self.lines if line.fen}

    @invariant()
    def nothing_void_is_aid(self) -> None:
        with db.transaction() as session:
            void = {
                row.id: row.void_from
                for row in session.scalars(sa.select(Certificate).where(Certificate.revoked_at.is_not(None)))
            }
            rows = session.execute(
                sa.select(Entry.line_id, sa.func.sum(Entry.sale_fen))
                .where(Entry.goods_class == "certified_aid")
                .group_by(Entry.line_id)
            )
            aid = {line_id: int(fen) for line_id, fen in rows}
        for line in self.lines:
            certificate = line.certificate
            counts = certificate is not None and not (
                certificate.id in void and void[certificate.id] <= line.line.sold_at
            )
            assert aid.get(line.line.line_id, 0) == (line.fen if counts else 0)

    @invariant()
    def no_household_is_owed_less_than_nothing_and_closed_months_stay(self) -> None:
        with db.transaction() as session:
            totals = session.execute(
                sa.select(
                    HouseholdStatement.version_no,
                    HouseholdStatement.earned_period,
                    HouseholdStatement.household_no,
                    sa.func.sum(HouseholdStatement.benefit_fen),
                ).group_by(
                    HouseholdStatement.version_no,
                    HouseholdStatement.earned_period,
                    HouseholdStatement.household_no,
                )
            )
            assert all(int(fen) >= 0 for *_, fen in totals)
            for period, said in self.closed.items():
                assert self.said(session, period) == said

    @rule()
    @precondition(lambda self: self.lines and not any(line.units for line in self.lines))
    def all_gone_nets_every_household_to_what_needs_no_sale(self) -> None:
        with db.transaction() as session:
            newest = session.scalar(sa.select(sa.func.max(Entry.period))) or ""
        self.close()
        while max(self.closed) < newest:  # the last of what went back may stand in a later month
            self.close()
        with db.transaction() as session:
            linked: dict[int, int] = defaultdict(int)
            for version_no, fen in session.execute(sa.select(Entry.version_no, Entry.benefit_fen)):
                linked[version_no] += fen
            assert set(linked.values()) <= {0}
            owed = session.scalar(sa.select(sa.func.sum(AgreementStatement.pool_fen))) or 0
            split = session.scalar(sa.select(sa.func.sum(HouseholdStatement.benefit_fen))) or 0
            accrued = session.scalar(sa.text("SELECT coalesce(sum(benefit_fen), 0) FROM attribution.accrual"))
        assert owed == split == accrued


def test_the_books_hold_after_any_sequence_of_events(shared_database: db.Database) -> None:
    compose()
    db.connect(shared_database)
    Ledger.database = shared_database
    run_state_machine_as_test(Ledger, settings=of_length(25, 15))
