"""What the worker does with noted changes, and how drift is found and mended."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from marketplace.catalogue.service import listings, prices
from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at
from marketplace.core.db import transaction
from search.engines import postgresql_writing
from search.engines.postgresql import PostgresqlEngine
from search.engines.protocol import Versioned
from search.engines.registry import engines
from search.models import Change
from search.service import suggest
from search.sync import changes, indexing
from search.sync.drift import Drift, repair, verify
from search.sync.rebuild import rebuild
from tests.catalogue_world import NOON
from tests.support import searching
from tests.support.searching import Goods, Remote, documents, forget, noted, put_on_sale, sync_all

pytestmark = pytest.mark.usefixtures("database")


SYSTEM = system_actor()


NOTHING = Drift((), (), ())


def everywhere() -> Drift:
    return verify(engines().written[-1])


def priced(session: Any, goods: Goods) -> None:
    prices.set_price(session, SYSTEM, searching.listing(session, goods), 5_100, None)


def paused(session: Any, goods: Goods) -> None:
    listings.change_state(session, SYSTEM, searching.listing(session, goods), "paused", "缺货")


def test_what_is_taken_down_is_removed_and_what_comes_back_is_put_again() -> None:
    goods = put_on_sale("绿茶")
    sync_all()
    assert set(documents()) == {goods.product_no}
    with transaction() as session:
        paused(session, goods)
    sync_all()
    assert documents() == {}
    assert searching.ask("绿茶").total == 0
    with transaction() as session:
        listings.change_state(session, SYSTEM, searching.listing(session, goods), "listed", None)
    sync_all()
    assert set(documents()) == {goods.product_no}
    assert everywhere() == NOTHING


def test_a_late_write_of_an_older_state_brings_nothing_back() -> None:
    goods = put_on_sale("绿茶")
    with transaction() as session:
        old, _ = indexing.read_documents(session, {goods.product_no: goods.product_id})
    with transaction() as session:
        paused(session, goods)
    sync_all()
    PostgresqlEngine().write(old)
    assert documents() == {}
    with transaction() as session:
        assert session.scalar(sql("SELECT count(*) FROM search.document_listing")) == 0


def test_a_dead_workers_rows_are_done_by_the_next_after_its_lease() -> None:
    put_on_sale("绿茶")
    with transaction() as session:
        claimed = indexing._claim(session, "postgresql", 10)
    assert len(claimed) >= 1
    assert indexing.sync() == 0
    with frozen_at(NOON + indexing.LEASE - timedelta(seconds=1)):
        assert indexing.sync() == 0
    with frozen_at(NOON + indexing.LEASE):
        assert indexing.sync() == len(claimed)
    assert noted() == []


def test_an_engine_that_is_away_keeps_its_rows_and_is_in_step_when_it_is_back(remote: Remote) -> None:
    remote.is_away = True
    made = [put_on_sale(name) for name in ("绿茶", "蜂蜜", "大米")]
    sync_all()
    assert noted("postgresql") == []
    assert set(noted("elasticsearch")) == {goods.product_id for goods in made}
    with transaction() as session:
        assert set(session.scalars(select(Change.last_error))) == {"EngineUnavailable"}
        paused(session, made[0])
    remote.is_away = False
    assert indexing.sync() == 2  # the new change alone, for both engines: the others wait
    with frozen_at(NOON + timedelta(seconds=indexing.LONGEST_WAIT_SECONDS)):
        sync_all()
        assert noted("elasticsearch") == []
        assert verify(remote) == verify(PostgresqlEngine()) == NOTHING
    assert {n for n, one in remote.kept.items() if one.document} == {goods.product_no for goods in made[1:]}


def test_each_failure_waits_longer_and_at_most_five_minutes(remote: Remote) -> None:
    put_on_sale("绿茶")
    remote.is_away = True
    waits = []
    now = NOON
    for _ in range(11):
        with frozen_at(now):
            indexing.sync()
        with transaction() as session:
            due = max(session.scalars(select(Change.due_at).where(Change.engine == "elasticsearch")))
        waits.append((due - now).total_seconds())
        now = due
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    with transaction() as session:
        session.execute(sql("UPDATE search.change SET attempts = 32000, due_at = :now"), {"now": now})
    with frozen_at(now):
        indexing.sync()
    with transaction() as session:
        assert set(session.scalars(select(Change.attempts))) == {indexing.MOST_ATTEMPTS}


def test_a_document_that_an_engine_refuses_does_not_stop_the_others(remote: Remote) -> None:
    made = [put_on_sale(name) for name in ("绿茶", "蜂蜜", "大米")]
    remote.refused = {made[1].product_no}
    sync_all()
    assert set(noted("elasticsearch")) == {made[1].product_id}
    assert set(remote.kept) == {made[0].product_no, made[2].product_no}
    assert set(documents()) == {goods.product_no for goods in made}
    assert verify(remote) == NOTHING  # it is noted, so it is known
    forget()
    assert verify(remote) == Drift((made[1].product_no,), (), ())


def test_a_product_of_which_no_document_can_be_made_does_not_stop_the_others() -> None:
    made = [put_on_sale(name) for name in ("绿茶", "蜂蜜", "大米")]
    with transaction() as session:
        session.execute(
            sql("UPDATE producers.product SET category_code = 'fruit' WHERE id = :id"),
            {"id": made[1].product_id},
        )
    sync_all()
    assert set(noted()) == {made[1].product_id}
    assert set(documents()) == {made[0].product_no, made[2].product_no}
    assert rebuild(PostgresqlEngine()) == 2
    forget()
    assert everywhere() == Drift((made[1].product_no,), (), ())


def test_a_failure_that_names_no_product_costs_the_others_nothing(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [put_on_sale(name) for name in ("绿茶", "蜂蜜", "大米")]
    write = remote.write

    def broken(documents: Sequence[Versioned]) -> Sequence[int]:
        if made[1].product_no in {one.product_no for one in documents}:
            raise ZeroDivisionError
        return write(documents)

    monkeypatch.setattr(remote, "write", broken)
    sync_all()
    assert set(noted("elasticsearch")) == {made[1].product_id}
    assert set(remote.kept) == {made[0].product_no, made[2].product_no}
    with transaction() as session:
        assert set(session.scalars(select(Change.last_error))) == {"ZeroDivisionError"}
    monkeypatch.undo()
    with frozen_at(NOON + timedelta(seconds=indexing.LONGEST_WAIT_SECONDS)):
        sync_all()
    assert noted("elasticsearch") == []
    assert verify(remote) == NOTHING


def test_verify_names_what_is_missing_stale_and_too_much_and_repair_mends_it(remote: Remote) -> None:
    missing, stale, extra, right = (put_on_sale(name) for name in ("绿茶", "蜂蜜", "大米", "百合"))
    sync_all()
    with transaction() as session:
        session.execute(
            sql("UPDATE catalogue.listing SET price_fen = 1 WHERE id = :id"), {"id": stale.listing_id}
        )
        session.execute(
            sql("UPDATE catalogue.listing SET state = 'paused' WHERE id = :id"), {"id": extra.listing_id}
        )
        for table in ("document_listing", "document"):
            session.execute(
                sql(f"DELETE FROM search.{table} WHERE product_no = :no"),
                {"no": missing.product_no},
            )
    del remote.kept[missing.product_no]
    orphan = remote.kept[right.product_no]
    remote.kept[999_999] = type(orphan)(999_999, orphan.version, orphan.digest, orphan.document)
    expected = Drift((missing.product_no,), (stale.product_no,), (extra.product_no,))
    assert verify(PostgresqlEngine()) == expected
    assert verify(remote) == Drift(expected.missing, expected.stale, (extra.product_no, 999_999))
    for engine in engines().written:
        repair(engine, verify(engine))
    sync_all()
    assert verify(PostgresqlEngine()) == verify(remote) == NOTHING
    assert set(documents()) == {missing.product_no, stale.product_no, right.product_no}


def test_a_change_that_is_done_while_verify_compares_is_no_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    goods, other = put_on_sale("绿茶"), put_on_sale("蜂蜜")
    sync_all()
    engine = PostgresqlEngine()
    stored = engine.stored
    edits = []

    def edited_meanwhile(after: int, limit: int) -> Any:
        if not edits:  # between the reading of the rows and that of the index
            edits.append(1)
            with transaction() as session:
                priced(session, goods)
                paused(session, other)
            sync_all()
        return stored(after, limit)

    monkeypatch.setattr(engine, "stored", edited_meanwhile)
    assert verify(engine) == NOTHING
    assert edits == [1]


def test_a_word_that_comes_back_during_a_rebuild_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    goods, last = put_on_sale("罗汉果"), put_on_sale("绿茶")
    sync_all()
    rebuild(PostgresqlEngine())
    with transaction() as session:
        paused(session, goods)
    sync_all()
    engine = PostgresqlEngine()

    def back_on_sale() -> None:  # after the rebuild has read it, before it forgets words without documents
        with transaction() as session:
            listings.change_state(session, SYSTEM, searching.listing(session, goods), "listed", None)
        sync_all()

    monkeypatch.setattr(engine, "finish_rebuild", back_on_sale)
    rebuild(engine)
    assert searching.names(searching.ask("luohanguo")) == ["罗汉果"]
    assert "罗汉果" in suggest("luoh")
    assert set(documents()) == {goods.product_no, last.product_no}


def test_after_a_statement_error_the_changes_stay_and_say_which_error_it_was(
    database: db.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_sale("绿茶")

    def broken(_: object) -> None:
        with transaction() as session:
            session.execute(sql("SELECT nothing FROM nowhere"))

    monkeypatch.setattr(postgresql_writing, "write", broken)
    assert indexing.sync() == 0
    with transaction() as session:
        kept = session.execute(select(Change.attempts, Change.last_error)).all()
    assert {tuple(row) for row in kept} == {(1, "ProgrammingError")}


def test_products_that_no_longer_exist_leave_no_row() -> None:
    with transaction() as session:
        changes.note(session, [uuid.uuid4()])
    assert indexing.sync() == 1
    assert noted() == []
