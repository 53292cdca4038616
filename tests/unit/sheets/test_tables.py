"""Columns, headings, and tables written for people and read back."""

import io
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core.amounts import Amount
from marketplace.core.errors import Invalid
from marketplace.core.identifiers import parse_uscc
from marketplace.core.sheets import cells
from marketplace.core.sheets.cells import CellRefused, Column
from marketplace.core.sheets.export import quoted, unquoted, write_csv, write_xlsx
from marketplace.core.sheets.reader import read_rows
from marketplace.core.sheets.table import read_table

COLUMNS = (
    Column("name", "产品名称", cells.text(20), required=True),
    Column("uscc", "统一社会信用代码", cells.checked(parse_uscc), required=True),
    Column("price_fen", "单价(元)", cells.price_fen(), aliases=("单价",)),
    Column("value", "商品价值量(万元)", cells.published_amount("万元")),
    Column("fresh", "鲜活易腐", cells.yes_no()),
    Column("since", "成立日期", cells.day()),
    Column("capacity", "年产能", cells.whole_number(0, 1_000_000)),
)
USCC = "91110000600037341L"


def csv_of(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def workbook_of(*rows: list[object]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def refusal_of(kind: cells.Kind, cell: object) -> str:
    with pytest.raises(CellRefused) as caught:
        kind(cell)  # type: ignore[arg-type]
    return caught.value.code


def test_a_good_row_has_a_value_for_every_column() -> None:
    table = read_table(
        csv_of(
            "单价, 产品名称 *,统一社会信用代码,商品价值量（万元）,鲜活易腐,成立日期,年产能",
            f"49.90,金柚,{USCC},约500,是,2019年3月1日,１２０",
        ),
        COLUMNS,
    )
    assert table.errors == ()
    assert table.rows[0].number == 2
    assert table.rows[0].values == {
        "name": "金柚",
        "uscc": USCC,
        "price_fen": 4_990,
        "value": Amount("约500", 500_000_000, None, "about"),
        "fresh": True,
        "since": date(2019, 3, 1),
        "capacity": 120,
    }


def test_every_bad_cell_is_listed_by_row_column_and_reason() -> None:
    table = read_table(
        csv_of(
            "产品名称,统一社会信用代码,单价",
            f"金柚,{USCC},49.9",
            ",911100006000373410,约5元",
            "金柚,91110000600037341L,1,多一格",
        ),
        COLUMNS,
    )
    assert [row.number for row in table.rows] == [2]
    assert [row.number for row in table.bad_rows] == [3, 4]
    assert [(e.row, e.column, e.code) for e in table.errors] == [
        (3, "产品名称", "missing"),
        (3, "统一社会信用代码", "uscc_check"),
        (3, "单价(元)", "not_exact"),
        (4, "", "extra_cells"),
    ]


def test_an_identifier_in_a_numeric_cell_is_an_error_and_never_read() -> None:
    table = read_table(workbook_of(["产品名称", "统一社会信用代码"], [123, 440123199001011234]), COLUMNS)
    assert table.rows == ()
    assert [(e.row, e.column, e.code) for e in table.errors] == [
        (2, "产品名称", "number_in_text"),
        (2, "统一社会信用代码", "number_in_text"),
    ]


def test_a_workbook_keeps_the_types_of_its_cells() -> None:
    rows = read_rows(workbook_of(["a", 12.5, 3, True, date(2020, 9, 1), datetime(2020, 9, 1, 8)]))  # noqa: DTZ001
    assert rows[0].cells == (
        "a",
        Decimal("12.5"),
        Decimal("3.0"),
        True,
        date(2020, 9, 1),
        datetime(2020, 9, 1, 8),  # noqa: DTZ001
    )


def test_rows_keep_the_number_that_the_spreadsheet_shows() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write_string("C7", "x")
    assert [(row.number, row.cells) for row in read_rows(out.getvalue())] == [(7, (None, None, "x"))]


@pytest.mark.parametrize(
    ("headings", "code", "places"),
    [
        ("产品名称,统一社会信用代码,颜色,", "sheet_header_unknown", ["颜色"]),
        ("产品名称,产品 名称,统一社会信用代码", "sheet_header_repeated", ["产品 名称"]),
        ("产品名称,单价", "sheet_header_missing", ["统一社会信用代码"]),
        ("甲,乙", "sheet_no_header", []),
    ],
)
def test_headings_that_do_not_fit_refuse_the_file(headings: str, code: str, places: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        read_table(csv_of(headings, "1,2"), COLUMNS)
    assert (caught.value.code, caught.value.extra["places"]) == (code, places)


@pytest.mark.parametrize(
    ("kind", "cell", "code"),
    [
        (cells.text(3), "四个字呢", "too_long"),
        (cells.text(9), "=1+1", "formula"),
        (cells.text(9), "＝1", "formula"),
        (cells.text(9), "a\x07", "forbidden_character"),
        (cells.text(9), "a\u202eb", "forbidden_character"),
        (cells.text(9), "a\u200bb", "forbidden_character"),
        (cells.text(9), "\ue000", "forbidden_character"),
        (cells.text(9), True, "not_text"),
        (cells.text(9), date(2020, 1, 1), "not_text"),
        (cells.whole_number(0, 9), "1.5", "not_whole"),
        (cells.whole_number(0, 9), "10", "out_of_range"),
        (cells.whole_number(0, 9), "٣", "not_a_number"),
        (cells.whole_number(0, 9), "1e3", "not_a_number"),
        (cells.whole_number(0, 9), "NaN", "not_a_number"),
        (cells.whole_number(0, 10**18), Decimal("1e17"), "number_damaged"),
        (cells.whole_number(0, 9), Decimal("NaN"), "number_damaged"),
        (cells.price_fen(), "0", "not_positive"),
        (cells.price_fen(), "约5元", "not_exact"),
        (cells.price_fen(), "5元/斤", "not_exact"),
        (cells.price_fen(), Decimal("1.234"), "amount_below_fen"),
        (cells.price_fen(), "-1", "amount_negative"),
        (cells.choice({"是": "yes"}), "maybe", "not_a_choice"),
        (cells.yes_no(), "Y", "not_a_choice"),
        (cells.day(), "2020-02-30", "not_a_day"),
        (cells.day(), "01/02/2020", "not_a_day"),
        (cells.day(), datetime(2020, 1, 1, 8), "not_a_day"),  # noqa: DTZ001
        (cells.day(), Decimal(43831), "number_in_text"),
    ],
)
def test_a_cell_that_breaks_its_column_says_why(kind: cells.Kind, cell: object, code: str) -> None:
    assert refusal_of(kind, cell) == code


def test_every_han_character_of_gb18030_is_text() -> None:
    assert cells.text(9)("𠮷𫖯\U000323af々〇") == "𠮷𫖯\U000323af々〇"


def test_a_choice_is_given_by_title_or_code() -> None:
    kind = cells.choice({"龙头企业": "leading_enterprise"})
    assert kind("龙头企业") == kind("leading_enterprise") == "leading_enterprise"


def test_an_error_message_never_repeats_the_value() -> None:
    table = read_table(csv_of("产品名称,统一社会信用代码", "金柚,91110000600037341X"), COLUMNS)
    assert table.errors[0].code == "uscc_check"
    assert "91110000600037341X" not in repr(table.errors)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_exports_put_an_apostrophe_before_what_excel_would_run(first: str) -> None:
    text = f"{first}cmd|' /C calc'!A0"
    assert quoted(text) == f"'{text}"
    assert write_csv(["名"], [[text]]).decode("utf-8-sig").splitlines()[1].lstrip('"').startswith("'")
    assert unquoted(quoted(text)) == text


def test_an_exported_workbook_has_no_formula_and_keeps_long_numbers() -> None:
    data = write_xlsx(
        ["名称", "金额(元)", "编号", "日期", "空"],
        [["=1+1", Decimal("12.50"), 10**15, date(2020, 9, 1), None], ["https://x", -5, True, "", "5"]],
        before=[["消费扶贫统计月报"]],
        after=[["注：口径"]],
    )
    assert [row.cells for row in read_rows(data)] == [
        ("消费扶贫统计月报",),
        ("名称", "金额(元)", "编号", "日期", "空"),
        ("'=1+1", Decimal("12.5"), "1000000000000000", "2020-09-01"),
        ("https://x", Decimal("-5.0"), "是", None, "5"),
        ("注：口径",),
    ]


def test_the_same_table_gives_the_same_bytes() -> None:
    assert write_xlsx(["a"], [["b"]]) == write_xlsx(["a"], [["b"]])


PRINTABLE = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Co", "Cs", "Cn", "Zs", "Zl", "Zp"]), min_size=1
)


@given(PRINTABLE.filter(lambda text: not text.startswith(("=", "＝", "'"))))
def test_what_is_exported_is_imported_as_it_was(text: str) -> None:
    rows = read_rows(write_csv(["名称"], [[text]]))
    assert cells.text(10_000)(rows[1].cells[0]) == cells.clean_text(text)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.lists(st.one_of(st.none(), PRINTABLE, st.integers(), st.booleans(), st.dates()), max_size=4),
        max_size=4,
    )
)
def test_no_table_makes_the_writer_crash_or_write_a_formula(rows: list[list[object]]) -> None:
    read_rows(write_xlsx(["名称"], rows))  # type: ignore[arg-type]


KINDS: list[Callable[..., object]] = [
    cells.text(20),
    cells.checked(parse_uscc),
    cells.whole_number(0, 100),
    cells.price_fen(),
    cells.published_amount("万元"),
    cells.choice({"是": "yes"}),
    cells.yes_no(),
    cells.day(),
]


@given(
    st.sampled_from(KINDS),
    st.one_of(st.text(max_size=30), st.decimals(), st.booleans(), st.dates(), st.datetimes(), st.times()),
)
def test_no_cell_makes_a_column_crash(kind: cells.Kind, cell: object) -> None:
    try:
        kind(cell)  # type: ignore[arg-type]
    except CellRefused as refused:
        outcome = refused.message_zh
    else:
        outcome = "read"
    assert outcome
