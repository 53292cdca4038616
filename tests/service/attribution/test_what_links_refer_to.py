"""A link is of an entry that is there and stays there: looked for once a statement, refused as by a foreign key."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from marketplace.attribution.bulk import BIGINT, HASH, INSTANT, instant, row_array, write_rows
from marketplace.attribution.models import Entry, Link
from marketplace.attribution.service.chain import link_recent
from marketplace.core import db
from marketplace.core.clock import utcnow
from tests.support.books import Books
from tests.support.county import make_world
from tests.support.references import (
    analyse,
    another_row,
    assert_is_foreign_key,
    assert_refused_to_the_owner,
    many_rows,
    rows_read,
)

ENTRY, LINK = "attribution.entry", "attribution.link"
_COLUMNS = {"entry_no": BIGINT, "position": BIGINT, "hash": HASH, "linked_at": INSTANT}
# From here no sequence of a test gets.
_FIRST = 1_000_000_000
_MANY = f"jsonb_build_object('entry_no', {_FIRST} + n, 'id', gen_random_uuid(), 'line_id', gen_random_uuid())"


def test_a_link_of_an_unknown_entry_is_refused_as_by_a_foreign_key(books: Books) -> None:
    session = books.session
    books.sell(books.line(100))
    link_recent(session)
    with pytest.raises(IntegrityError) as refused, session.begin_nested():
        another_row(session, LINK, {"entry_no": _FIRST, "position": _FIRST})
    assert_is_foreign_key(refused.value.orig, LINK, "fk_link_entry_no", ENTRY)
    assert f"Key (entry_no)=({_FIRST})" in str(refused.value.orig)


def test_of_many_links_in_one_copy_none_stays_when_one_is_of_an_unknown_entry(books: Books) -> None:
    session = books.session
    books.sell(books.line(100))
    many_rows(session, ENTRY, 300, _MANY)
    rows = row_array(_COLUMNS, 300)
    rows["entry_no"] = range(_FIRST + 2, _FIRST + 302)
    rows["position"] = range(_FIRST, _FIRST + 300)
    rows["linked_at"] = instant(utcnow())
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as refused, session.begin_nested():
        write_rows(session, LINK, _COLUMNS, [rows])
    assert_is_foreign_key(refused.value, LINK, "fk_link_entry_no", ENTRY)
    assert session.scalar(select(func.count()).select_from(Link)) == 0
    write_rows(session, LINK, _COLUMNS, [rows[:-1]])
    assert session.scalar(select(func.count()).select_from(Link)) == 299


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM attribution.entry",
        "TRUNCATE attribution.entry CASCADE",
        "UPDATE attribution.entry SET entry_no = DEFAULT",
        "UPDATE attribution.link SET entry_no = 1",
    ],
)
def test_an_entry_stays_under_its_number_and_a_link_with_its_entry_whoever_asks(
    own_database: db.Database, statement: str
) -> None:
    with db.transaction() as session:
        books = Books(session, make_world(session))
        books.sell(books.line(100))
    with db.transaction() as session:
        assert link_recent(session) == 1
    assert_refused_to_the_owner(own_database.url, statement, "append-only")


def test_the_look_reads_no_more_of_the_ledger_than_is_linked_though_it_grew_since_it_was_planned(
    own_database: db.Database,
) -> None:
    with db.transaction() as session:
        books = Books(session, make_world(session))
        books.sell(books.line(100))
    analyse(own_database.url, ENTRY)  # so the planner knows that it has one row
    with db.transaction() as session:
        number = session.scalars(select(Entry.entry_no)).one()
        session.add(Link(entry_no=number, position=1, hash=b"x", linked_at=utcnow()))
        session.flush()
        many_rows(session, ENTRY, 4_000, _MANY)
        before = rows_read(session, ENTRY)
        links = f"jsonb_build_object('entry_no', {_FIRST} + n, 'position', {_FIRST} + n)"
        many_rows(session, LINK, 20, links)
        # Of an index the entry, and by it the row.
        assert 20 <= rows_read(session, ENTRY) - before <= 2 * 20 + 2
