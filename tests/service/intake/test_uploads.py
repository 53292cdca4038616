"""Files handed in by people: once in the ledger however often and by however many, wrong cells with row and reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core import db, jobs
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict, DomainError, Invalid
from marketplace.intake.commands import import_sales
from marketplace.intake.models import Batch, Device
from marketplace.intake.rules.adapters import adapter_of, reporting_adapters
from marketplace.intake.rules.templates import EXAMPLE, template_of
from marketplace.intake.rules.uploads import SHEET, upload_records
from marketplace.intake.service import quarantine, reading, uploads
from marketplace.intake.service.process import process_batch
from marketplace.intake.service.receipts import receipt_file, results_of
from tests.catalogue_world import NOON
from tests.support.filled_in import filled_in
from tests.support.reporting_shop import Shop, open_shop
from tests.support.threads import race

DAY = {"交易日期": "2020-10-01", "交易时间": "09:00:00"}


@pytest.fixture
def shop(session: Session) -> Shop:
    return open_shop(session, "pos_hall")


def line(shop: Shop, number: str, **changes: Any) -> dict[str, Any]:
    return dict(shop.row(小票号=number, **DAY)) | {"数量": 2, "金额": 100, "优惠金额": 2} | changes


def hand_in(shop: Shop, content: bytes) -> Batch:
    handed = uploads.hand_in(shop.session, system_actor(), shop.channel.code, shop.adapter, content)
    process_batch(shop.session, {"batch_id": str(handed.batch.id)})
    shop.session.expire_all()
    return handed.batch


@pytest.mark.parametrize("code", [one.code for one in reporting_adapters()])
def test_the_example_sheet_of_every_template_reads_as_a_sale(code: str) -> None:
    adapter = adapter_of(code)
    book = CalamineWorkbook.from_filelike(io.BytesIO(template_of(adapter)))
    assert book.sheet_names == [SHEET, EXAMPLE, "说明"]
    head, *rows = book.get_sheet_by_name(EXAMPLE).to_python()
    record = {str(title).strip("*"): str(cell) or None for title, cell in zip(head, rows[0], strict=True)}
    assert adapter.read(record).action == "sale"
    assert template_of(adapter) == template_of(adapter)


def test_an_empty_template_has_no_rows() -> None:
    with pytest.raises(Invalid) as refused:
        upload_records(template_of(adapter_of("pos_hall")), adapter_of("pos_hall"))
    assert refused.value.code == "no_rows"


def test_a_filled_in_template_counts_and_the_same_rows_again_add_nothing(shop: Shop) -> None:
    batch = hand_in(
        shop,
        filled_in(
            "pos_hall",
            line(shop, "P1"),
            line(shop, "P2"),
        ),
    )
    assert (batch.state, batch.accepted, batch.sequence) == ("done", 2, 1)
    assert shop.ledger() == {"certified_aid": 19_600}
    again = uploads.hand_in(
        shop.session,
        system_actor(),
        shop.channel.code,
        "pos_hall",
        filled_in("pos_hall", line(shop, "P1"), line(shop, "P2")),
    )
    assert (again.known, again.batch.id) == (True, batch.id)
    other = hand_in(shop, filled_in("pos_hall", line(shop, "P2"), line(shop, "P3")))
    assert (other.sequence, other.accepted, other.duplicate) == (2, 1, 1)
    assert shop.ledger() == {"certified_aid": 29_400}
    assert shop.session.scalars(select(Device.code).order_by(Device.code)).all() == ["D1", "HAND-pos_hall"]


def test_a_number_where_a_name_belongs_is_kept_apart_with_its_row_until_somebody_writes_it_anew(
    shop: Shop,
) -> None:
    batch = hand_in(shop, filled_in("pos_hall", line(shop, "P1"), line(shop, "P2", 小票号=20200930001)))
    [row] = shop.session.scalars(reading.rows_of(batch.id, None, is_open=True)).all()
    assert (row.row_no, row.reason, row.field) == (4, "number_in_text", "小票号")
    still = quarantine.mend(shop.session, system_actor(), row.id, {"规格": ""}, "看看")
    assert (still.outcome, still.reason) == ("quarantined", "number_in_text")
    quarantine.mend(shop.session, system_actor(), still.id, {"小票号": "20200930001"}, "按小票")
    assert shop.ledger() == {"certified_aid": 19_600}


@pytest.mark.parametrize(
    ("made", "code", "places"),
    [
        ({"formula": "K3"}, "sheet_formulas", ["K3"]),
        ({"merged": "A5:A6"}, "sheet_merged_cells", ["A5:A6"]),
        ({"hidden": True}, "sheet_hidden_sheets", ["底稿"]),
    ],
)
def test_what_a_sheet_must_not_have_is_refused_by_its_place(
    shop: Shop, made: dict[str, Any], code: str, places: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        hand_in(shop, filled_in("pos_hall", line(shop, "P1"), **made))
    assert (refused.value.code, refused.value.extra["places"]) == (code, places)
    assert shop.session.scalar(select(func.count()).select_from(Batch)) == 0


def test_a_shape_of_another_kind_of_channel_is_refused(shop: Shop) -> None:
    with pytest.raises(Conflict) as refused:
        uploads.hand_in(shop.session, system_actor(), shop.channel.code, "wholesale_market", b"x")
    assert refused.value.code == "adapter_misfit"


def test_a_preview_says_what_would_become_of_each_row_and_keeps_nothing(shop: Shop) -> None:
    unknown = line(
        shop, "P2", 是否扶贫产品="否", 认定目录编号="", 供应商统一社会信用代码="", 商品名称="矿泉水"
    )
    content = filled_in("pos_hall", line(shop, "P1"), unknown, line(shop, "P3", 金额="一百"))
    found = uploads.preview(shop.session, system_actor(), shop.channel.code, "pos_hall", content)
    assert [
        (one.row_no, one.outcome, one.goods_class, one.goods_class_reason, one.reason, one.counts)
        for one in found.rows
    ] == [
        (3, "accepted", "certified_aid", None, None, True),
        (4, "accepted", "ordinary", "goods_unknown", None, True),
        (5, "quarantined", None, None, "not_an_amount", None),
    ]
    assert (found.known, found.number) == (False, None)
    assert shop.ledger() == {}
    assert shop.session.scalar(select(func.count()).select_from(Batch)) == 0
    hand_in(shop, content)
    assert shop.ledger() == {"certified_aid": 9_800, "ordinary": 9_800}
    after = uploads.preview(shop.session, system_actor(), shop.channel.code, "pos_hall", content)
    assert (after.known, [one.outcome for one in after.rows]) == (
        True,
        ["accepted", "accepted", "quarantined"],
    )


def test_a_preview_of_too_many_rows_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_PREVIEWED", 1)
    with pytest.raises(Invalid) as refused:
        uploads.preview(
            shop.session,
            system_actor(),
            shop.channel.code,
            "pos_hall",
            filled_in("pos_hall", line(shop, "P1"), line(shop, "P2")),
        )
    assert refused.value.code == "preview_rows"


def test_the_receipt_has_every_row_with_its_reason(shop: Shop) -> None:
    batch = hand_in(shop, filled_in("pos_hall", line(shop, "P1"), line(shop, "P2", 金额="一百")))
    results = results_of(shop.session, batch)
    rows = list(csv.reader(io.StringIO(receipt_file(batch, results, as_xlsx=False).decode("utf-8-sig"))))
    assert rows[1] == ["3", "已入账", "", "", "P1", "1", "百香果5斤装", "98.00", "扶贫产品", "", "是"]
    assert rows[2][:4] == ["4", "待处理(有误)", "金额写法有误(应为非负的十进制数,至多两位小数)", "金额"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(receipt_file(batch, results, as_xlsx=True)))
    assert len(book.get_sheet_by_name("回执").to_python()) == 4


def test_of_operators_who_hand_in_one_file_at_once_one_wins_and_it_counts_once(
    own_database: db.Database,
) -> None:
    with frozen_at(NOON), db.transaction() as session:
        standing = open_shop(session, "pos_hall")
        session.flush()
        content = filled_in("pos_hall", line(standing, "P1"), line(standing, "P2"))
        session.expunge_all()
    known: list[bool] = []

    def hand(session: Session, _: int) -> None:
        handed = uploads.hand_in(session, system_actor(), standing.channel.code, "pos_hall", content)
        known.append(handed.known)

    assert race(hand, 6, NOON) == {"done": 6}
    assert sorted(known) == [False, True, True, True, True, True]
    race(lambda *_: jobs.run_ready(), 2, NOON)
    with db.transaction() as session:
        assert replace(standing, session=session).ledger() == {"certified_aid": 19_600}
        assert session.execute(select(Batch.state, Batch.accepted)).all() == [("done", 2)]


def test_a_file_from_the_disk_is_imported_by_the_command_once(
    shop: Shop, app: Flask, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sales.xlsx"
    file.write_bytes(filled_in("pos_hall", line(shop, "P1"), line(shop, "P2", 金额="一百")))
    shop.session.flush()
    options = [str(file), "--channel", shop.channel.code, "--adapter", "pos_hall"]
    run: Callable[..., Any] = app.test_cli_runner().invoke
    tried = run(import_sales, [*options, "--dry-run"])
    assert (tried.exit_code, "预览：已入账 1，待处理(有误) 1" in tried.output) == (1, True)
    assert shop.ledger() == {}
    done = run(import_sales, [*options, "--json"])
    assert (done.exit_code, '"known": false' in done.output) == (1, True)
    assert '"known": true' in run(import_sales, [*options, "--json"]).output
    assert shop.ledger() == {"certified_aid": 9_800}
    strange = run(import_sales, [str(file), "--channel", "nowhere", "--adapter", "pos_hall"])
    assert "channel_not_found" in strange.output


def test_a_refusal_is_one_of_the_trade(shop: Shop) -> None:
    with pytest.raises(DomainError):
        uploads.hand_in(shop.session, system_actor(), shop.channel.code, "pos_hall", b"")
