"""Books of real orders, changed by a superuser with every trigger off: verification goes red and names the row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.attribution.models import Entry
from marketplace.attribution.service.chain import link_recent
from marketplace.attribution.service.close import close_period
from marketplace.attribution.service.verify import verify
from marketplace.beneficiaries.service import Coverage
from marketplace.core import db, embedded
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.migrate import APP_ROLE
from marketplace.orders import service as orders
from marketplace.payments import service as payments
from marketplace.producers.models import Producer, Product
from tests.orders_world import NOON, open_shop
from tests.support.county import World, make_actor

_TEMPLATE = "sanzhuan_template"
_NAME = "sanzhuan_tampering"


@dataclass(frozen=True)
class Books:
    """A superuser's engine on finished books: October closed, a return of it in November, one month open."""

    engine: sa.Engine


def _agree(session: Session) -> None:
    product = session.scalars(sa.select(Product)).one()
    owner = session.get_one(Producer, product.producer_id)
    world = World(
        session,
        owner,
        product,
        make_actor(session, "producer", "000000", owner.organisation_id),
        make_actor(session, "county_officer", "000000"),
    )
    roster = [(number, shares) for shares, number in enumerate(world.households(7), 1)]
    coverage = [Coverage(product.id, 5_000, "raw_material", "收购台账")]
    world.approved(world.agreement(), world.version(roster, products=coverage))


def _write_books() -> None:
    with frozen_at(NOON), db.transaction() as session:
        shop = open_shop(session)
        _agree(session)
        first = shop.complete([3])
        shop.complete([2])
        link_recent(session)
    november = shanghai(2020, 11, 5, 9)
    with frozen_at(november), db.transaction() as session:
        shop.session = session
        close_period(session, None, "2020-10")
        refund = shop.returned(first, 1, 1)
        assert refund is not None
        payments.confirm_refund(session, shop.finance, refund.number, reference="B1")
        third = shop.place([1])
        shop.pay(third, at=november)
        shop.deliver(third)
        orders.accept(session, shop.buyer_actor, third.number)
        orders.evaluate(session, shop.buyer_actor, third.number, stars=5)
        link_recent(session)


@pytest.fixture(scope="module")
def books(server: embedded.EmbeddedServer) -> Iterator[Books]:
    compose()
    server.create_database(_NAME, template=_TEMPLATE)
    database = db.connect(db.Database(server.url(APP_ROLE, _NAME)))
    _write_books()
    database.dispose()
    url = server.url("postgres", _NAME).replace("postgresql://", "postgresql+psycopg://", 1)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    yield Books(engine)
    engine.dispose()
    server.drop_database(_NAME)


def findings(books: Books, *statements: str) -> list[tuple[str, str]]:
    """What verification finds after the statements, which nobody else ever sees."""
    with Session(books.engine) as session:
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            changed = session.execute(sa.text(statement))
            assert changed.rowcount != 0, statement  # type: ignore[attr-defined]
        return [(found.code, found.broken) for found in verify(session) if found.broken]


ENTRY = "attribution.entry"
FIRST = f"{ENTRY}.entry_no = (SELECT min(entry_no) FROM {ENTRY})"
LAST = f"{ENTRY}.entry_no = (SELECT max(entry_no) FROM {ENTRY})"
REFUND = f"{ENTRY}.entry_no = (SELECT min(entry_no) FROM {ENTRY} WHERE kind = 'refund')"
COPY_OF_FIRST = f"""
    INSERT INTO {ENTRY} SELECT (jsonb_populate_record(e, jsonb_build_object(
        'id', gen_random_uuid(), 'entry_no', 999))).* FROM {ENTRY} e WHERE e.entry_no = (SELECT min(entry_no) FROM {ENTRY})
"""
ROWS = "attribution.household_statement"
ROW_OF_FIRST = f"household_no = (SELECT min(household_no) FROM {ROWS})"
ROW_OF_LAST = f"household_no = (SELECT max(household_no) FROM {ROWS})"


def test_untouched_books_have_no_findings_and_something_to_find(books: Books) -> None:
    assert findings(books) == []
    with Session(books.engine) as session:
        kinds = session.execute(
            sa.select(Entry.kind, Entry.period, sa.func.count())
            .group_by(Entry.kind, Entry.period)
            .order_by(Entry.kind, Entry.period)
        ).all()
    assert [tuple(row) for row in kinds] == [
        ("refund", "2020-11", 2),
        ("sale", "2020-10", 4),
        ("sale", "2020-11", 2),
    ]


