"""Tables written row by row: the same as those made whole, over several sheets, without formulas."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from marketplace.core.sheets.export import write_csv
from marketplace.core.sheets.stream import stream_csv, stream_xlsx

HEADINGS = ("分录号", "产品", "金额(元)")
ROWS: list[tuple[int, Any, Decimal]] = [
    (1, "=金柚", Decimal("98.00")),
    (2, None, Decimal("-49.00")),
    (3, "茶", Decimal("0.50")),
]


def sheets(file: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(file.read_bytes()))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_a_stream_of_csv_is_the_bytes_of_a_table_made_whole(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    assert stream_csv(file, HEADINGS, iter(ROWS)) == 3
    assert file.read_bytes() == write_csv(HEADINGS, ROWS)


def test_a_workbook_goes_on_on_the_next_sheet_with_title_and_headings(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    assert stream_xlsx(file, HEADINGS, iter(ROWS), before=[["统计明细"]], sheet_rows=2) == 3
    found = sheets(file)
    assert list(found) == ["第1部分", "第2部分"]
    assert found["第1部分"] == [
        ["统计明细", "", ""],
        list(HEADINGS),
        [1.0, "'=金柚", 98.0],
        [2.0, "", -49.0],
    ]
    assert found["第2部分"] == [["统计明细", "", ""], list(HEADINGS), [3.0, "茶", 0.5]]
    again = tmp_path / "y.xlsx"
    stream_xlsx(again, HEADINGS, iter(ROWS), before=[["统计明细"]], sheet_rows=2)
    assert again.read_bytes() == file.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"x.xlsx", "y.xlsx"}


def test_no_rows_are_a_sheet_with_headings(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    assert stream_xlsx(file, HEADINGS, iter(())) == 0
    assert sheets(file) == {"第1部分": [list(HEADINGS)]}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, form: str) -> None:
    def rows(count: int) -> Iterator[tuple[int, str, Decimal]]:
        for number in range(count):
            yield number, f"产品{number}" * 10, Decimal(number).scaleb(-2)

    def peak(count: int) -> int:
        file = tmp_path / f"{count}.{form}"
        tracemalloc.start()
        try:
            written = (
                stream_csv(file, HEADINGS, rows(count))
                if form == "csv"
                else stream_xlsx(file, HEADINGS, rows(count))
            )
            assert written == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    small, large = peak(1_000), peak(20_000)
    assert large < small + 500_000, (small, large)


def test_a_csv_can_be_read_again(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    stream_csv(file, HEADINGS, [(1, 'ein "Wort",\n二', Decimal("1.00"))])
    rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))
    assert rows[1] == ["1", 'ein "Wort",\n二', "1.00"]
