"""Lists of targets as offices publish them: all rows or none, twice nothing, words kept where they say no figure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.core.errors import Forbidden, Invalid
from marketplace.core.sheets.export import write_csv, write_xlsx
from marketplace.statistics.models import DeclaredFigure, Target
from marketplace.statistics.targets import (
    NewTarget,
    TargetImport,
    declare,
    declared_beside_computed,
    import_targets,
    read_targets,
    set_target,
    targets_of,
)
from tests.support.books import Books
from tests.support.county import World

PUBLISHED = Path(__file__).parents[3] / "data" / "published" / "region_targets.csv"
HEADINGS = ("地区/层级", "年度", "指标(原文)", "目标/比例(原文)", "依据/source")
GOOD = ("广东省", "2020", "销售扶贫产品", "50亿元", "演示文件")


def imported(session: Session, *rows: tuple[object, ...], **options: bool) -> TargetImport:
    table = read_targets(write_csv(HEADINGS, rows))  # type: ignore[arg-type]
    return import_targets(session, system_actor(), table, **options)


def stored(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Target)) or 0


def test_the_published_list_imports_whole_and_again_adds_nothing(session: Session) -> None:
    table = read_targets(PUBLISHED.read_bytes())
    first = import_targets(session, system_actor(), table)
    assert (first.rows_read, first.targets_added, first.targets_known, first.errors) == (25, 27, 0, ())
    again = import_targets(session, system_actor(), table)
    assert (again.targets_added, again.targets_known, stored(session)) == (0, 27, 27)
    assert targets_of(session, 2020, "aid_sales") == {
        "000000": 10_000_000_000_000,
        "500000": 400_000_000_000,
        "610000": 500_000_000_000,
    }
    assert targets_of(session, 2020, "points_counter") == {"500000": 10_000, "610000": 15_000}
    assert targets_of(session, 2023, "reserve_ratio") == {
        "110000": 3_000,
        "360000": 3_000,
        "440000": 3_000,
        "440300": 2_000,
        "510604": 1_000,
        "620700": 1_500,
    }
    kept = session.scalars(select(Target).where(Target.amount.is_(None)).order_by(Target.id)).all()
    assert sorted((row.area_code, row.measure, row.raw_text, row.reason) for row in kept) == [
        ("440000", "consumption_aid_amount", "不低于去年", "relative"),
        ("440000", "innovation_bases", "21个地级以上市各1个以上", "several_amounts"),
        ("440000", "other", "地级以上市全覆盖", "not_measured"),
        ("610000", "other", "1000个左右/500个左右", "not_measured"),
        ("610000", "other", "18个线上、90个线下(共108个)", "not_measured"),
    ]
    assert targets_of(session, 2020, "consumption_aid_amount") == {}


def test_one_bad_row_keeps_every_row_out_and_every_reason_is_named(session: Session) -> None:
    done = imported(
        session,
        GOOD,
        ("火星", "2020", "销售扶贫产品", "1亿元", "演示"),
        ("广东省", "去年", "销售扶贫产品", "1亿元", "演示"),
        ("广东省", "2021", "销售扶贫产品", "-1亿元", "演示"),
        ("广东省", "2021", "消费扶贫金额", "", "演示"),
        ("广东省", "2020", "销售扶贫产品金额", "60亿元", "演示"),
    )
    assert [(error.row, error.column, error.code) for error in done.errors] == [
        (3, "地区/层级", "unknown_division"),
        (4, "年度", "not_a_year"),
        (5, "目标/比例(原文)", "amount_negative"),
        (6, "目标/比例(原文)", "missing"),
        (7, "指标(原文)", "repeated_row"),
    ]
    assert (done.rows_read, done.targets_added, stored(session)) == (6, 0, 0)


def test_a_dry_run_sets_nothing_and_says_what_is_known(session: Session) -> None:
    dry = imported(session, GOOD, dry_run=True)
    assert (dry.targets_added, dry.targets_known, dry.errors, stored(session)) == (0, 0, (), 0)
    imported(session, GOOD)
    assert imported(session, GOOD, dry_run=True).targets_known == 1


def test_a_changed_list_makes_the_next_version_and_keeps_the_first(session: Session) -> None:
    imported(session, GOOD)
    changed = imported(session, (*GOOD[:3], "60亿元", "演示文件"))
    assert (changed.targets_added, changed.targets_known) == (1, 0)
    rows = session.scalars(select(Target).order_by(Target.version)).all()
    assert [(row.version, row.amount) for row in rows] == [(1, 500_000_000_000), (2, 600_000_000_000)]
    assert targets_of(session, 2020, "aid_sales") == {"440000": 600_000_000_000}


def test_a_workbook_with_years_and_amounts_as_numbers_a_unit_and_a_sector_imports(session: Session) -> None:
    headings = ("地区", "年份", "指标", "目标", "单位", "条线", "截止日期", "来源")
    row = ("440100", 2020, "消费扶贫金额", Decimal("880.5"), "万元", "供销", date(2020, 12, 31), "演示")
    done = import_targets(session, system_actor(), read_targets(write_xlsx(headings, [row])))
    assert (done.targets_added, done.errors) == (1, ())
    target = session.scalars(select(Target)).one()
    assert (target.area_code, target.year, target.amount) == ("440100", 2020, 880_500_000)
    assert (target.sector, target.deadline) == ("supply_coop", "2020-12-31")
    assert targets_of(session, 2020, "consumption_aid_amount") == {}  # of a sector, not of the area


def test_whoever_sets_targets_of_a_province_sets_none_elsewhere(session: Session, world: World) -> None:
    officer = world.actor("province_officer", "440000")
    table = read_targets(write_csv(HEADINGS, [GOOD, ("重庆市", *GOOD[1:])]))
    refused = import_targets(session, officer, table)
    assert [(error.row, error.code) for error in refused.errors] == [(3, "out_of_scope")]
    assert stored(session) == 0
    with pytest.raises(Forbidden):
        import_targets(session, world.officer, table)


def test_an_unknown_heading_is_refused_before_any_row(session: Session) -> None:
    with pytest.raises(Invalid) as refused:
        read_targets(write_csv((*HEADINGS, "心情"), [(*GOOD, "好")]))
    assert refused.value.code == "sheet_header_unknown"


def test_a_target_between_two_areas_is_not_one_of_the_area(session: Session) -> None:
    common = {"year": 2020, "measure": "cooperation_amount", "raw_text": "1万元", "source": "演示"}
    for helped in ("450100", "450200"):
        row = set_target(
            session,
            system_actor(),
            NewTarget("440100", counterpart_area=helped, amount=1_000_000, **common),  # type: ignore[arg-type]
        )
        assert row.version == 1
    assert targets_of(session, 2020, "cooperation_amount") == {}


def test_a_declared_figure_stands_beside_the_ledger_s_and_is_not_compared(
    session: Session, books: Books
) -> None:
    books.sell(books.line())
    for first, last, words in (
        (date(2020, 9, 1), date(2020, 9, 30), "约1万元"),
        (date(2020, 9, 1), date(2020, 9, 29), "9千元"),
        (date(2019, 1, 1), date(2020, 12, 31), "230多亿元"),
    ):
        declare(
            session, system_actor(), area_code="440000", measure="aid_sales", from_day=first, to_day=last,
            raw_text=words, source="演示",
        )  # fmt: skip
    found = declared_beside_computed(session, ("000000",), 2020)
    assert [(one.declared_fen, one.qualifier, one.computed_fen, one.comparison) for one in found] == [
        (2_300_000_000_000, "over", None, "—"),
        (1_000_000, "about", 9_800, "不可比"),
        (900_000, "exact", None, "—"),
    ]
    assert declared_beside_computed(session, ("450000",), 2020) == []


def test_what_is_no_amount_is_not_declared(session: Session) -> None:
    for words, last, code in (
        ("很多", date(2020, 12, 31), "amount_no_number"),
        ("1元", date(2019, 1, 1), "declared_days"),
    ):
        with pytest.raises(Invalid) as refused:
            declare(
                session, system_actor(), area_code="440000", measure="sales", from_day=date(2020, 1, 1),
                to_day=last, raw_text=words, source="演示",
            )  # fmt: skip
        assert refused.value.code == code
    assert session.scalar(select(func.count()).select_from(DeclaredFigure)) == 0


def test_the_command_imports_a_file_and_reports_every_bad_row(
    app: Flask, database: db.Database, tmp_path: Path
) -> None:
    file = tmp_path / "targets.csv"
    file.write_bytes(write_csv(HEADINGS, [GOOD, ("火星", *GOOD[1:])]))
    runner = app.test_cli_runner()
    refused = runner.invoke(args=["import", "targets", str(file)])
    assert refused.exit_code == 1
    assert "第 3 行 地区/层级:没有这个行政区划(unknown_division)" in refused.output
    assert "refused: 读取 2 行,新增 0,已有 0,错误行 1" in refused.output
    file.write_bytes(write_csv(HEADINGS, [GOOD]))
    dry = runner.invoke(args=["import", "targets", str(file), "--dry-run"])
    assert (dry.exit_code, "validated: 读取 1 行,新增 0,已有 0,错误行 0" in dry.output) == (0, True)
    for words in ("新增 1,已有 0", "新增 0,已有 1"):
        done = runner.invoke(args=["import", "targets", str(file)])
        assert (done.exit_code, f"imported: 读取 1 行,{words},错误行 0" in done.output) == (0, True)
    file.write_bytes(b"\xff\xfe")
    assert runner.invoke(args=["import", "targets", str(file)]).exit_code == 1
