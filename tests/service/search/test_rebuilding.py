"""Of two rebuilds at once one is refused, and harms nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask

from marketplace.core import db
from search.engines.postgresql import PostgresqlEngine
from search.engines.registry import alone, install
from search.service import suggest
from search.sync.rebuild import RebuildRunning, rebuild, rebuild_all
from tests.support.searching import documents, put_on_sale, sync_all


class Halting(PostgresqlEngine):
    """Stops in the middle of a rebuild until it is let go."""

    def __init__(self) -> None:
        self.begun, self.let_go = threading.Event(), threading.Event()
        self.built: list[int] = []
        self.first = threading.Thread(target=lambda: self.built.append(rebuild(self)))

    def begin_rebuild(self) -> None:
        self.begun.set()
        assert self.let_go.wait(60)


@pytest.fixture
def halting(app: Flask, own_database: db.Database) -> Iterator[Halting]:
    """A shop with one product, and a rebuild that has begun and stands still until it is let go."""
    put_on_sale("绿茶")
    sync_all()
    engine = Halting()
    install(alone(engine))
    engine.first.start()
    assert engine.begun.wait(60)
    yield engine
    engine.let_go.set()
    engine.first.join()
    assert engine.built == [1]


def test_the_second_of_two_rebuilds_is_refused_at_once_and_changes_nothing(
    app: Flask, halting: Halting
) -> None:
    before, words = documents(), suggest("lv")
    refused = app.test_cli_runner().invoke(args=["search", "rebuild"])
    assert refused.exit_code == 75
    assert refused.output == "Error: another rebuild is running; nothing was changed\n"
    with pytest.raises(RebuildRunning):
        rebuild(PostgresqlEngine())
    with pytest.raises(RebuildRunning):
        rebuild_all(lambda _: None)
    assert (documents(), suggest("lv")) == (before, words)
    assert len(before) == len(words) == 1


def test_when_the_first_has_ended_the_next_one_may(app: Flask, halting: Halting) -> None:
    halting.let_go.set()
    halting.first.join()
    done = app.test_cli_runner().invoke(args=["search", "rebuild", "--engine", "postgresql"])
    assert (done.exit_code, done.output) == (0, "postgresql: 1 products on sale\n")


def test_a_rebuild_that_fails_leaves_no_lock(
    own_database: db.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_sale("绿茶")
    engine = PostgresqlEngine()
    with monkeypatch.context() as patched:
        patched.setattr(engine, "write", lambda _: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            rebuild(engine)
    assert rebuild(engine) == 1
