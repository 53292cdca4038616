"""Whatever stands in a product list, reading it gives rows or errors, never a crash."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.sheets.export import write_csv
from marketplace.producers.rules import FIELD_NAMES, examine
from marketplace.producers.service import imports
from marketplace.producers.service.imports.columns import COLUMNS, TITLES, draft_of

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
NEAR_CELLS = st.sampled_from(
    ["91110000600037341L", "金柚", "柚", "010101", "5斤装", "箱", "441403", "梅县区", "朝阳区", "是", "9%", "约500万元", "1e9",
     "-1", "0", "12", "13", "999999", "2020-02-30", "地理标志、圳品", "6901234567892", "=1+1", "NaN", "１２",
     "\u202e", "\x1f", "朝\u200b阳"]
)  # fmt: skip


@given(st.lists(st.lists(st.one_of(NEAR_CELLS, TEXT), max_size=20), max_size=4))
def test_no_list_makes_the_import_crash(rows: list[list[str]]) -> None:
    table = imports.read(write_csv([column.title for column in COLUMNS], rows))
    told = {error.row for error in table.errors}
    assert {row.number for row in table.bad_rows} == told
    for row in table.rows:
        settled, problems = examine(draft_of(row))
        assert {problem.pointer[1:] for problem in problems} <= set(FIELD_NAMES)
        assert problems or (settled.tax_treatment is not None and settled.is_perishable is not None)


@given(st.lists(NEAR_CELLS, min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_every_error_names_a_column_of_the_list(cells: list[str]) -> None:
    table = imports.read(write_csv([column.title for column in COLUMNS], [cells]))
    assert {error.column for error in table.errors} <= set(TITLES.values())
    assert len(table.rows) + len(table.bad_rows) == 1
