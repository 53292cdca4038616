"""Running the migration chain as the owner role, and asking whether it has been run.

The web role may read and write rows but owns nothing: it cannot change a table or switch a trigger off.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy import text as sql

APP_ROLE: Final = "sanzhuan_app"
_SCRIPTS: Final = Path(__file__).parent.parent / "migrations"


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Bring the database at `owner_url` to `revision`. Waits at most 5 s for any lock, then fails."""
    _run(owner_url, lambda config: command.upgrade(config, revision))


def downgrade(owner_url: str, revision: str) -> None:
    """Take the database back to `revision` (`base` empties it)."""
    _run(owner_url, lambda config: command.downgrade(config, revision))


def _run(owner_url: str, step: Callable[[Config], None]) -> None:
    engine = create_engine(owner_url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with engine.connect() as connection:
            connection.execute(sql("SET lock_timeout = '5s'"))
            connection.execute(sql("SET timezone = 'UTC'"))
            connection.commit()
            step(alembic_config(connection))
            connection.commit()
    finally:
        engine.dispose()


def head() -> str:
    """The newest revision in the code."""
    found = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if found is None:
        raise RuntimeError("no migrations")
    return found


def current_revision(connection: Connection) -> str | None:
    """The revision that the database is at; None when it was never migrated."""
    return MigrationContext.configure(
        connection, opts={"version_table_schema": "public"}
    ).get_current_revision()
