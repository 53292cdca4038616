import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from marketplace.core import db, embedded, migrate
from marketplace.core.clock import utcnow
from marketplace.core.models import AuditRecord, Job


def _record() -> AuditRecord:
    return AuditRecord(at=utcnow(), action="test", subject_kind="x", subject_id="1", detail={})


def test_a_raised_error_rolls_everything_back(own_database: db.Database) -> None:
    with pytest.raises(RuntimeError), db.transaction() as session:
        session.add(Job(kind="x", payload={}, run_at=utcnow(), created_at=utcnow()))
        session.flush()
        raise RuntimeError
    with db.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0


@pytest.mark.parametrize(
    "statement", ["UPDATE core.audit_record SET action = 'y'", "DELETE FROM core.audit_record"]
)
def test_the_web_role_cannot_change_the_audit_trail(own_database: db.Database, statement: str) -> None:
    with db.transaction() as session:
        session.add(_record())
    with pytest.raises(DBAPIError, match="permission denied"), db.transaction() as session:
        session.execute(sa.text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core.audit_record SET action = 'y'",
        "DELETE FROM core.audit_record",
        "TRUNCATE core.audit_record",
    ],
)
def test_not_even_the_owner_can_change_the_audit_trail(
    own_database: db.Database, server: embedded.EmbeddedServer, statement: str
) -> None:
    with db.transaction() as session:
        session.add(_record())
    owner = sa.create_engine(
        server.url(embedded.OWNER_ROLE, own_database.engine.url.database or "").replace(
            "postgresql://", "postgresql+psycopg://"
        )
    )
    with pytest.raises(DBAPIError, match="append-only"), owner.begin() as connection:
        connection.execute(sa.text(statement))
    owner.dispose()


def test_a_database_that_is_left_has_no_connection_open(own_database: db.Database) -> None:
    used = db.Database(own_database.url, pool_size=1)
    with used.engine.connect(), used.reader.connect():
        pass
    assert (used.engine.pool.checkedin(), used.reader.pool.checkedin()) == (1, 1)  # type: ignore[attr-defined]
    used.dispose()
    assert (used.engine.pool.checkedin(), used.reader.pool.checkedin()) == (0, 0)  # type: ignore[attr-defined]


def test_migrations_go_down_to_nothing_and_up_again(server: embedded.EmbeddedServer) -> None:
    server.create_database("sanzhuan_updown")
    url = server.url(embedded.OWNER_ROLE, "sanzhuan_updown")
    migrate.upgrade(url)
    migrate.downgrade(url, "base")
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        left = connection.execute(
            sa.text("SELECT nspname FROM pg_namespace WHERE nspname = ANY(:names)"),
            {"names": list(db.SCHEMAS)},
        ).all()
        assert left == []
        assert migrate.current_revision(connection) is None
    migrate.upgrade(url)
    with engine.connect() as connection:
        assert migrate.current_revision(connection) == migrate.head()
    engine.dispose()
    server.drop_database("sanzhuan_updown")
