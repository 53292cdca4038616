"""Reports and sales refer to what is there and stays there: looked for once a statement, refused as by foreign keys."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.core import db
from marketplace.core.copy_rows import CopyRows
from marketplace.intake.models import Batch, ForeignSale, Report
from tests.support.references import (
    NOBODY,
    analyse,
    another_row,
    assert_is_foreign_key,
    assert_refused_to_the_owner,
    many_rows,
    rows_read,
)
from tests.support.reporting_device import Cabinet, open_cabinet

REPORT, SALE, BATCH = "intake.report", "intake.foreign_sale", "intake.batch"
_STAYS = "stay, under the keys they have"


@pytest.fixture
def told(cabinet: Cabinet) -> Cabinet:
    """One sale, reported once."""
    cabinet.report(cabinet.row("A1"))
    return cabinet


@pytest.mark.parametrize(
    ("table", "column", "constraint", "parent"),
    [
        (REPORT, "sale_id", "fk_report_sale_id", SALE),
        (REPORT, "batch_id", "fk_report_batch_id_channel_id", BATCH),
        (SALE, "batch_id", "fk_foreign_sale_batch_id_channel_id", BATCH),
    ],
)
def test_a_row_that_refers_to_nothing_is_refused_as_by_a_foreign_key(
    told: Cabinet, table: str, column: str, constraint: str, parent: str
) -> None:
    session = told.session
    new = {"id": str(uuid.uuid4()), "order_ref": "A2"}
    with pytest.raises(IntegrityError) as refused, session.begin_nested():
        another_row(session, table, new | {column: NOBODY})
    assert_is_foreign_key(refused.value.orig, table, constraint, parent)
    assert NOBODY in str(refused.value.orig)
    another_row(session, table, new)


@pytest.mark.parametrize("table", [REPORT, SALE])
def test_a_row_of_a_batch_of_another_channel_is_refused(told: Cabinet, table: str) -> None:
    session = told.session
    other = open_cabinet(session)
    with pytest.raises(IntegrityError) as refused, session.begin_nested():
        another_row(session, table, {"id": str(uuid.uuid4()), "channel_id": str(other.channel.id)})
    name = table.partition(".")[2]
    assert_is_foreign_key(refused.value.orig, table, f"fk_{name}_batch_id_channel_id", BATCH)


def test_of_many_reports_in_one_copy_none_stays_when_one_is_of_an_unknown_sale(told: Cabinet) -> None:
    session = told.session
    report = session.scalars(select(Report)).one()
    copied = CopyRows(Report)
    rows = [
        [f"B{number}" if name == "order_ref" else getattr(report, name) for name in copied.names]
        for number in range(500)
    ]
    rows[317][copied.names.index("sale_id")] = uuid.UUID(NOBODY)
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as refused, session.begin_nested():
        copied.write(session, rows)
    assert_is_foreign_key(refused.value, REPORT, "fk_report_sale_id", SALE)
    assert session.scalar(select(func.count()).select_from(Report)) == 1
    rows[317][copied.names.index("sale_id")] = report.sale_id
    copied.write(session, rows)
    assert session.scalar(select(func.count()).select_from(Report)) == 501


def test_a_report_of_a_sale_that_another_transaction_has_not_committed_is_refused(
    own_database: db.Database,
) -> None:
    with db.transaction() as session:
        told = open_cabinet(session)
        told.report(told.row("A1"))
    sale = str(uuid.uuid4())
    writing = own_database.session()
    another_row(writing, SALE, {"id": sale, "order_ref": "A2"})

    def report() -> None:
        with db.transaction() as session:
            another_row(session, REPORT, {"order_ref": "A2", "sale_id": sale})

    with pytest.raises(IntegrityError) as refused:
        report()
    assert_is_foreign_key(refused.value.orig, REPORT, "fk_report_sale_id", SALE)
    writing.commit()
    writing.close()
    report()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM intake.batch",
        "TRUNCATE intake.batch CASCADE",
        "TRUNCATE intake.device CASCADE",
        "UPDATE intake.batch SET id = gen_random_uuid()",
        "UPDATE intake.batch SET state = 'done', channel_id = gen_random_uuid()",
        "DELETE FROM intake.foreign_sale",
        "TRUNCATE intake.foreign_sale CASCADE",
        "UPDATE intake.foreign_sale SET id = gen_random_uuid()",
        "UPDATE intake.foreign_sale SET channel_id = gen_random_uuid()",
        "UPDATE intake.foreign_sale SET state = 'counted', batch_id = gen_random_uuid()",
    ],
)
def test_a_batch_and_a_sale_stay_under_their_keys_whoever_asks(
    shared_database: db.Database, statement: str
) -> None:
    assert_refused_to_the_owner(shared_database.url, statement, _STAYS)


def test_what_is_no_key_of_a_batch_or_sale_may_change(told: Cabinet) -> None:
    for change in (update(Batch).values(refusal="x"), update(ForeignSale).values(said={"x": "y"})):
        assert told.session.connection().execute(change).rowcount == 1


def _reports(session: Session, sales: int) -> None:
    many_rows(
        session,
        REPORT,
        sales,
        "jsonb_build_object('order_ref', 'R' || n, 'sale_id', lpad(to_hex(n), 32, '0')::uuid)",
    )


def _sales_of_batches(session: Session, batches: int) -> None:
    many_rows(
        session,
        SALE,
        batches,
        "jsonb_build_object('order_ref', 'S' || n, 'id', gen_random_uuid(), 'batch_id', lpad(to_hex(n), 32, '0')::uuid)",
    )


@pytest.mark.parametrize(
    ("parent", "own", "child", "write"),
    [
        (SALE, "'order_ref', 'B' || n", REPORT, _reports),
        (BATCH, "'number', 'B' || n, 'sequence', 10 + n, 'digest', 'a' || n", SALE, _sales_of_batches),
    ],
)
def test_the_look_reads_no_more_of_a_table_than_was_referred_to_though_it_grew_since_it_was_planned(
    own_database: db.Database, parent: str, own: str, child: str, write: Callable[[Session, int], None]
) -> None:
    with db.transaction() as session:
        told = open_cabinet(session)
        told.report(told.row("A1"))
    analyse(own_database.url, parent)  # so the planner knows that it has one row
    with db.transaction() as session:
        another_row(session, child, {"order_ref": "A2", "id": str(uuid.uuid4())})
        many_rows(session, parent, 4_000, f"jsonb_build_object({own}, 'id', lpad(to_hex(n), 32, '0')::uuid)")
        before = rows_read(session, parent)
        write(session, 20)
        # Of an index the entry, and by it the row.
        assert 20 <= rows_read(session, parent) - before <= 2 * 20 + 2
