"""One embedded PostgreSQL for the run, migrated once; each test gets a savepoint in it, or a database of its own."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts import passwords, permissions
from marketplace.accounts.service import access_keys, grants, identity, people
from marketplace.app import compose
from marketplace.core import db, embedded, migrate, privacy, signing
from marketplace.core.actor import system_actor
from marketplace.core.migrate import APP_ROLE
from marketplace.core.settings import Settings
from tests.support.memory import folder_in_memory
from wsgi import FEATURES, create_app

# How long an example takes says something of the machine, not of the code.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.register_profile(
    "long", deadline=None, max_examples=200
)  # pytest --hypothesis-profile long
hypothesis.settings.load_profile("house")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes do not name a test: what is packed says when, and two processes that collect must find the same names."""
    return argname if isinstance(val, bytes) else None


_TEMPLATE = "sanzhuan_template"
_KEYS = Settings(encryption_keys="1:" + "11" * 32, index_key="22" * 32, signing_keys="1:" + "33" * 32)
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[embedded.EmbeddedServer]:
    """The embedded server with a migrated template database. fsync is off: these data die with the run.

    Whatever works on a database also finds facts, jobs and keys wired as in the application, and cheap password hashes.
    """
    compose(FEATURES)
    privacy.install(privacy.Vault(privacy.keys_from_settings(_KEYS)))
    signing.install(signing.signer_from_settings(_KEYS))
    passwords.use_cost(time_cost=1, memory_kib=8)
    folder = Path(tempfile.mkdtemp(prefix="sanzhuan-test-", dir=folder_in_memory()))
    folder.chmod(0o755)  # run as root, the server has a user of its own who must get there
    started = embedded.start(folder, durable=False)
    started.create_database(_TEMPLATE)
    migrate.upgrade(started.url(embedded.OWNER_ROLE, _TEMPLATE))
    yield started
    started.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def shared_database(server: embedded.EmbeddedServer) -> Iterator[db.Database]:
    """A database that the savepoint tests share; nothing is ever committed to it."""
    server.create_database("sanzhuan_shared", template=_TEMPLATE)
    database = db.Database(server.url(APP_ROLE, "sanzhuan_shared"), pool_size=5)
    yield database
    database.dispose()


@pytest.fixture
def database(shared_database: db.Database) -> Iterator[db.Database]:
    """The connected database with everything inside one outer transaction that is rolled back.

    `transaction()` works as usual, its commit only releases a savepoint. One connection: no threads; they need `own_database`.
    """
    with shared_database.engine.connect() as connection:
        outer = connection.begin()
        shared_database.session_options = {
            "bind": connection,
            "join_transaction_mode": "create_savepoint",
        }
        db.connect(shared_database)
        yield shared_database
        shared_database.session_options = {"bind": shared_database.engine}
        outer.rollback()


@pytest.fixture
def session(database: db.Database) -> Iterator[Session]:
    """An open transaction for service tests; roll-back at the end."""
    with db.transaction() as opened:
        yield opened


@pytest.fixture
def own_database(server: embedded.EmbeddedServer) -> Iterator[db.Database]:
    """A database of the test's own, for threads and real commits."""
    name = f"sanzhuan_own_{next(_numbers)}"
    server.create_database(name, template=_TEMPLATE)
    database = db.Database(server.url(APP_ROLE, name), pool_size=30)
    db.connect(database)
    yield database
    database.dispose()
    server.drop_database(name)


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    """A real Elasticsearch, for tests marked `elasticsearch`; they share it, each with an index prefix of its own."""
    from tests.support.elasticsearch import server_url

    with server_url() as url:
        yield url


@pytest.fixture(scope="session")
def app(shared_database: db.Database) -> Flask:
    """The whole application on the shared test database; tests that call it also ask for `database` or `own_database`."""
    created = create_app(
        Settings(
            database_url=shared_database.url,
            secret_key="test",
            encryption_keys=_KEYS.encryption_keys,
            index_key=_KEYS.index_key,
            signing_keys=_KEYS.signing_keys,
            log_level="CRITICAL",
        )
    )
    created.testing = True
    return created


@pytest.fixture
def client(app: Flask, database: db.Database) -> FlaskClient:
    """A client whose requests commit into the test's savepoint."""
    return app.test_client()


@pytest.fixture
def as_role(app: Flask, database: db.Database) -> Callable[..., dict[str, str]]:
    """Open an account with a role and get the headers that send its token.

    `as_role("county_officer", "441403")`, `as_role("buyer", organisation_id=unit.id)`; `person_id` adds a second account to a
    person. Every call is a new account; `headers["X-Test-Account"]` has its id for assertions.
    """

    def make(
        role: str,
        area_code: str = "000000",
        *,
        organisation_id: uuid.UUID | None = None,
        person_id: uuid.UUID | None = None,
        opened_by_unit: bool = False,
    ) -> dict[str, str]:
        number = next(_numbers)
        system = system_actor()
        with db.transaction() as session:
            if person_id is None:
                person_id = people.add_person(session, system, f"{role} {number}").id
            account = people.open_account(
                session,
                system,
                person_id,
                f"test{number}",
                organisation_id=organisation_id,
                opened_by_unit=opened_by_unit,
            ).account
            owner = organisation_id if permissions.role(role).kind == "owner" else None
            grants.grant(session, system, account.id, role, area_code, owner)
            actor = identity.actor_of_account(session, account.login)
            assert actor is not None
            token = access_keys.make(session, actor, "test").secret
        return {"Authorization": f"Bearer {token}", "X-Test-Account": str(account.id)}

    return make
