"""What is public as a file that programs read: CSV or Parquet, one row an area, the total last with the code of the whole.

Amounts in fen; heads empty where they are withheld. The same published month gives the same bytes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from marketplace.core.sheets.export import write_csv
from marketplace.statistics.disclosure import PublicRow, PublicTable
from marketplace.statistics.parquet import write_parquet

COLUMNS: Final = {
    "period": "VARCHAR",
    "area": "VARCHAR",
    "title": "VARCHAR",
    "is_total": "BOOLEAN",
    "sales_fen": "BIGINT",
    "aid_sales_fen": "BIGINT",
    "consumption_aid_fen": "BIGINT",
    "households": "BIGINT",
    "persons": "BIGINT",
}


def public_file(file_format: str, table: PublicTable) -> bytes:
    """The published month as ``csv`` or ``parquet``."""
    rows = [_values(table, one, is_total=False) for one in table.rows]
    rows.append(_values(table, table.total, is_total=True))
    if file_format == "csv":
        return write_csv(list(COLUMNS), [["" if v is None else _plain(v) for v in row] for row in rows])
    return _parquet(rows)


def _values(table: PublicTable, row: PublicRow, *, is_total: bool) -> tuple[str | int | None, ...]:
    amounts = (row.sales_fen, row.aid_sales_fen, row.consumption_aid_fen)
    return (table.period, row.area, row.title, is_total, *amounts, row.households, row.persons)


def _plain(value: str | int) -> str | int:
    return str(value).lower() if isinstance(value, bool) else value


def _parquet(rows: list[tuple[str | int | None, ...]]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="sanzhuan-public-") as folder:
        file = Path(folder) / "public.parquet"
        write_parquet(file, COLUMNS, rows)
        return file.read_bytes()
