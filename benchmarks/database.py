"""The PostgreSQL of a benchmark: embedded, with production's settings, empty but for the migrated schema, gone afterwards."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from marketplace.core import db, embedded, migrate
from marketplace.core.migrate import APP_ROLE
from marketplace.core.settings import Settings

COMPOSE: Final = Path(__file__).parents[1] / "compose.yaml"
NAME = "sanzhuan_bench"
SECRET = "benchmark"  # noqa: S105 - of a database that lives for a minute
CELL_KEYS = "1:" + "11" * 32
INDEX_KEY = "22" * 32


@dataclass
class Postgres:
    """Where the owner and the service's role connect."""

    owner_url: str
    app_url: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process of the service needs to work on this database."""
        return {
            "DATABASE_URL": self.app_url,
            "SANZHUAN_SECRET_KEY": SECRET,
            "SANZHUAN_ENCRYPTION_KEYS": CELL_KEYS,
            "SANZHUAN_INDEX_KEY": INDEX_KEY,
            "SANZHUAN_LOG_LEVEL": "ERROR",
        }

    @property
    def settings(self) -> Settings:
        """The same for an application in this process."""
        return Settings(
            database_url=self.app_url,
            secret_key=SECRET,
            encryption_keys=CELL_KEYS,
            index_key=INDEX_KEY,
            log_level="ERROR",
        )

    def connect(self) -> psycopg.Connection[Any]:
        """A bare connection of the service's role, with the service's own settings."""
        return psycopg.connect(self.app_url, options=db.CONNECTION_OPTIONS)

    def analyse(self) -> None:
        """Give the planner statistics of what was written, and start measuring from a checkpoint."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")  # else autovacuum does it beside what is measured


@contextmanager
def postgres(*, durable: bool = True) -> Iterator[Postgres]:
    """Start, migrate and connect this process; everything is deleted when the block ends. Not `durable`: fsync is off."""
    folder = Path(tempfile.mkdtemp(prefix="sanzhuan-bench-"))
    folder.chmod(0o755)  # as root the server runs as a user of its own, who must get there
    try:
        server = embedded.start(folder, durable=durable)
        if durable:
            _as_in_production(server)
        server.create_database(NAME)
        found = Postgres(server.url(embedded.OWNER_ROLE, NAME), server.url(APP_ROLE, NAME))
        migrate.upgrade(found.owner_url)
        database = db.connect(db.Database(found.app_url))
        try:
            yield found
        finally:
            database.dispose()
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_in_production(server: embedded.EmbeddedServer) -> None:
    """Restart it with what `compose.yaml` gives PostgreSQL, and vacuum as often as PostgreSQL does unasked."""
    settings = re.findall(r"-c (\w+)=(\S+)", COMPOSE.read_text(encoding="utf-8"))
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM RESET autovacuum_naptime")
        for name, value in settings:
            connection.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
    server.server.stop()
    server.server.start()
