"""An interrupted demo is told from a whole one, and both from data that is somebody's own, which is never thrown away."""

import pytest

from marketplace.cli import worker
from marketplace.core import audit, db
from marketplace.core.actor import system_actor
from marketplace.core.settings import Settings
from marketplace.demo import store
from marketplace.demo.commands import demo


def test_the_state_follows_the_two_lines_of_the_audit_trail(database):
    assert store.state() == store.EMPTY
    with db.transaction() as session:
        store.mark(session, store.BEGUN, "2020")
    assert store.state() == store.INTERRUPTED
    with db.transaction() as session:
        store.mark(session, store.WHOLE, "2020")
    assert store.state() == store.LOADED


def test_data_of_somebody_s_own_are_foreign_and_stay(app, database):
    with db.transaction() as session:
        audit.record(session, system_actor(), "accounts.organisation.registered", "organisation", 1)
    assert store.state() == store.FOREIGN
    with app.app_context():
        refused = app.test_cli_runner().invoke(demo, ["--no-serve"])
    assert refused.exit_code == 1
    assert "not the demo's" in refused.output
    assert store.state() == store.FOREIGN


def test_a_database_that_is_not_embedded_is_never_emptied(app, database):
    with app.app_context():
        refused = app.test_cli_runner().invoke(demo, ["--fresh", "--no-serve"])
    assert refused.exit_code == 1
    assert "only the embedded database" in refused.output
    with pytest.raises(ValueError, match="only the embedded database"):
        store.start_over(Settings(database_url=database.url))
    assert store.state() == store.EMPTY


def test_a_worker_leaves_the_demo_alone_unless_it_is_told_not_to(app, database):
    with db.transaction() as session:
        store.mark(session, store.BEGUN, "2020")
        store.mark(session, store.WHOLE, "2020")
    with app.app_context():
        refused = app.test_cli_runner().invoke(worker, ["--once"])
        told = app.test_cli_runner().invoke(worker, ["--once", "--on-demo"])
    assert refused.exit_code == 1
    assert "the database holds the demo" in refused.output
    assert "jobs done" not in refused.output
    assert told.exit_code == 0
    assert "jobs done" in told.output
