"""From the bytes of an upload to rows of typed cells, XLSX and CSV alike."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import IO, Final

from marketplace.core.sheets.delimited import read_delimited
from marketplace.core.sheets.limits import DEFAULT_LIMITS, Limits
from marketplace.core.sheets.problems import refusal
from marketplace.core.sheets.workbook import copy_checked

CHILD: Final = Path(__file__).with_name("child.py")
ZIP: Final = b"PK\x03\x04"
OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Cell = str | Decimal | bool | date | time | None
"""Text, number, truth value, date (or datetime), time, or nothing; a CSV file has text only."""


@dataclass(frozen=True)
class SheetRow:
    """One row that is not blank: its 1-based number in the file and its cells from column A."""

    number: int
    cells: tuple[Cell, ...]


def read_rows(data: bytes, sheet_name: str = "", limits: Limits = DEFAULT_LIMITS) -> list[SheetRow]:
    """The rows of a CSV or XLSX file, told apart by content.

    ``sheet_name`` chooses a sheet; without it exactly one sheet may hold data.

    :raises Invalid: with code ``sheet_…`` for anything that is not such a file within the limits.
    """
    if not data:
        raise refusal("file_empty")
    if len(data) > limits.file_bytes:
        raise refusal("file_too_large")
    if data.startswith(ZIP):
        return _read_workbook(data, sheet_name, limits)
    if data.startswith(OLD_EXCEL):
        raise refusal("file_old_excel")
    return [SheetRow(number, tuple(cells)) for number, cells in read_delimited(data, limits)]


def _read_workbook(data: bytes, sheet_name: str, limits: Limits) -> list[SheetRow]:
    with tempfile.TemporaryDirectory(prefix="sheet-") as folder:
        checked = Path(folder) / "checked.xlsx"
        with checked.open("w+b") as file:
            copy_checked(BytesIO(data), file, limits)
        with (Path(folder) / "rows").open("w+b") as output:
            _run_reader(checked, sheet_name, output, limits)
            output.seek(0)
            return list(_parse_output(output))


def _run_reader(path: Path, sheet_name: str, output: IO[bytes], limits: Limits) -> None:
    """The child gets an empty environment: no secret of ours is in its memory."""
    if "\0" in sheet_name:
        raise refusal("sheet_missing")
    command = [sys.executable, "-I", str(CHILD), str(path), sheet_name]
    bounds = (limits.reader_memory_bytes, limits.reader_cpu_seconds, limits.reader_output_bytes)
    try:
        done = subprocess.run(  # noqa: S603  # a fixed program; the sheet name is an argument, never a command
            [*command, *map(str, bounds)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},
            timeout=limits.reader_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise refusal("reader_limits") from None
    if done.returncode != 0:
        raise refusal("reader_limits")


def _parse_output(output: IO[bytes]) -> Iterator[SheetRow]:
    for line in output:
        kind, *rest = json.loads(line)
        if kind == "row":
            yield SheetRow(rest[0], tuple(_cell(cell) for cell in rest[1]))
        elif kind == "refused":
            raise refusal(rest[0], *rest[1:])
        else:
            return
    raise refusal("reader_limits")


def _cell(cell: str | bool | dict[str, str] | None) -> Cell:
    if not isinstance(cell, dict):
        return cell
    if "n" in cell:
        return Decimal(cell["n"])
    text = cell.get("d")
    if text is None:
        raise refusal("reader_failed", cell["o"])
    if "T" in text:
        return datetime.fromisoformat(text)
    return time.fromisoformat(text) if ":" in text else date.fromisoformat(text)
