"""The feed upward over both sides' real code: every counted entry once, in order, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.core.clock import shanghai
from marketplace.core.embedded import OWNER_ROLE
from marketplace.core.errors import AlreadyExists, Conflict, Invalid
from marketplace.core.migrate import APP_ROLE
from marketplace.intake.models import Batch, UpwardEntry, UpwardSource
from marketplace.intake.rules.upward import GENESIS
from marketplace.intake.service import upward_sources
from marketplace.statistics.upward import feeds, link, report, scope
from marketplace.statistics.upward.link import UpperSilent
from marketplace.statistics.upward.models import UpwardBatch
from tests.catalogue_world import World as Catalogue
from tests.support import upward
from tests.support.upward import SEPTEMBER, SOURCE, Feeding


@pytest.fixture
def feeding(client: FlaskClient) -> Iterator[Feeding]:
    yield upward.begin(client)
    link._installed[:] = [None]


@pytest.fixture
def apart(app: Flask, own_database: db.Database) -> Iterator[Feeding]:
    """In a database of its own, whose owner can take rows away as a restore does."""
    yield upward.begin(app.test_client())
    link._installed[:] = [None]


def as_owner(*statements: str) -> None:
    url = db.current().url.replace(APP_ROLE, OWNER_ROLE)
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement)


def batches() -> list[Batch]:
    with db.transaction() as session:
        return list(session.scalars(select(Batch).order_by(Batch.sequence)))


def test_counted_entries_arrive_in_chain_order_without_who_bought(feeding: Feeding) -> None:
    feeding.sell(9_800, buyer_kind="enterprise")
    line = feeding.sell(4_900)
    feeding.take_back(line, 1_900, shanghai(2020, 9, 14))
    feeding.work()
    assert feeding.positions() == [1, 2, 3]
    with db.transaction() as session:
        rows = session.execute(
            select(
                UpwardEntry.kind, UpwardEntry.sale_fen, UpwardEntry.origin_area, UpwardEntry.buyer_kind
            ).order_by(UpwardEntry.position)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("sale", 9_800, "441403", "enterprise"),
        ("sale", 4_900, "441403", "citizen"),
        ("refund", -1_900, "441403", "citizen"),
    ]
    assert [(one.state, one.row_count, one.total_fen) for one in batches()] == [("done", 3, 14_700)]
    assert {
        one.name for one in UpwardEntry.__table__.columns if "buyer" in one.name or "household" in one.name
    } == {
        "buyer_kind",
        "buyer_area",
        "buyer_sector",
    }


def test_entries_go_up_once_a_day_and_what_is_there_is_not_sent_again(feeding: Feeding) -> None:
    feeding.sell()
    feeding.work()
    feeding.sell()
    feeding.work()
    assert feeding.positions() == [1]
    feeding.next_day()
    feeding.work()
    assert feeding.positions() == [1, 2]
    feeding.next_day()
    feeding.work()
    assert [one.sequence for one in batches()] == [1, 2]


def test_an_answer_that_was_lost_is_mended_by_asking(feeding: Feeding) -> None:
    lost = []

    def lose(method: str, path: str) -> None:
        if method == "POST" and len(lost) < 3:
            lost.append(path)
            raise UpperSilent("ReadTimeoutError")

    feeding.above.after = lose
    feeding.sell()
    feeding.work(1, upper_reads=False)
    assert (feeding.feed().last_error, feeding.feed().position) == ("ReadTimeoutError", 0)
    feeding.work(3)
    assert (feeding.positions(), len(batches()), feeding.feed().last_error) == ([1], 1, None)
    assert (len(lost), feeding.feed().position) == (1, 1)


def test_an_upper_instance_that_is_down_for_days_gets_everything_afterwards(feeding: Feeding) -> None:
    def down(method: str, path: str) -> None:
        raise UpperSilent("MaxRetryError")

    feeding.above.before = down
    for _ in range(4):
        feeding.sell()
        feeding.work(3)
        feeding.next_day()
    assert feeding.positions() == []
    assert feeding.feed().tries > 3
    feeding.above.before = lambda method, path: None
    feeding.work()
    assert feeding.positions() == [1, 2, 3, 4]


def test_a_batch_that_waits_to_be_read_up_there_is_waited_for(feeding: Feeding) -> None:
    feeding.sell()
    feeding.work(5, upper_reads=False)
    sent = [call for call in feeding.above.calls if call[0] == "POST"]
    assert len(sent) == 1
    assert feeding.feed().position == 0
    feeding.work(2)
    feeding.next_day()
    feeding.work(2)
    assert feeding.feed().position == 1


def test_a_batch_whose_job_was_given_up_there_is_taken_up_again_when_it_comes_again(feeding: Feeding) -> None:
    feeding.sell()
    feeding.work(3, upper_reads=False)
    with db.transaction() as session:
        session.execute(text("UPDATE core.job SET state = 'dead' WHERE kind = 'intake.upward'"))
    feeding.work(4)
    assert feeding.positions() == []
    feeding.now += timedelta(minutes=11)
    feeding.work(4)
    assert feeding.positions() == [1]
    assert len(batches()) == 1


def test_a_replay_changes_nothing_and_a_changed_batch_is_refused(feeding: Feeding) -> None:
    feeding.sell()
    feeding.work()
    number = next(i for i, call in enumerate(feeding.above.calls) if call[0] == "POST")
    assert feeding.above.repeat(number) == 202
    feeding.work(2)
    assert feeding.positions() == [1]
    method, path, headers, body = feeding.above.calls[number]
    assert body is not None
    feeding.above.calls.append((method, path, headers, body + b"\n"))
    assert feeding.above.repeat(-1) == 401
    assert len(batches()) == 1


def test_what_the_upper_instance_lost_after_a_restore_is_sent_again_as_it_was(apart: Feeding) -> None:
    feeding = apart
    feeding.sell()
    feeding.work()
    feeding.next_day()
    feeding.sell()
    feeding.work()
    as_owner(
        "ALTER TABLE intake.upward_entry DISABLE TRIGGER USER",
        "ALTER TABLE intake.batch DISABLE TRIGGER refuse_loss",
        "DELETE FROM intake.upward_entry WHERE position = 2",
        "UPDATE intake.upward_source SET position = 1, hash = (SELECT hash FROM intake.upward_entry)",
        "DELETE FROM intake.batch WHERE sequence = 2",
    )
    feeding.next_day()
    feeding.work()
    assert feeding.positions() == [1, 2]
    assert [(one.sequence, one.state) for one in batches()] == [(1, "done"), (2, "done")]


def test_a_lower_instance_that_was_restored_from_an_older_copy_stops_instead_of_mixing_two_chains(
    apart: Feeding,
) -> None:
    feeding = apart
    feeding.sell()
    feeding.work()
    as_owner("DELETE FROM statistics.upward_batch", "UPDATE statistics.upward_feed SET position = 0")
    feeding.sell()
    feeding.next_day()
    feeding.work()
    assert (feeding.feed().state, feeding.feed().reason) == ("stopped", "diverged")
    assert feeding.positions() == [1]


def test_a_batch_that_is_refused_stops_the_feed_until_people_let_it_go_on(feeding: Feeding) -> None:
    with db.transaction() as session:
        session.scalars(select(UpwardSource)).one().area_code = "441500"
    feeding.sell()
    feeding.work()
    assert (feeding.feed().state, feeding.feed().reason) == ("stopped", "upward_scope")
    assert feeding.positions() == []
    feeding.work()
    assert len(batches()) == 1
    with feeding.time(), db.transaction() as session:
        session.scalars(select(UpwardSource)).one().area_code = "441400"
        session.flush()
        feeds.resume(session, feeding.people["issuer"], SOURCE)
    feeding.work()
    assert feeding.positions() == [1]
    assert [(one.sequence, one.state) for one in batches()] == [(1, "refused"), (2, "done")]
    with feeding.time(), db.transaction() as session, pytest.raises(Conflict) as refused:
        feeds.resume(session, feeding.people["issuer"], SOURCE)
    assert refused.value.code == "feed_running"


def test_sales_of_other_areas_leave_their_place_in_the_chain_and_nothing_else(feeding: Feeding) -> None:
    feeding.sell(9_800, channel_area="440100", product_name="广州卖的")
    feeding.sell(4_900)
    feeding.work()
    with db.transaction() as session:
        rows = session.execute(
            select(UpwardEntry.withheld, UpwardEntry.sale_fen).order_by(UpwardEntry.position)
        ).all()
    assert [tuple(row) for row in rows] == [("area", None), (None, 4_900)]
    assert sum(sums[1] for sums in feeding.held().daily.values()) == 4_900


def test_what_the_upper_instance_has_from_elsewhere_is_not_fed_and_neither_are_its_refunds(
    feeding: Feeding,
) -> None:
    with feeding.time(), db.transaction() as session:
        counter = Catalogue(session).channel("counter", area_code="441403")
        for day in (date(2020, 9, 14), date(2020, 9, 15)):
            with pytest.raises(Invalid) as refused:
                scope.exclude(session, system_actor(), channel=counter.code, from_day=day, reason="省级专馆")
            assert refused.value.code == "day_not_to_come"
        scope.exclude(
            session, system_actor(), channel=counter.code, from_day=date(2020, 9, 16), reason="省级专馆"
        )
    before, after = shanghai(2020, 9, 15, 23, 59), shanghai(2020, 9, 16)
    feeding.now = shanghai(2020, 9, 16, 10)
    fed = feeding.sell(1_000, channel_id=counter.id, sold_at=before, counted_at=before)
    kept = feeding.sell(2_000, channel_id=counter.id, sold_at=after, counted_at=after)
    feeding.take_back(fed, 100, after)
    feeding.take_back(kept, 200, after)
    feeding.work()
    with db.transaction() as session:
        rows = session.execute(
            select(UpwardEntry.withheld, UpwardEntry.sale_fen).order_by(UpwardEntry.position)
        ).all()
    assert [tuple(row) for row in rows] == [
        (None, 1_000),
        ("elsewhere", None),
        (None, -100),
        ("elsewhere", None),
    ]
    with feeding.time(), db.transaction() as session:
        with pytest.raises(Conflict):
            scope.include_again(session, system_actor(), channel=_other(session), until_day=date(2020, 10, 1))
        scope.include_again(session, system_actor(), channel=counter.code, until_day=date(2020, 10, 1))
    october = shanghai(2020, 10, 1, 9)
    feeding.now = october
    feeding.sell(3_000, channel_id=counter.id, sold_at=october, counted_at=october)
    feeding.work()
    assert sum(sums[1] for sums in feeding.held("2020-10").daily.values()) == 3_000


def _other(session: object) -> str:
    return Catalogue(session).channel("counter", area_code="441403").code  # type: ignore[arg-type]


def test_a_name_goes_up_only_where_the_public_catalogue_has_it(feeding: Feeding) -> None:
    with db.transaction() as session:
        catalogue = Catalogue(session)
        listed = catalogue.certificate(catalogue.product())
    feeding.sell(certificate_id=listed.id, product_name="百香果")
    feeding.sell(certificate_id=listed.id, producer_kind="rural_entrepreneur", producer_name="张三")
    feeding.sell(product_name="李四 13900000000")
    feeding.work()
    with db.transaction() as session:
        rows = session.execute(
            select(UpwardEntry.product_name, UpwardEntry.producer_name).order_by(UpwardEntry.position)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("百香果", "梅县金柚合作社(演示)"),
        ("金柚", None),
        (None, None),
    ]


def test_a_source_is_registered_once_and_never_on_a_point_of_sale(feeding: Feeding) -> None:
    with db.transaction() as session:
        hall = Catalogue(session).channel("hall_online", area_code="441400")
    with pytest.raises(AlreadyExists), db.transaction() as session:
        _register(session, "441400", upward.CHANNEL)
    with pytest.raises(Conflict) as refused, db.transaction() as session:
        _register(session, "441500", hall.code)
    assert refused.value.code == "no_lower_platform"
    with pytest.raises(Invalid), db.transaction() as session:
        _register(session, "meizhou", "MZ-2021")


def _register(session: object, source: str, channel: str) -> None:
    upward_sources.register_source(
        session,  # type: ignore[arg-type]
        system_actor(),
        channel=channel,
        name="演示",
        source=source,
        public_key=upward.public_key(),
    )


def test_a_source_that_was_retired_is_heard_no_more_and_counts_nothing(feeding: Feeding) -> None:
    feeding.sell()
    feeding.work()
    with feeding.time(), db.transaction() as session:
        upward_sources.retire_source(session, system_actor(), SOURCE, "改由 441400-2 上报")
        asked = report.Asked(SEPTEMBER, SEPTEMBER, (), "county", "000000", ("000000",))
        [whole] = report.upward_rows(session, asked)
    assert (whole.fed["sale_fen"], whole.own["sale_fen"]) == (0, 9_800)
    feeding.next_day()
    feeding.sell()
    feeding.work()
    assert feeding.feed().last_error == "query_signature"
    assert feeding.positions() == [1]
    with pytest.raises(Conflict), feeding.time(), db.transaction() as session:
        upward_sources.retire_source(session, system_actor(), SOURCE, "再停一次")


def test_nobody_changes_what_was_fed(feeding: Feeding) -> None:
    feeding.sell()
    feeding.work()
    with pytest.raises(DBAPIError), db.transaction() as session:
        session.execute(text("UPDATE intake.upward_entry SET sale_fen = 1"))
    assert feeding.held().daily != {}
    assert GENESIS.hex() != feeding.held().source.hash.hex()


def test_the_bytes_of_a_batch_stay_the_same_until_it_is_held(feeding: Feeding) -> None:
    feeding.above.before = _refuse_posts
    feeding.sell()
    feeding.work(3)
    feeding.now += timedelta(hours=1)
    feeding.sell()
    feeding.work(3)
    with db.transaction() as session:
        assert [(one.rows, one.state) for one in session.scalars(select(UpwardBatch))] == [(1, "open")]
    feeding.above.before = lambda method, path: None
    feeding.now += timedelta(hours=1)
    feeding.work()
    assert feeding.positions() == [1]
    assert feeding.held(SEPTEMBER).state == "monitoring"


def _refuse_posts(method: str, path: str) -> None:
    if method == "POST":
        raise UpperSilent("ProtocolError")
