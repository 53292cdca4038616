"""Parquet files for programs: types and values come through as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from marketplace.statistics.parquet import write_parquet

COLUMNS = {"name": "VARCHAR", "fen": "BIGINT", "is_total": "BOOLEAN", "made_at": "TIMESTAMP"}
ROWS: list[tuple[str | int | bool | None, ...]] = [
    ('梅县 "金柚",\n一级', -9_800, True, "2020-09-12 02:00:00"),
    ("", 0, False, None),
    (None, None, None, None),
    ("\\N", 9_007_199_254_740_993, None, None),
]


def read(file: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as database:
        return database.execute(
            f"SELECT * REPLACE (CAST(made_at AS VARCHAR) AS made_at) FROM '{file}'"
        ).fetchall()


def test_values_come_through_and_an_empty_text_is_not_nothing(tmp_path: Path) -> None:
    file = tmp_path / "x.parquet"
    assert write_parquet(file, COLUMNS, iter(ROWS)) == 4
    assert read(file) == ROWS
    assert [path.name for path in tmp_path.iterdir()] == ["x.parquet"]


def test_the_same_rows_are_the_same_bytes_and_no_rows_have_their_columns(tmp_path: Path) -> None:
    one, other, empty = (tmp_path / name for name in ("a.parquet", "b.parquet", "c.parquet"))
    write_parquet(one, COLUMNS, ROWS)
    write_parquet(other, COLUMNS, ROWS)
    assert one.read_bytes() == other.read_bytes()
    assert write_parquet(empty, COLUMNS, []) == 0
    assert read(empty) == []
