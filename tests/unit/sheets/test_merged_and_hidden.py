"""Merged cells and hidden sheets: read as they stand, or named and refused where an upload forbids them."""

from __future__ import annotations

import io

import pytest
import xlsxwriter

from marketplace.core.errors import Invalid
from marketplace.core.sheets.delimited import read_delimited
from marketplace.core.sheets.limits import Limits
from marketplace.core.sheets.reader import read_rows

STRICT = Limits(merged=False, hidden=False)


def workbook(*, merged: bool = False, hidden: bool = False) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("填报")
        sheet.write_row(0, 0, ["小票号", "金额"])
        sheet.write_row(1, 0, ["A1", "49.00"])
        if merged:
            sheet.merge_range("A3:A4", "A2")
        other = book.add_worksheet("底稿")
        if hidden:
            other.hide()
    return out.getvalue()


def test_merged_cells_are_named_and_refused_where_they_are_forbidden() -> None:
    assert len(read_rows(workbook(merged=True), "填报")) == 3
    with pytest.raises(Invalid) as refused:
        read_rows(workbook(merged=True), "填报", STRICT)
    assert (refused.value.code, refused.value.extra["places"]) == ("sheet_merged_cells", ["A3:A4"])


def test_hidden_sheets_are_named_and_refused_where_they_are_forbidden() -> None:
    assert len(read_rows(workbook(hidden=True), "填报")) == 2
    with pytest.raises(Invalid) as refused:
        read_rows(workbook(hidden=True), "填报", STRICT)
    assert (refused.value.code, refused.value.extra["places"]) == ("sheet_hidden_sheets", ["底稿"])


def test_a_plain_workbook_passes_the_strict_limits() -> None:
    assert [row.cells for row in read_rows(workbook(), "填报", STRICT)] == [
        ("小票号", "金额"),
        ("A1", "49.00"),
    ]


def test_the_delimiter_of_a_table_under_a_title_is_found() -> None:
    rows = read_delimited("日报\na\tb\n1\t2\n".encode(), Limits(), titled=10)
    assert [cells for _, cells in rows] == [["日报"], ["a", "b"], ["1", "2"]]
