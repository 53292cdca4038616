"""Tables as Parquet files for programs: typed columns, the same rows the same bytes; rows may be more than memory holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import duckdb

Cell = str | int | bool | None
_MEMORY: Final = "256MB"


def write_parquet(file: Path, columns: Mapping[str, str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write rows as Parquet; `columns` gives DuckDB's type by name, in their order. How many rows it has.

    They go through a CSV file beside it, which is removed: neither it nor the Parquet file is ever held in memory.
    """
    beside = file.with_suffix(".rows")
    count = 0
    with beside.open("w", encoding="utf-8", newline="") as out:
        for row in rows:
            # A line is never empty, even where its only value is nothing: its first field is a mark.
            out.write(f"1,{','.join(map(_field, row))}\n")
            count += 1
    kinds = ", ".join(f"'{name}': '{kind}'" for name, kind in {"mark": "INTEGER", **columns}.items())
    source = (
        f"read_csv('{beside}', columns={{{kinds}}}, header=false, auto_detect=false, delim=',', quote='\"',"
        " escape='\"', nullstr='', allow_quoted_nulls=false, max_line_size=1048576)"
    )
    with duckdb.connect(config={"threads": 1, "memory_limit": _MEMORY}) as database:
        database.execute(f"SET temp_directory = '{file.parent}'")
        database.execute(
            f"COPY (SELECT * EXCLUDE (mark) FROM {source}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)"  # noqa: S608 - names of ours
        )
    beside.unlink()
    return count


def _field(value: Cell) -> str:
    """As PostgreSQL writes CSV: a text is quoted, so an empty one is not nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return str(value).lower()
