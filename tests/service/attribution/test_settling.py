"""Up to which number of entry nothing can appear any more: exact whatever the order of commits."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import ChainState, Entry, Link
from marketplace.attribution.service import chain, settling
from marketplace.attribution.service.chain import link_recent
from marketplace.attribution.service.settling import settled
from marketplace.core import db
from marketplace.core.clock import frozen_at, shanghai
from tests.support.books import Books
from tests.support.county import make_world


def test_nothing_is_settled_while_a_transaction_that_may_still_write_is_running(
    session: Session, books: Books
) -> None:
    books.sell(books.line(100))
    with frozen_at(shanghai(2020, 9, 20, 8)):
        link_recent(session)
        link_recent(session)
    with frozen_at(shanghai(2020, 9, 20, 9)):
        link_recent(session)
    # This very transaction has written and is running.
    state = session.scalars(select(ChainState)).one()
    assert (settled(session), state.settled_entry_no) == (0, 0)
    assert state.next_entry_no is not None


def linked_at(*minutes: int) -> None:
    for minute in minutes:
        with frozen_at(shanghai(2020, 9, 20, 8, minute)), db.transaction() as session:
            link_recent(session)


def test_a_late_commit_below_the_newest_number_is_linked_and_counted_and_only_then_settled(
    own_database: db.Database,
) -> None:
    with db.transaction() as session:
        world = make_world(session)
    late = own_database.session()
    Books(late, world).sell(Books(late, world).line(7))  # takes the lower number
    with db.transaction() as session:
        Books(session, world).sell(Books(session, world).line(100))
    linked_at(0, 2, 4, 6)
    with db.transaction() as session:
        assert settled(session) == 0
        assert session.scalar(select(func.count()).select_from(Link)) == 1
    late.commit()
    late.close()
    linked_at(8, 10)
    with db.transaction() as session:
        assert settled(session) == session.scalar(select(func.max(Entry.entry_no)))
        assert session.scalar(select(func.count()).select_from(Link)) == 2


def test_a_commit_later_than_what_is_looked_at_each_second_is_linked_within_ten_seconds(
    own_database: db.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "NEAR", 0)
    with db.transaction() as session:
        world = make_world(session)
    linked_at(0)
    linked_at(1)  # the first look made the row that says when all was looked through
    late = own_database.session()
    Books(late, world).sell(Books(late, world).line(7))  # takes the lower number
    with db.transaction() as session:
        Books(session, world).sell(Books(session, world).line(100))
    assert look(1) == 1
    late.commit()
    late.close()
    assert [look(second) for second in (2, 9, 11)] == [0, 0, 1]


def test_of_more_entries_than_one_look_takes_the_rest_is_taken_by_the_next(
    own_database: db.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "BATCH", 2)
    monkeypatch.setattr(settling, "NEAR", 0)
    with db.transaction() as session:
        world = make_world(session)
        for _ in range(7):
            Books(session, world).sell(Books(session, world).line(7))
    assert [look(second) for second in (1, 2, 3, 4, 5)] == [2, 2, 2, 1, 0]
    with db.transaction() as session:
        positions = select(Link.position).order_by(Link.entry_no)
        assert session.scalars(positions).all() == [1, 2, 3, 4, 5, 6, 7]


def test_a_backlog_that_committed_late_is_linked_look_by_look_and_not_every_ten_seconds(
    own_database: db.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "BATCH", 2)
    monkeypatch.setattr(settling, "NEAR", 0)
    with db.transaction() as session:
        world = make_world(session)
    late = own_database.session()
    for _ in range(5):
        Books(late, world).sell(Books(late, world).line(7))  # the lower numbers
    with db.transaction() as session:
        Books(session, world).sell(Books(session, world).line(100))
    assert [look(second) for second in (1, 2)] == [1, 0]
    late.commit()
    late.close()
    assert [look(second) for second in (13, 14, 15, 16)] == [2, 2, 1, 0]


def look(second: int) -> int:
    """How many entries one look links."""
    with frozen_at(shanghai(2020, 9, 20, 8, 1, second)), db.transaction() as session:
        return link_recent(session)
