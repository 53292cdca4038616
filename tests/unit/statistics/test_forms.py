"""What an official form carries, from the installation's file, and how it is printed."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from marketplace.core.settings import SettingsError
from marketplace.core.sheets.form import FormSheet, Heading, write_form
from marketplace.statistics import forms
from marketplace.statistics.forms import Form, form_of, install

CODES = ("R1", "R2")


@pytest.fixture(autouse=True)
def nothing_installed() -> Iterator[None]:
    yield
    install("", CODES)


def installed(tmp_path: Path, text: str) -> None:
    file = tmp_path / "forms.toml"
    file.write_text(text, encoding="utf-8")
    install(str(file), CODES)


def test_a_table_that_nobody_approved_says_that_it_is_an_internal_register() -> None:
    assert form_of("R1") == Form()
    assert form_of("R1").head == [("", "内部管理台账")]
    assert form_of("R1").foot[0] == ("填报单位(章)", "")


def test_a_report_takes_the_defaults_and_its_own_and_prints_what_is_missing(tmp_path: Path) -> None:
    installed(
        tmp_path,
        '[defaults]\nissued_by = "演示局"\nvalid_until = "2021年12月"\n[R1]\nform_no = "演1表"\nfilled_by = "经办"\n',
    )
    assert form_of("R1").head == [
        ("表号", "演1表"),
        ("制表机关", "演示局"),
        ("批准(备案)机关", "内部管理台账"),
        ("文号", "内部管理台账"),
        ("有效期限", "2021年12月"),
    ]
    assert dict(form_of("R1").foot)["填表人"] == "经办"
    assert form_of("R2").form_no == ""
    assert form_of("R2").issued_by == "演示局"


@pytest.mark.parametrize(
    "text",
    [
        "[R9]\n",
        '[R1]\ncolour = "red"\n',
        "[R1]\nform_no = 1\n",
        '[R1]\nform_no = "a\\nb"\n',
        f'[R1]\nform_no = "{"长" * 101}"\n',
        "R1 = 1\n",
        "[R1\n",
    ],
)
def test_a_file_that_cannot_be_meant_stops_the_process(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError):
        installed(tmp_path, text)
    assert form_of("R1") == Form()


def test_a_file_that_is_not_there_stops_the_process(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        install(str(tmp_path / "none.toml"), CODES)


def printed() -> bytes:
    return write_form(
        FormSheet(
            title="广东省消费扶贫统计月报",
            approval=[("表号", "演1表"), ("制表机关", "演示局")],
            period="统计期:2020年9月",
            unit="单位:金额为万元",
            headings=[
                Heading("地区"),
                Heading("销售额", "本月"),
                Heading("户数", "本月"),
                Heading("完成率(%)"),
            ],
            rows=[["梅州市", Decimal("1234.50"), 7, "—"], ["=1+1", "未报", "—", "—"]],
            totals=[["合计", Decimal("1234.50"), 7, Decimal("90.74")]],
            notes=["已扣除退款。"],
            foot=[("填报单位(章)", ""), ("填表人", "经办")],
        )
    )


def test_a_form_has_title_approval_merged_head_figures_foot_and_notes_in_this_order() -> None:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(printed())).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == [
        "广东省消费扶贫统计月报",
        "表号:演1表",
        "制表机关:演示局",
        "统计期:2020年9月",
        "地区",
        "",
        "梅州市",
        "'=1+1",
        "合计",
        "",
        "填报单位(章):",
        "填表人:经办",
        "注:已扣除退款。",
    ]
    assert rows[3][2] == "单位:金额为万元"
    assert rows[4] == ["地区", "本月", "", "完成率(%)"]
    assert rows[5] == ["", "销售额", "户数", ""]
    assert rows[6] == ["梅州市", 1234.5, 7, "—"]
    assert rows[8] == ["合计", 1234.5, 7, 90.74]


def test_a_form_is_printed_on_a4_landscape_one_page_wide_with_its_head_on_each_and_has_no_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(printed())) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        book = archive.read("xl/workbook.xml").decode()
    assert 'paperSize="9"' in sheet
    assert 'orientation="landscape"' in sheet
    assert "<pageSetUpPr fitToPage" in sheet
    assert 'fitToHeight="0"' in sheet
    assert "<f>" not in sheet
    merged = re.findall(r'<mergeCell ref="([A-Z0-9:]+)"', sheet)
    assert {"A1:D1", "A5:A6", "B5:C5", "D5:D6"} <= set(merged)
    assert "$5:$6" in book


def test_the_same_form_gives_the_same_bytes() -> None:
    assert printed() == printed()


def test_every_part_of_a_form_stands_at_its_head_or_its_foot() -> None:
    assert {*forms.HEAD, *forms.FOOT} == set(Form.__dataclass_fields__)
