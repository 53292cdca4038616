"""The database: one engine a process, one `transaction()`, column habits decided once for all tables.

The entry point (a route, a command, a job) opens `transaction()`; services take the session and flush. Leaving the block
commits, raising rolls back, and nothing else in the code commits (an architecture test sees to it). A statement error is
never swallowed: PostgreSQL would turn the later COMMIT into a silent ROLLBACK.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, ClassVar, Final, cast

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Date,
    DateTime,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    create_engine,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from marketplace.core import snapshots
from marketplace.core.errors import DomainError
from marketplace.core.ids import uuid7

# What every connection of the service sets besides the statement timeout. A killed worker's locks are free within a second.
CONNECTION_OPTIONS: Final = (
    "-c timezone=UTC -c lock_timeout=10000"
    " -c idle_in_transaction_session_timeout=60000 -c client_connection_check_interval=1000"
)
# What is read on its own has an index for every question. The planner does not know that comparing tokens is dear and would
# read all rows; and a page is too short a work to compile it or to share it among processes.
READER_OPTIONS: Final = " -c enable_seqscan=off -c jit=off -c max_parallel_workers_per_gather=0"
SCHEMAS: Final = (
    "core",
    "accounts",
    "producers",
    "beneficiaries",
    "certification",
    "catalogue",
    "orders",
    "payments",
    "attribution",
    "statistics",
    "search",
)


class Base(DeclarativeBase):
    """Common habits: predictable constraint names, text in COLLATE "C", bigint integers, aware UTC instants."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(collation="C"),
        int: BigInteger(),
        bool: Boolean(),
        bytes: LargeBinary(),
        date: Date(),
        datetime: DateTime(timezone=True),
        uuid.UUID: Uuid(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


def id_column() -> Any:
    """Primary key: a UUIDv7 made by us, so that a row's id is known before it is written."""
    return mapped_column(Uuid(), primary_key=True, default=uuid7)


def _engine(url: str, pool_size: int, statement_timeout_ms: int, options: str = "", **more: Any) -> Engine:
    all_options = f"{CONNECTION_OPTIONS} -c statement_timeout={statement_timeout_ms}{options}"
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=2,
        pool_pre_ping=False,
        pool_use_lifo=True,
        hide_parameters=True,  # an error's text goes to the log; the values of its statement must not
        json_serializer=lambda value: orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode(),
        json_deserializer=orjson.loads,
        connect_args={"options": all_options},
        **more,
    )


def table_of(model: type[Base]) -> Table:
    """The table behind a mapped class: a Core insert of plain rows costs half of what the mapper's bulk insert does."""
    return cast("Table", model.__table__)


class Database:
    """An engine and what opens sessions on it. `session_options` lets tests bind to one outer connection."""

    def __init__(self, url: str, *, pool_size: int = 10, statement_timeout_ms: int = 30_000) -> None:
        self.url = url
        self.engine: Engine = _engine(url, pool_size, statement_timeout_ms)
        # Connections of their own for single reading statements: switching one to AUTOCOMMIT and back costs more than the rest.
        self.reader: Engine = _engine(
            url, pool_size, statement_timeout_ms, READER_OPTIONS, isolation_level="AUTOCOMMIT"
        )
        self.session_options: dict[str, Any] = {"bind": self.engine}

    def dispose(self) -> None:
        """Close all connections that nobody has in hand. An engine that is listened to asks about every statement, so none is."""
        self.engine.dispose()
        self.reader.dispose()

    @property
    def only_connection(self) -> Connection | None:
        """The one that everything goes over in a test's outer transaction, where nothing may run beside anything; else None."""
        bind = self.session_options["bind"]
        return bind if isinstance(bind, Connection) else None

    def session(self) -> Session:
        """A new session; only `transaction()` should need it."""
        return Session(expire_on_commit=False, autoflush=False, **self.session_options)


_current: list[Database] = []


def connect(database: Database) -> Database:
    """Make `database` the one this process works on. The composition root and the tests call it."""
    _current[:] = [database]
    return database


def current() -> Database:
    """The process's database; RuntimeError before `connect`."""
    if not _current:
        raise RuntimeError("no database connected: create_app() or a test fixture does that")
    return _current[0]


@contextmanager
def transaction(*, snapshot: bool = False) -> Iterator[Session]:
    """One unit of work: commit when the block ends, roll back when it raises.

    `snapshot=True` reads at REPEATABLE READ, read-only: all figures of a report come from one state of the books.
    """
    session = current().session()
    try:
        if snapshot:
            snapshots.begin(session)
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


@contextmanager
def reading() -> Iterator[Connection]:
    """A connection for one statement that only reads, outside any transaction: nothing to begin, nothing to commit.

    For public pages that are asked for all day. Inside a test's outer transaction it reads in that.
    """
    database = current()
    if database.only_connection is not None:
        yield database.only_connection
        return
    with database.reader.connect() as connection:
        yield connection


@contextmanager
def refusing(refusals: Mapping[str, DomainError]) -> Iterator[None]:
    """Turn the violation of a named constraint into a refusal; any other database error passes on.

    >>> with refusing({"uq_organisation_uscc": AlreadyExists("uscc_taken")}): session.flush()

    The transaction is over either way: the refusal leaves the use case and rolls back.
    """
    try:
        yield
    except IntegrityError as error:
        refusal = refusals.get(constraint_of(error) or "")
        if refusal is None:
            raise
        raise refusal from error


def constraint_of(error: IntegrityError) -> str | None:
    """Name of the constraint that a statement violated, as PostgreSQL reports it."""
    diag = getattr(error.orig, "diag", None)
    return cast("str | None", getattr(diag, "constraint_name", None))


_LOCK: Final = (
    "SELECT {}(hashtext(:space), hashtext(given.key)) FROM unnest(CAST(:keys AS text[])) AS given (key)"
)
_LOCK_SHARED: Final = sql(_LOCK.format("pg_advisory_xact_lock_shared"))
_LOCK_EXCLUSIVE: Final = sql(_LOCK.format("pg_advisory_xact_lock"))


def lock_shared(session: Session, space: str, *keys: str) -> None:
    """Shared advisory locks, taken in the order given until the end of the transaction, by one statement.

    Writers of a month take one, its close the exclusive one. Advisory locks queue fairly; a row locked FOR SHARE by a stream
    of writers would starve the closer.
    """
    session.execute(_LOCK_SHARED, {"space": space, "keys": list(keys)})


def lock_exclusive(session: Session, space: str, *keys: str) -> None:
    """As `lock_shared`, exclusive."""
    session.execute(_LOCK_EXCLUSIVE, {"space": space, "keys": list(keys)})


@contextmanager
def held_alone(space: str, key: str) -> Iterator[bool]:
    """Whether an advisory lock was free; if so, a connection of its own holds it until the block ends.

    For work of many transactions that nobody may do twice at once. Nobody waits for it; who dies loses it with the connection.
    """
    values = {"space": space, "key": key}
    with current().reader.connect() as connection:
        asked = sql("SELECT pg_try_advisory_lock(hashtext(:space), hashtext(:key))")
        is_free = bool(connection.scalar(asked, values))
        try:
            yield is_free
        finally:
            if is_free:
                connection.execute(sql("SELECT pg_advisory_unlock(hashtext(:space), hashtext(:key))"), values)
