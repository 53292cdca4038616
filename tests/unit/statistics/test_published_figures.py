"""Every row of the published list is read as it is printed, and what is wrong with one is said and not mended."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from marketplace.statistics.published.checks import FLAGS, flags_of, is_named_in
from marketplace.statistics.published.imports import COLUMNS, area_of
from marketplace.statistics.published.reading import read_period, read_value

ROOT = Path(__file__).resolve().parents[3]
LIST = ROOT / "data" / "published" / "sales_statistics_consumption_aid.csv"
#: number | figures | area | days | flags | part of: read by eye from the list once.
EXPECTED = [
    line.split("|")
    for line in (ROOT / "tests" / "data" / "published_figures.txt").read_text(encoding="utf-8").splitlines()
]
ROWS = {
    row["序号"]: {name: cell.strip() for name, cell in row.items()}
    for row in csv.DictReader(LIST.read_text(encoding="utf-8-sig").splitlines())
}


def test_the_list_has_its_hundred_and_three_rows() -> None:
    assert [line[0] for line in EXPECTED] == list(ROWS) == [str(number) for number in range(1, 104)]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda line: line[0])
def test_a_row_is_read_exactly_and_doubted_for_what_it_says(expected: list[str]) -> None:
    number, figures, area, days, flags, _ = expected
    row = ROWS[number]
    read = read_value(row["数值(原文)"], row["单位"])
    assert " ".join(f"{one.amount} {one.unit} {one.qualifier}" for one in read) == figures
    assert (area_of(row["统计地区"]) or "-") == area
    assert " ".join(str(day or "-") for day in read_period(row["统计期间"])) == days
    own = {flag.code for flag in flags_of(*(row[name] for name in COLUMNS[3:8]), read)}
    assert own == set(flags.split(" ")) - {"-", "part_of", "period_in_words"}


def test_a_share_that_is_not_that_of_its_numbers_is_flagged_with_both() -> None:
    row = ROWS["5"]
    [flag] = flags_of(*(row[name] for name in COLUMNS[3:8]), read_value("60606", "人次"))
    assert flag.code == "share_wrong"
    assert flag.reason.startswith("按原文数字应为30.14%,原文为31.09%")


@pytest.mark.parametrize(
    ("raw", "unit", "compared", "wrong"),
    [
        ("约1000", "万元", "其中约380万元,占三分之一", "38.00%"),
        ("1000", "万元", "其中约340万元,约三分之一", None),
        ("135.18", "亿元", "其中扶贫产品83.23亿元(61.57%)", None),
        ("135.18", "亿元", "其中扶贫产品83.23亿元(61.75%)", "61.57%"),
        ("30596", "元", "预留份额3万元整,占101.99%", None),
        ("30596", "元", "预留份额3万元整,占110.99%", "101.99%"),
        ("110.82", "万元", "比2022年51.38万元增长115.69%", None),
        ("110.82", "万元", "比2022年51.38万元增长215.69%", "115.69%"),
        ("2.36", "亿元", "比去年增加5136.14万元,增长27.8%", None),
        ("2.36", "亿元", "比去年增加5136.14万元,增长28.9%", "27.82%"),
        ("1.05", "亿元", "832平台同比增长832%", None),
        ("60606", "人次", "其中低收入人口18266户,占比31.09%", None),
    ],
)
def test_a_percentage_is_checked_against_the_numbers_beside_it_and_to_its_own_digits(
    raw: str, unit: str, compared: str, wrong: str | None
) -> None:
    found = [
        flag.reason
        for flag in flags_of("销售额", raw, unit, compared, "", read_value(raw, unit))
        if flag.code == "share_wrong"
    ]
    assert len(found) == (0 if wrong is None else 1)
    if wrong is not None:
        assert found[0].startswith(f"按原文数字应为{wrong},")


def test_a_part_is_known_by_what_its_whole_says_of_it() -> None:
    assert is_named_in("415.98", "亿元", "其中9月1日以来415.98亿元")
    assert not is_named_in("15.98", "亿元", "其中9月1日以来415.98亿元")
    assert not is_named_in("415.98", "亿元", "415.98亿元")


def test_what_cannot_be_read_is_kept_in_words_and_said() -> None:
    assert read_value("若干", "亿元") == ()
    assert [flag.code for flag in flags_of("销售", "若干", "亿元", "", "", ())] == ["unreadable"]
    assert read_value("12.5", "个") == ()


def test_every_flag_has_a_title() -> None:
    assert {code for line in EXPECTED for code in line[4].split(" ")} - {"-"} <= set(FLAGS)
