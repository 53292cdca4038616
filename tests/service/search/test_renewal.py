"""An index that another release has built is built anew by the worker, once, while searches go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text as sql

from marketplace.core import db
from marketplace.core.db import transaction
from search.engines import builds
from search.engines.postgresql import PostgresqlEngine
from search.engines.protocol import Versioned
from search.engines.registry import alone, engines, install
from search.fingerprint import fingerprint
from search.sync.drift import Drift, verify
from search.sync.rebuild import rebuild_all, rebuilding
from search.sync.renewal import Renewal
from tests.support.searching import Remote, ask, put_on_sale, sync_all

pytestmark = pytest.mark.usefixtures("own_database")
NOTHING = Drift((), (), ())


class Watched(PostgresqlEngine):
    """Counts its rebuilds and does something before each write."""

    def __init__(self, before: Callable[[], Any] = lambda: None) -> None:
        self.before = before
        self.rebuilds = 0

    def begin_rebuild(self) -> None:
        self.rebuilds += 1

    def write(self, documents: Sequence[Versioned]) -> Sequence[int]:
        self.before()
        return super().write(documents)


def shop(engine: PostgresqlEngine) -> None:
    """One green tea, whose document another release has built."""
    put_on_sale("绿茶")
    sync_all()
    install(alone(engine))
    by_another_release()


def by_another_release() -> None:
    with transaction() as session:
        session.execute(sql("UPDATE search.document SET digest = 'other'"))
    builds.embedded_built("other")


def verified(app: Flask) -> tuple[int, list[str]]:
    done = app.test_cli_runner().invoke(args=["search", "verify"])
    return done.exit_code, done.output.splitlines()


def test_what_another_release_has_built_is_built_anew_once(app: Flask) -> None:
    engine = Watched()
    shop(engine)
    assert verified(app) == (
        1,
        [
            "postgresql: 0 missing, 1 stale, 0 extra",
            "  built by another release, or never whole: the worker builds it anew",
            "  product 1",
        ],
    )
    one, other = Renewal(), Renewal()
    assert (one.run(), other.run(), one.run(), Renewal().run()) == (1, 0, 0, 0)
    assert (engine.rebuilds, engine.built_with()) == (1, fingerprint())
    assert verified(app) == (0, ["postgresql: 0 missing, 0 stale, 0 extra"])


def test_an_index_that_was_never_built_whole_is_built_by_the_first_worker() -> None:
    engine = Watched()
    install(alone(engine))
    assert engine.built_with() is None
    assert (Renewal().run(), Renewal().run()) == (1, 0)
    assert engine.built_with() == fingerprint()


def test_searches_are_answered_while_it_is_built() -> None:
    totals: list[int] = []
    shop(Watched(lambda: totals.append(ask("绿茶").total)))
    assert Renewal().run() == 1
    assert totals == [1]


def test_two_releases_beside_each_other_do_not_build_by_turns() -> None:
    engine = Watched()
    shop(engine)
    ours = Renewal()
    ours.run()
    builds.embedded_built("of the next release")
    assert (ours.run(), engine.built_with()) == (0, "of the next release")
    assert Renewal().run() == 1  # started anew, as after going back to this release
    assert engine.rebuilds == 2


def test_while_another_rebuild_runs_it_is_put_off() -> None:
    engine = Watched()
    shop(engine)
    renewal = Renewal()
    with rebuilding():
        assert renewal.run() == 0
    assert engine.rebuilds == 0
    assert renewal.run() == 1


def test_a_rebuild_that_failed_is_begun_anew() -> None:
    engine = Watched(lambda: 1 // 0)
    shop(engine)
    renewal = Renewal()
    with pytest.raises(ZeroDivisionError):
        renewal.run()
    assert engine.built_with() == "other"
    engine.before = lambda: None
    assert (renewal.run(), engine.built_with(), verify(engine)) == (1, fingerprint(), NOTHING)


def test_an_engine_that_is_away_is_renewed_when_it_is_back(remote: Remote) -> None:
    put_on_sale("绿茶")
    sync_all()
    remote.is_away = True
    renewal = Renewal()
    assert renewal.run() == 1
    remote.is_away = False
    assert (renewal.run(), renewal.run()) == (1, 0)
    assert [engine.built_with() for engine in engines().written] == [fingerprint()] * 2


def test_whoever_builds_everything_leaves_nothing_to_renew(remote: Remote, own_database: db.Database) -> None:
    rebuild_all(lambda _: None)
    assert Renewal().run() == 0
