"""The same statements on Apache Spark, over the same files: for books that outgrow one machine. docs/operations.md says how.

Needs pyspark (the dependency group ``spark``) and a Java where this process runs; the cluster's hosts must reach the store. Spark
knows no UUID in Parquet: they are read as bytes and written as PostgreSQL writes them.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select

from marketplace.statistics.segments.layout import COLUMNS
from marketplace.statistics.segments.sql import RELATION, translated

_TYPES: Final = {
    "BIGINT": "bigint",
    "INTEGER": "int",
    "UUID": "binary",
    "TIMESTAMP": "timestamp_ntz",
    "BOOLEAN": "boolean",
    "VARCHAR": "string",
}
SCHEMA: Final = ", ".join(f"{name} {_TYPES[kind]}" for name, kind in COLUMNS.items())
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PIECES: Final = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
_sessions: Final[dict[str, Any]] = {}
_starting: Final = threading.Lock()


def session_of(master: str) -> Any:
    """The process's Spark session on that master (``spark://host:7077``), started at the first question."""
    from pyspark.sql import SparkSession

    with _starting:
        if master not in _sessions:
            _sessions[master] = (
                SparkSession.builder.master(master)
                .appName("sanzhuan statistics")
                .config("spark.sql.session.timeZone", "UTC")
                .config("spark.ui.enabled", "false")
                .getOrCreate()
            )
        return _sessions[master]


class ClusterBooks:
    """Spark answers, from files and tail."""

    def __init__(self, spark: Any, paths: Sequence[str], tail: Sequence[Mapping[str, Any]]) -> None:
        """`paths`: whole files; `tail`: rows that no file holds, by column."""
        self._spark = spark.newSession()
        rows = [[_sent(row[name]) for name in COLUMNS] for row in tail]
        entries = self._spark.createDataFrame(rows, SCHEMA)
        if paths:
            entries = self._spark.read.schema(SCHEMA).parquet(*paths).unionAll(entries)
        told = [_as_text(name) if kind == "UUID" else name for name, kind in COLUMNS.items()]
        entries.selectExpr(*told).createOrReplaceTempView(RELATION)

    def rows(self, statement: Select[Any]) -> Sequence[Sequence[Any]]:
        """The same as the table says."""
        text, parameters = translated(statement, "spark")
        return [[_read(value) for value in row] for row in self._spark.sql(text, args=parameters).collect()]


def _as_text(name: str) -> str:
    pieces = ", ".join(f"substr(hex({name}), {first}, {length})" for first, length in _PIECES)
    return f"CASE WHEN {name} IS NOT NULL THEN lower(concat_ws('-', {pieces})) END AS {name}"


def _sent(value: Any) -> Any:
    return bytearray(value.bytes) if isinstance(value, uuid.UUID) else value


def _read(value: Any) -> Any:
    return uuid.UUID(value) if isinstance(value, str) and _UUID.fullmatch(value) else value