@pytest.mark.parametrize(
    ("statements", "code", "said"),
    [
        # L1, a line and its entries, a pool and its households
        ([f"UPDATE {ENTRY} SET sale_fen = sale_fen + 1 WHERE {FIRST}"], "L1", "order line"),
        ([f"UPDATE {ENTRY} SET quantity_milli = quantity_milli + 1 WHERE {LAST}"], "L1", "order line"),
        (
            [f"UPDATE {ENTRY} SET sale_fen = sale_fen - 1 WHERE {REFUND}"],
            "L1",
            "went back 4900 fen, entries 4901",
        ),
        (
            ["UPDATE orders.order_line SET counted_fen = counted_fen - 1 WHERE counted_fen = 9800"],
            "L1",
            "counted 9799",
        ),
        (
            [f"UPDATE {ROWS} SET benefit_fen = benefit_fen + 1 WHERE {ROW_OF_FIRST}"],
            "L1",
            "statement 2020-10 version 1",
        ),
        (
            [
                f"UPDATE {ROWS} SET benefit_fen = benefit_fen + 1 WHERE {ROW_OF_FIRST}",
                f"UPDATE {ROWS} SET benefit_fen = benefit_fen - 1 WHERE {ROW_OF_LAST}",
            ],
            "L1",
            "household 1 89 fen, by the rule 88",
        ),
        ([f"DELETE FROM {ROWS} WHERE {ROW_OF_LAST}"], "L1", "statement 2020-10 version 1"),
        ([f"INSERT INTO {ROWS} VALUES ('2020-10', 9, '2020-10', 1, 5)"], "L1", "version 9"),
        (
            ["UPDATE beneficiaries.roster_share SET shares = 9 WHERE shares = 1"],
            "L1",
            "statement 2020-10 version 1 for 2020-10: household 1 88 fen, by the rule 613",
        ),
        (
            ["UPDATE beneficiaries.agreement_version SET village_bp = 1000"],
            "L1",
            "the village keeps 0 fen, not 245",
        ),
        ([f"UPDATE {ROWS} SET benefit_fen = -1 WHERE {ROW_OF_FIRST}"], "L1", "household 1 under version 1"),
        # L2, append-only
        (
            ["ALTER TABLE attribution.entry DISABLE TRIGGER refuse_change"],
            "L2",
            "attribution.entry can be changed",
        ),
        (["DROP TRIGGER refuse_truncate ON attribution.link"], "L2", "attribution.link can be changed"),
        (["ALTER TABLE beneficiaries.roster_share DISABLE TRIGGER ALL"], "L2", "beneficiaries.roster_share"),
        (
            ["ALTER TABLE intake.foreign_sale DISABLE TRIGGER refuse_loss"],
            "L2",
            "intake.foreign_sale: refuse_loss is off",
        ),
        (
            ["DROP TRIGGER fk_link_entry_no ON attribution.link"],
            "L2",
            "attribution.link: fk_link_entry_no is off",
        ),
        ([f"UPDATE {ENTRY} SET sale_fen = -99999 WHERE {REFUND}"], "L2", "line"),
        (
            [
                f"UPDATE {ENTRY} SET reverses_id = (SELECT id FROM {ENTRY} e ORDER BY entry_no DESC LIMIT 1) WHERE {REFUND}"
            ],
            "L2",
            "points elsewhere",
        ),
        # L3, replays
        (
            ["ALTER TABLE attribution.entry DROP CONSTRAINT uq_entry_event", COPY_OF_FIRST],
            "L3",
            "entry 1 stands 2 times",
        ),
        (["ALTER TABLE attribution.entry DROP CONSTRAINT uq_entry_event"], "L3", "uq_entry_event is missing"),
        # L4, folds
        (["UPDATE attribution.period SET sale_fen = sale_fen + 1"], "L4", "2020-10: 4 entries of 24501 fen"),
        (["UPDATE attribution.period SET benefit_fen = 0"], "L4", "2020-10"),
        (["UPDATE attribution.agreement_statement SET sale_fen = 0"], "L4", "statement 2020-10 version 1"),
        (["DELETE FROM attribution.agreement_statement"], "L4", "statement 2020-10 version 1"),
        (["UPDATE attribution.agreement_statement SET pool_total_fen = 7"], "L4", "7 fen, sum 2450"),
        ([f"UPDATE {ENTRY} SET benefit_fen = benefit_fen - 1 WHERE {FIRST}"], "L4", "found 12250/2449"),
        # L5, as of sold_at
        (
            ["UPDATE beneficiaries.agreement_version SET valid = daterange('2020-10-02', NULL)"],
            "L5",
            "entry 1: version 1 was not in force",
        ),
        (
            ["UPDATE beneficiaries.agreement_version SET valid = daterange('2020-09-01', '2020-10-01')"],
            "L5",
            "entry 1: version 1 was not in force",
        ),
        (["UPDATE beneficiaries.agreement_version SET state = 'refused'"], "L5", "entry 1: version 1"),
        (["UPDATE certification.certificate SET valid_to = '2020-09-30'"], "L5", "entry 1: certificate"),
        (
            ["UPDATE certification.certificate SET suspensions = '{[2020-09-20 00:00+00,)}'"],
            "L5",
            "entry 1: certificate",
        ),
        (
            ["UPDATE certification.certificate SET revoked_at = '2020-12-01', void_from = '2020-10-01'"],
            "L5",
            "under revoked certificate",
        ),
        ([f"UPDATE {ENTRY} SET version_no = 9, agreement_no = 9 WHERE {LAST} OR {FIRST}"], "L5", "version 9"),
        (
            [f"UPDATE {ENTRY} SET version_no = 9 WHERE kind = 'refund' AND version_no = 1"],
            "L5",
            "was not sold under version 9",
        ),
        # L6, months
        (
            [f"UPDATE {ENTRY} SET period = '2020-10' WHERE {LAST}"],
            "L6",
            "of 2020-10 was chained after its close",
        ),
        ([f"UPDATE {ENTRY} SET period = '2020-09' WHERE {LAST}"], "L6", "of 2020-09, which never closed"),
        (
            ["INSERT INTO attribution.period (period, state) VALUES ('2020-12', 'closed')"],
            "L6",
            "2020-12 was closed",
        ),
        # L7, chain and digests
        (
            [f"UPDATE {ENTRY} SET product_name = '假' WHERE {FIRST}"],
            "L7",
            "entry 1 at chain position 1 was changed",
        ),
        (["UPDATE attribution.link SET hash = sha256('x') WHERE position = 3"], "L7", "at chain position 3"),
        (["DELETE FROM attribution.link WHERE position = 2"], "L7", "chain position 2 is missing"),
        ([f"DELETE FROM {ENTRY} WHERE {FIRST}"], "L7", "entry 1 at chain position 1 is gone"),
        ([f"DELETE FROM {ENTRY} WHERE {LAST}"], "L7", "at chain position 8 is gone"),
        (["DELETE FROM attribution.link WHERE position > 3"], "L7", "the chain ends before 2020-10 does"),
        (["UPDATE attribution.period SET chain_head = sha256('x')"], "L7", "the chain head of 2020-10"),
        (["UPDATE attribution.period SET digest = sha256('x')"], "L7", "the digest of 2020-10"),
        (
            ["UPDATE attribution.agreement_statement SET digest = sha256('x')"],
            "L7",
            "its households were changed",
        ),
        (
            ["DELETE FROM beneficiaries.roster_share WHERE shares = 7"],
            "L7",
            "a household that is not on the roster",
        ),
        # L8, roll-ups
        (["DELETE FROM attribution.agreement_statement"], "L8", "statements, unlinked and the open months"),
        (["UPDATE orders.order_line SET counted_fen = 0 WHERE counted_fen = 9800"], "L8", "counted lines"),
        # L9, stock
        (["UPDATE catalogue.stock_item SET on_hand = on_hand + 1"], "L9", "stock item"),
        (["UPDATE catalogue.stock_item SET reserved = 1"], "L9", "stock item"),
        (["DELETE FROM catalogue.stock_movement WHERE kind = 'ship'"], "L9", "stock item"),
    ],
)
def test_whatever_is_changed_is_found_and_named(
    books: Books, statements: list[str], code: str, said: str
) -> None:
    found = [broken for its_code, broken in findings(books, *statements) if its_code == code]
    assert found, f"{code} stayed green"
    assert any(said in broken for broken in found), found
