"""DuckDB in this process: one database in memory, shared by its threads, each question with a cursor of its own."""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb

from marketplace.core.settings import Settings
from marketplace.statistics.segments.store import Store


@dataclass(frozen=True)
class Segments:
    """Where the files lie, and how much this process may take to read them."""

    store: Store
    memory_mb: int
    threads: int
    spark_master: str = ""  # who reads them instead of this process
    tail_rows: int = 200_000  # entries in no file beyond which the table answers
    small_rows: int = 0  # entries of the months in question up to which it does


_installed: list[Segments] = []
_databases: dict[int, duckdb.DuckDBPyConnection] = {}
_opening: Final = threading.Lock()


def install(settings: Settings) -> None:
    """Called by the composition root; nothing is opened before the first question."""
    url = settings.segments_url or str(Path(settings.data_dir).resolve() / "segments")
    use(
        Segments(
            Store(url),
            settings.segments_memory_mb,
            settings.segments_threads,
            settings.segments_spark_master,
            settings.segments_tail_rows,
            settings.segments_small_rows,
        )
    )


def use(segments: Segments | None) -> None:
    """Read those, or none."""
    _installed[:] = [] if segments is None else [segments]
    _databases.clear()


def keep_within(memory_mb: int) -> None:
    """Take no more memory than that from now on; for a process that does other work as well."""
    found = installed()
    if found is not None:
        use(replace(found, memory_mb=min(found.memory_mb, memory_mb)))


def installed() -> Segments | None:
    """What `install` set; None in a process that reads no segments."""
    return _installed[0] if _installed else None


def cursor(segments: Segments) -> duckdb.DuckDBPyConnection:
    """A connection of its own to the process's database. A forked child opens its own: threads do not survive a fork."""
    with _opening:
        database = _databases.get(os.getpid())
        if database is None:
            database = _databases[os.getpid()] = _opened(segments)
    return database.cursor()


def _opened(segments: Segments) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{segments.memory_mb}MB",
        # What does not fit is put here and not, as by default, into the working folder, which may be read-only.
        "temp_directory": str(Path(tempfile.gettempdir()) / f"sanzhuan-columns-{os.getpid()}"),
        # Nothing is fetched or loaded from anywhere: the wheel has all that is needed.
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        # What needs an order asks for it.
        "preserve_insertion_order": "false",
    }
    if segments.threads:
        config["threads"] = segments.threads
    database = duckdb.connect(":memory:", config=config)
    database.execute("SET GLOBAL parquet_metadata_cache = true")
    if not segments.store.is_local:
        database.register_filesystem(segments.store.files)
    return database
