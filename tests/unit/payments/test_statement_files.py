"""Statements of banks: what is written in a layout is read again, and whatever is not of the layout refuses the file by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.core.errors import Invalid
from marketplace.core.sheets.export import write_xlsx
from marketplace.payments.layouts import LAYOUT_BY_CODE, LAYOUTS, BankLine, Layout, Refused, read_statement
from marketplace.payments.layouts.layout import layout_of
from tests.support.banking import ACCOUNT, DAY, BankRow, as_csv, as_xlsx, before, table, to_csv

CCB = LAYOUT_BY_CODE["ccb"]
TODAY = date(2020, 10, 2)
HAN = st.text(alphabet="演示市县乡村中学供销社合作（）·", min_size=1, max_size=12).map(
    lambda text: f"甲{text}乙"
)
ROWS = st.lists(
    st.builds(
        BankRow,
        fen=st.integers(1, 10**11).flatmap(lambda fen: st.sampled_from([fen, -fen])),
        payer_name=HAN,
        memo=st.one_of(st.just(""), HAN, st.just("货款 D7K2M9QX4RTBX")),
        serial=st.uuids().map(lambda key: key.hex[:20].upper()),
        day=st.dates(date(2020, 1, 1), DAY),
        clock=st.times(time(0, 0, 1), time(23, 59, 59)).map(lambda at: at.replace(microsecond=0)),
        payer_account=st.from_regex(r"[0-9]{8,30}", fullmatch=True),
        balance_fen=st.integers(0, 10**11),
    ),
    max_size=12,
)


def _said(line: BankLine) -> tuple[object, ...]:
    fen = line.amount_fen if line.is_incoming else -line.amount_fen
    return (line.day, line.clock, fen, line.payer_name, line.payer_account, line.memo)


def _meant(row: BankRow) -> tuple[object, ...]:
    return (row.day, row.clock, row.fen, row.payer_name, row.payer_account, row.memo)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.code)
@given(rows=ROWS)
def test_rows_written_in_a_layout_are_read_again(layout: Layout, rows: list[BankRow]) -> None:
    read = read_statement(as_csv(layout, rows), layout, TODAY)
    assert [_said(line) for line in read.lines] == [_meant(row) for row in rows]
    assert len({line.reference for line in read.lines}) == len(rows)
    if layout.has("serial"):
        assert all(row.serial in line.reference for row, line in zip(rows, read.lines, strict=True))


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.code)
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
@given(rows=ROWS)
def test_a_workbook_says_the_same_as_the_text_file(layout: Layout, rows: list[BankRow]) -> None:
    text = read_statement(as_csv(layout, rows), layout, TODAY)
    book = read_statement(as_xlsx(layout, rows), layout, TODAY)
    assert [replace(line, row=0) for line in text.lines] == [replace(line, row=0) for line in book.lines]
    assert text.account == book.account


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.code)
def test_the_account_is_told_where_the_bank_writes_it(layout: Layout) -> None:
    read = read_statement(as_csv(layout, [BankRow(100)]), layout, TODAY)
    assert read.account == (ACCOUNT if layout.has("account") or layout.account_labels else None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_the_encoding_is_told_by_the_content(encoding: str) -> None:
    content = as_csv(replace(CCB, encoding=encoding), [BankRow(9_800, memo="货款")])
    assert [line.memo for line in read_statement(content, CCB, TODAY).lines] == ["货款"]


def test_the_same_line_has_the_same_reference_in_every_file_and_equal_lines_are_told_apart() -> None:
    icbc = LAYOUT_BY_CODE["icbc"]
    same, other = BankRow(100, memo="同"), BankRow(100, memo="异")
    first = read_statement(as_csv(icbc, [same, other, same]), icbc, TODAY).lines
    second = read_statement(as_csv(icbc, [other, same]), icbc, TODAY).lines
    assert first[0].reference != first[2].reference
    assert first[0].reference.removesuffix("-1") == first[2].reference.removesuffix("-2")
    assert [line.reference for line in second] == [first[1].reference, first[0].reference]


def test_a_serial_of_the_day_is_known_with_its_day() -> None:
    rural = LAYOUT_BY_CODE["rural"]
    rows = [BankRow(100, serial="7", day=date(2020, 9, 30)), BankRow(100, serial="7")]
    assert [line.reference for line in read_statement(as_csv(rural, rows), rural, TODAY).lines] == [
        "20200930-7",
        "20201001-7",
    ]


def _change(heading: str, value: str) -> Callable[[list[str], list[list[str]]], None]:
    def change(headings: list[str], cells: list[list[str]]) -> None:
        cells[1][headings.index(heading)] = value

    return change


def _shift(headings: list[str], cells: list[list[str]]) -> None:
    cells[1].insert(2, "")
    cells[1].pop()


def _longer(headings: list[str], cells: list[list[str]]) -> None:
    cells[1].append("多余")


IN, OUT = "贷方发生额（收入）", "借方发生额（支取）"
BAD_CELLS = {
    "a negative amount": (_change(IN, "-98.00"), IN, "amount_negative"),
    "not a number": (_change(IN, "NaN"), IN, "amount"),
    "infinity": (_change(IN, "inf"), IN, "amount"),
    "a float that was no amount": (_change(IN, "98.001"), IN, "amount"),
    "an exponent": (_change(IN, "9.8e1"), IN, "amount"),
    "wrong thousands": (_change(IN, "9,80.00"), IN, "amount"),
    "about so much": (_change(IN, "约98"), IN, "amount"),
    "too much": (_change(IN, "100,000,000,000,001.00"), IN, "amount_too_large"),
    "no amount": (_change(IN, ""), IN, "amount_side"),
    "zero": (_change(IN, "0.00"), IN, "amount_side"),
    "both sides": (_change(OUT, "1.00"), IN, "amount_side"),
    "dollars": (_change("币种", "美元"), "币种", "currency"),
    "no currency": (_change("币种", ""), "币种", "currency"),
    "no day": (_change("交易时间", "昨天"), "交易时间", "not_a_day"),
    "a day that does not exist": (_change("交易时间", "20200931 10:00:00"), "交易时间", "not_a_day"),
    "a day to come": (_change("交易时间", "20201003 10:00:00"), "交易时间", "day_after_today"),
    "a day long ago": (_change("交易时间", "19990101 10:00:00"), "交易时间", "day_out_of_range"),
    "no serial": (_change("账户明细编号-交易流水号", ""), "账户明细编号-交易流水号", "missing"),
    "a serial of other letters": (_change("账户明细编号-交易流水号", "流水一"), "账户明细编号-交易流水号", "not_a_serial"),
    "the serial of the line before": (_change("账户明细编号-交易流水号", "S0"), "", "serial_repeated"),
    "a name of figures": (_change("对方户名", "62220000000001"), "对方户名", "not_a_name"),
    "an account of words": (_change("对方账号", "演示预算单位"), "对方账号", "not_an_account"),
    "a formula": (_change("摘要", "=1+1"), "摘要", "formula"),
    "an invisible character": (_change("备注", "货\u200b款"), "备注", "forbidden_character"),
    "a memo without end": (_change("备注", "长" * 501), "摘要", "too_long"),
    "a balance of words": (_change("余额", "不详"), "余额", "amount"),
    "columns moved by one": (_shift, None, None),
    "a cell too many": (_longer, "", "extra_cells"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_CELLS)
def test_a_cell_that_is_not_of_its_column_refuses_the_file_by_row_and_column(name: str) -> None:
    spoil, column, code = BAD_CELLS[name]
    headings, cells = table(
        CCB, [BankRow(100, serial="S0"), BankRow(9_800, serial="S1"), BankRow(200, serial="S2")]
    )
    spoil(headings, cells)
    with pytest.raises(Refused) as refused:
        read_statement(to_csv(CCB, [headings, *cells]), CCB, TODAY)
    errors = refused.value.errors
    assert {error.row for error in errors} == {3}
    if code is not None:
        assert [(error.column, error.code) for error in errors] == [(column, code)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda headings: [*headings[:-1], "新列"], "sheet_header_unknown"),
        (lambda headings: [*headings[:-1], headings[0]], "sheet_header_repeated"),
        (lambda headings: [*headings, ""], None),
        (lambda headings: headings[1:], "sheet_header_missing"),
        (lambda headings: ["一", "二", "三"], "sheet_no_header"),
    ],
)
def test_a_heading_that_is_not_of_the_layout_refuses_the_file(
    change: Callable[[list[str]], list[str]], code: str | None
) -> None:
    headings, cells = table(CCB, [BankRow(100)])
    content = to_csv(CCB, [change(headings), *cells])
    if code is None:
        assert len(read_statement(content, CCB, TODAY).lines) == 1
        return
    with pytest.raises(Invalid) as refused:
        read_statement(content, CCB, TODAY)
    assert refused.value.code == code


@pytest.mark.parametrize("other", [one for one in LAYOUTS if one.code != "ccb"], ids=lambda one: one.code)
def test_a_file_of_another_bank_is_refused(other: Layout) -> None:
    with pytest.raises(Invalid):
        read_statement(as_csv(other, [BankRow(100)]), CCB, TODAY)


def test_rows_after_the_totals_refuse_the_file() -> None:
    headings, cells = table(CCB, [BankRow(100, serial="S1"), BankRow(200, serial="S2")])
    content = to_csv(CCB, [headings, cells[0], ["合计", "3.00"], cells[1]])
    with pytest.raises(Refused) as refused:
        read_statement(content, CCB, TODAY)
    assert [(error.row, error.code) for error in refused.value.errors] == [(4, "row_after_end")]


def test_lines_of_two_accounts_refuse_the_file() -> None:
    headings, cells = table(CCB, [BankRow(100, serial="S1"), BankRow(200, serial="S2")])
    cells[1][headings.index("账号")] = "6222020200998877665"
    with pytest.raises(Refused) as refused:
        read_statement(to_csv(CCB, [headings, *cells]), CCB, TODAY)
    assert [(error.row, error.code) for error in refused.value.errors] == [(0, "several_accounts")]


@pytest.mark.parametrize(
    ("amount", "code"), [(Decimal("98.10"), None), (98, None), (Decimal("98.104999"), "amount_below_fen")]
)
def test_a_number_of_a_workbook_is_an_amount_only_to_the_fen(amount: Decimal | int, code: str | None) -> None:
    headings, cells = table(CCB, [BankRow(9_800)])
    row: list[object] = list(cells[0])
    row[headings.index(IN)] = amount
    content = write_xlsx(headings, [row], before=before(CCB))  # type: ignore[list-item]
    if code is None:
        [line] = read_statement(content, CCB, TODAY).lines
        assert line.amount_fen == int(Decimal(amount) * 100)
        return
    with pytest.raises(Refused) as refused:
        read_statement(content, CCB, TODAY)
    assert [error.code for error in refused.value.errors] == [code]


def test_a_serial_kept_as_a_number_is_refused_for_it_has_lost_its_zeros() -> None:
    headings, cells = table(CCB, [BankRow(9_800)])
    row: list[object] = list(cells[0])
    row[headings.index("账户明细编号-交易流水号")] = 128
    with pytest.raises(Refused) as refused:
        read_statement(write_xlsx(headings, [row]), CCB, TODAY)  # type: ignore[list-item]
    assert [error.code for error in refused.value.errors] == ["number_in_text"]


def test_an_error_never_repeats_what_stands_in_the_cell() -> None:
    headings, cells = table(CCB, [BankRow(9_800)])
    spoilt = ["机密\u202e" if place not in (1, 2) else cells[0][place] for place in range(len(headings))]
    with pytest.raises(Refused) as refused:
        read_statement(to_csv(replace(CCB, encoding="utf-8"), [headings, spoilt]), CCB, TODAY)
    assert len(refused.value.errors) >= 7
    assert [error for error in refused.value.errors if "机密" in f"{error.column}{error.message_zh}"] == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"columns": {"moment": ["日"], "payer_name": ["名"]}}, "no columns for"),
        (
            {"columns": {"moment": ["日"], "payer_name": ["名"], "income": ["收"], "outgo": ["收"]}},
            "comes twice",
        ),
        ({"columns": {"colour": ["色"]}}, "no such fields"),
        (
            {
                "columns": {"moment": ["日"], "payer_name": ["名"], "income": ["收"], "outgo": ["支"]},
                "encoding": "big5",
            },
            "encoding",
        ),
    ],
)
def test_data_that_describe_no_layout_are_a_programming_error(data: dict[str, object], words: str) -> None:
    whole = {
        "title": "t",
        "bank": "b",
        "encoding": "gbk",
        "amounts": "two_columns",
        "moments": ["%Y%m%d"],
    } | data
    with pytest.raises(ValueError, match=words):
        layout_of("x", whole)
