"""Importing product lists: all rows checked first, all or nothing, twice the same as once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor, system_actor
from marketplace.core.db import Database, transaction
from marketplace.core.errors import Forbidden, Invalid
from marketplace.core.sheets.export import write_csv, write_xlsx
from marketplace.producers.models import Producer, Product, ProductImport
from marketplace.producers.service import imports
from marketplace.producers.service.imports import ImportOptions

RoleActor = Callable[..., Actor]
MakeProducer = Callable[..., Producer]
HEADINGS = (
    "统一社会信用代码",
    "主体名称",
    "产品名称",
    "品类",
    "规格",
    "计量单位",
    "产地",
    "商品价值量(万元)",
    "质量标志",
)


def row_of(producer: Producer, name: str = "梅县金柚", **changes: Any) -> list[Any]:
    cells = {
        "统一社会信用代码": producer.uscc,
        "主体名称": producer.name,
        "产品名称": name,
        "品类": "柚",
        "规格": "5斤装",
        "计量单位": "箱",
        "产地": "441403",
        "商品价值量(万元)": "约500",
        "质量标志": "地理标志、圳品",
    }
    return list((cells | changes).values())


def run(
    session: Session, rows: list[list[Any]], actor: Actor | None = None, **options: bool
) -> ProductImport:
    table = imports.read(write_csv(HEADINGS, rows))
    return imports.run(session, actor or system_actor(), table, ImportOptions(**options))


def names(session: Session) -> list[str]:
    return list(session.scalars(select(Product.name).order_by(Product.name)))


def errors(done: ProductImport) -> list[tuple[int, str, str]]:
    return [(error.row, error.column, error.code) for error in imports.errors_of(done)]


def test_a_good_list_is_imported_with_its_published_words(session: Session, producer: Producer) -> None:
    done = run(session, [row_of(producer), row_of(producer, "大埔蜜柚", 产地="广东省梅州市大埔县")])
    assert (done.state, done.rows_read, done.rows_added, done.rows_known, done.errors) == (
        "imported",
        2,
        2,
        0,
        [],
    )
    product = session.scalars(select(Product).where(Product.name == "大埔蜜柚")).one()
    assert (product.category_code, product.origin_area, product.net_weight_g) == ("010101", "441422", 2_500)
    assert product.commodity_value_fen == 500_000_000
    assert product.published == {"commodity_value": {"raw_text": "约500", "qualifier": "about"}}
    assert product.quality_marks == ["geographical_indication", "zhenpin"]
    assert product.is_demo is True


def test_one_bad_row_keeps_the_whole_list_out_and_every_error_is_told(
    session: Session, producer: Producer
) -> None:
    done = run(
        session,
        [
            row_of(producer),
            row_of(producer, "坏品类", 品类="宇航", 产地="999999"),
            row_of(producer, "坏主体", 主体名称="别的合作社", 计量单位="火车"),
            row_of(producer, "没有主体", 统一社会信用代码="91110000600037341L"),
            row_of(producer, "梅县金柚"),
        ],
    )
    assert (done.state, done.rows_read, done.rows_added) == ("refused", 5, 0)
    assert errors(done) == [
        (3, "品类", "unknown_category"),
        (4, "主体名称", "producer_name_differs"),
        (4, "计量单位", "unknown_unit"),
        (5, "统一社会信用代码", "unknown_producer"),
        (6, "产品名称", "repeated_row"),
    ]
    assert names(session) == []


def test_the_good_rows_are_imported_when_asked_and_the_bad_ones_written_out(
    session: Session, producer: Producer
) -> None:
    rows = [row_of(producer), row_of(producer, "坏", 计量单位="火车"), row_of(producer, "好")]
    table = imports.read(write_csv(HEADINGS, rows))
    done = imports.run(session, system_actor(), table, ImportOptions(good_rows_only=True))
    assert (done.state, done.rows_added) == ("imported", 2)
    assert names(session) == ["好", "梅县金柚"]
    for as_xlsx in (False, True):
        returned = imports.bad_rows_file(table, imports.errors_of(done), as_xlsx=as_xlsx)
        again = imports.read(returned)
        assert again.headings == (*HEADINGS, "原行号", "错误")
        assert [row.values["name"] for row in again.rows] == ["坏"]
        assert str(again.rows[0].cells[-1]) == "计量单位：没有这种计量单位"


def test_a_dry_run_adds_nothing(session: Session, producer: Producer) -> None:
    done = run(session, [row_of(producer)], dry_run=True)
    assert (done.state, done.rows_read, done.rows_added, done.rows_known) == ("validated", 1, 0, 0)
    assert names(session) == []


def test_the_same_list_twice_adds_nothing(session: Session, producer: Producer) -> None:
    first = run(session, [row_of(producer), row_of(producer, "蜜柚")])
    second = run(session, [row_of(producer), row_of(producer, "蜜柚")])
    assert (first.rows_added, second.rows_added, second.rows_known) == (2, 0, 2)
    assert first.file_sha256 == second.file_sha256
    assert names(session) == ["梅县金柚", "蜜柚"]


def test_an_import_never_changes_a_product_that_is_there(session: Session, producer: Producer) -> None:
    run(session, [row_of(producer)])
    done = run(session, [row_of(producer, **{"商品价值量(万元)": "600", "品类": "橙"})])
    assert errors(done) == [(2, "品类", "differs_from_known")]
    assert "商品价值量" in imports.errors_of(done)[0].message_zh
    assert session.scalars(select(Product.category_code)).all() == ["010101"]


def test_a_producer_imports_for_itself_and_learns_nothing_of_others(
    session: Session, producer: Producer, make_producer: MakeProducer, role_actor: RoleActor
) -> None:
    other = make_producer(session, "大埔县柚之香农场合作社", 2, "441422")
    mine = role_actor("producer", organisation_id=producer.organisation_id)
    done = run(session, [row_of(producer), row_of(other, "别家")], mine, good_rows_only=True)
    unknown = run(session, [row_of(producer, "x", 统一社会信用代码="91110000600037341L")], mine)
    assert names(session) == ["梅县金柚"]
    assert errors(done) == [(3, "统一社会信用代码", "unknown_producer")]
    assert imports.errors_of(done)[0].message_zh == imports.errors_of(unknown)[0].message_zh
    with pytest.raises(Forbidden):
        run(session, [row_of(producer)], role_actor("buyer"))


def test_a_credit_code_in_a_numeric_cell_is_an_error_of_its_row(session: Session, producer: Producer) -> None:
    cells = row_of(producer, 统一社会信用代码=914414031234567)
    table = imports.read(write_xlsx(HEADINGS, [cells]))
    done = imports.run(session, system_actor(), table, ImportOptions())
    assert errors(done) == [(2, "统一社会信用代码", "number_in_text")]


def test_a_file_without_the_needed_headings_is_refused_as_a_whole() -> None:
    with pytest.raises(Invalid, match="header_missing"):
        imports.read("产品名称,规格\n金柚,5斤".encode())


def test_a_long_list_takes_few_statements(session: Session, producer: Producer, database: Database) -> None:
    rows = [row_of(producer, f"金柚{number}号") for number in range(2_000)]
    table = imports.read(write_csv(HEADINGS, rows))
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        done = imports.run(session, system_actor(), table, ImportOptions())
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    assert done.rows_added == 2_000
    assert len(statements) <= 12


def test_the_same_file_by_eight_at_once_is_imported_once(
    own_database: Database, make_producer: MakeProducer
) -> None:
    with transaction() as session:
        producer = make_producer(session)
    rows = [row_of(producer, f"金柚{number}号") for number in range(300)]
    table = imports.read(write_csv(HEADINGS, rows))
    outcomes: list[tuple[int, int]] = []
    start = threading.Barrier(8)

    def import_once() -> None:
        start.wait()
        with transaction() as session:
            done = imports.run(session, system_actor(), table, ImportOptions())
            outcomes.append((done.rows_added, done.rows_known))

    _at_once(import_once, 8)
    assert sorted(outcomes) == [(0, 300)] * 7 + [(300, 0)]
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Product)) == 300


def test_two_lists_that_overlap_in_opposite_order_both_finish(
    own_database: Database, make_producer: MakeProducer
) -> None:
    with transaction() as session:
        producer = make_producer(session)
    rows = [row_of(producer, f"金柚{number}号") for number in range(300)]
    tables = [imports.read(write_csv(HEADINGS, order)) for order in (rows, rows[::-1])]
    outcomes: list[int] = []
    start = threading.Barrier(2)

    def import_one() -> None:
        table = tables.pop()
        start.wait()
        with transaction() as session:
            outcomes.append(imports.run(session, system_actor(), table, ImportOptions()).rows_added)

    _at_once(import_one, 2)
    assert sum(outcomes) == 300
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Product)) == 300


def _at_once(work: Callable[[], None], times: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_command_reports_errors_and_writes_the_bad_rows(
    app: Flask, database: Database, make_producer: MakeProducer, tmp_path: Path
) -> None:
    with transaction() as session:
        producer = make_producer(session)
    source, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    source.write_bytes(write_csv(HEADINGS, [row_of(producer), row_of(producer, "坏", 计量单位="火车")]))
    runner = app.test_cli_runner()
    dry = runner.invoke(args=["import", "products", str(source), "--dry-run"])
    assert (dry.exit_code, "validated: 读取 2 行，新增 0，已有 0，错误行 1" in dry.output) == (1, True)
    refused = runner.invoke(args=["import", "products", str(source)])
    assert (refused.exit_code, "第 3 行 计量单位：没有这种计量单位" in refused.output) == (1, True)
    done = runner.invoke(args=["import", "products", str(source), "--good-rows", "--bad-out", str(bad)])
    assert (done.exit_code, "imported: 读取 2 行，新增 1，已有 0，错误行 1" in done.output) == (1, True)
    assert "坏" in bad.read_text("utf-8-sig")
    source.write_bytes(write_csv(HEADINGS, [row_of(producer)]))
    again = runner.invoke(args=["import", "products", str(source)])
    assert (again.exit_code, "新增 0，已有 1，错误行 0" in again.output) == (0, True)
    source.write_bytes(b"\xff\xfe")
    unreadable = runner.invoke(args=["import", "products", str(source)])
    assert (unreadable.exit_code, "UTF-16" in unreadable.output) == (1, True)


@pytest.mark.parametrize("heading", ["产品介绍", "描述"])
def test_a_list_may_describe_its_products_and_one_that_does_not_contradicts_none(
    session: Session, producer: Producer, heading: str
) -> None:
    def listed(words: str) -> ProductImport:
        table = imports.read(write_csv((*HEADINGS, heading), [[*row_of(producer), words]]))
        return imports.run(session, system_actor(), table, ImportOptions())

    assert listed("果大皮薄\r\n国家地理标志保护产品").rows_added == 1
    assert session.scalars(select(Product.description)).one() == "果大皮薄\n国家地理标志保护产品"
    again = run(session, [row_of(producer)])
    assert (again.state, again.rows_known, again.rows_added) == ("imported", 1, 0)
    other = listed("皮厚")
    assert (other.state, errors(other)) == ("refused", [(2, "产品介绍", "differs_from_known")])
    assert session.scalars(select(Product.description)).one() == "果大皮薄\n国家地理标志保护产品"
