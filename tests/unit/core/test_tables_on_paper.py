"""Wide tables on paper: what stands together, what goes on below, and the merged head of each part."""

from __future__ import annotations

from decimal import Decimal

from marketplace.core.documents.tables import PrintedTable, parts, printed
from marketplace.core.sheets.form import Heading

HEADINGS = [
    Heading("地区"),
    Heading("户数"),
    Heading("销售额", "本月"),
    Heading("其中", "本月"),
    Heading("销售额", "累计"),
    Heading("其中", "累计"),
]
TABLE = PrintedTable(
    HEADINGS,
    ["text", *["number"] * 5],
    [["梅州市", 7, Decimal("1234.50"), Decimal("0.00"), Decimal("98.00"), None]],
    [["合计", 7, Decimal("1234.50"), Decimal("0.00"), "不可比", "—"]],
)


def test_a_table_that_fits_is_one_part_with_its_merged_head() -> None:
    [part] = parts(TABLE, 200)
    assert part["head"] == [
        [
            {"text": "地区", "colspan": 1, "rowspan": 2},
            {"text": "户数", "colspan": 1, "rowspan": 2},
            {"text": "本月", "colspan": 2, "rowspan": 1},
            {"text": "累计", "colspan": 2, "rowspan": 1},
        ],
        [{"text": text, "colspan": 1, "rowspan": 1} for text in ("销售额", "其中", "销售额", "其中")],
    ]
    assert part["rows"] == [["梅州市", "7", "1,234.50", "0.00", "98.00", ""]]
    assert part["totals"] == [["合计", "7", "1,234.50", "0.00", "不可比", "—"]]
    assert part["align"] == ["left", *["right"] * 5]
    assert part["widths"] == [8, 7, 10, 7, 8, 7]


def test_a_wider_one_goes_on_below_with_its_first_column_and_whole_groups() -> None:
    first, second = parts(TABLE, 8 + 7 + 17)
    assert [cell["text"] for cell in first["head"][0]] == ["地区", "户数", "本月"]
    assert [cell["text"] for cell in second["head"][0]] == ["地区", "累计"]
    assert second["rows"] == [["梅州市", "98.00", ""]]
    assert second["totals"] == [["合计", "不可比", "—"]]


def test_a_group_that_is_wider_than_a_page_is_cut_and_no_column_is_lost() -> None:
    found = parts(TABLE, 18)
    assert [len(part["widths"]) for part in found] == [2] * 5
    assert [row[1] for part in found for row in part["rows"]] == ["7", "1,234.50", "0.00", "98.00", ""]


def test_words_give_way_before_a_table_is_cut_and_figures_never_do() -> None:
    words = "一家名称相当长的农业发展有限责任公司"
    table = PrintedTable(
        [Heading("主体"), Heading("产品"), Heading("金额")],
        ["text", "text", "number"],
        [[words, words, Decimal("123456.00")]],
    )
    [part] = parts(table, 50)
    assert part["widths"] == [19, 19, 12]
    assert len(parts(table, 30)) == 2


def test_a_heading_of_an_odd_width_never_cuts_a_character() -> None:
    [part] = parts(
        PrintedTable([Heading("区"), Heading("其中:扶贫产品金额")], ["text", "number"], [["", 1]]), 90
    )
    assert part["widths"] == [7, 8]


def test_figures_are_printed_with_separators_and_nothing_as_nothing() -> None:
    assert [printed(value) for value in (1234567, Decimal("-0.50"), None, "—", "")] == [
        "1,234,567",
        "-0.50",
        "",
        "—",
        "",
    ]
