"""Exports of statistics by HTTP: asked for, written by the worker with progress, taken by a link that expires."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, update

from marketplace.accounts.models import Approval, Grant
from marketplace.accounts.service.exports import Export, asking, kinds
from marketplace.core import db, files, jobs
from marketplace.core.clock import frozen_at, utcnow
from marketplace.core.models import AuditRecord, Job, StoredFile
from marketplace.statistics import behind
from marketplace.statistics.exports import entries
from marketplace.statistics.reports import REPORTS
from tests.support.published import NOW, Office, refused

QUERY = {"measures": "sales,households_covered", "by": "period,origin", "from": "2020-09", "to": "2020-10"}
ASK = {"kind": "statistics", "area_code": "440000", "reason": "季度通报", "parameters": QUERY}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(files, "_root", tmp_path)
    return tmp_path


def asked(office: Office, who: dict[str, str], **changes: Any) -> dict[str, Any]:
    answer = office.post("/exports", who, ASK | changes)
    assert answer.status_code == 202, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def made(office: Office, who: dict[str, str], **changes: Any) -> tuple[dict[str, Any], bytes]:
    """What the export says once it is written, and its bytes."""
    export = asked(office, who, **changes)
    jobs.run_ready()
    found = office.get(f"/exports/{export['id']}", who).get_json()
    assert found["state"] == "ready", found
    return found, office.get(f"/exports/{export['id']}/file", who).data


def lies_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def actions() -> list[str]:
    with db.transaction() as session:
        return list(
            session.scalars(
                select(AuditRecord.action)
                .where(AuditRecord.subject_kind.in_(("export", "file")))
                .order_by(AuditRecord.id)
            )
        )


def test_a_query_is_written_by_the_worker_without_a_second_person_and_all_of_it_is_recorded(
    office: Office, folder: Path
) -> None:
    who = office.as_role("statistician", "440000")
    export = asked(office, who)
    assert (export["state"], export["approval_id"], export["link"], export["title"]) == (
        "queued",
        None,
        None,
        "统计查询 广东省 2020-09至2020-10",
    )
    assert refused(office.get(f"/exports/{export['id']}/file", who)) == (409, "export_not_ready")
    jobs.run_ready()
    ready = office.get(f"/exports/{export['id']}", who).get_json()
    assert (ready["state"], ready["rows"], ready["rows_done"], ready["rows_total"], ready["is_once"]) == (
        "ready",
        2,
        2,
        2,
        False,
    )
    assert ready["expires_at"] == "2020-10-07T02:00:00+00:00"
    for _ in range(2):  # a link, not a single handing over
        taken = office.client.get(ready["link"], headers=who)
        assert (taken.status_code, hashlib.sha256(taken.data).hexdigest()) == (200, ready["sha256"])
        assert taken.headers["ETag"] == f'"{ready["sha256"]}"'
        assert taken.headers["Cache-Control"] == "private, no-store"
    assert len(taken.data) == ready["size_bytes"]
    assert [path.read_bytes() for path in lies_in(folder)] == [taken.data]
    assert actions() == [
        "accounts.export.asked",
        "core.file.stored",
        "accounts.export.made",
        "core.file.taken",
        "core.file.taken",
    ]
    with db.transaction() as session:
        record = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "accounts.export.made")
        ).one()
        assert session.scalar(select(func.count()).select_from(Approval)) == 0
    assert (record.purpose, record.area_code, record.subject_id) == ("季度通报", "440000", export["id"])
    assert record.detail == {
        "kind": "statistics",
        "format": "xlsx",
        "parameters": QUERY,
        "rows": 2,
        "size_bytes": ready["size_bytes"],
        "sha256": ready["sha256"],
    }
    [notice] = office.get("/inbox", who).get_json()["items"]
    assert (notice["kind"], notice["detail"]["rows"]) == ("export_ready", 2)
    [listed] = office.get("/exports", who).get_json()["items"]
    assert listed == ready


def test_a_file_is_what_its_route_gives(office: Office) -> None:
    who = office.as_role("statistician", "440000")
    query = "measures=sales,households_covered&by=period,origin&from=2020-09&to=2020-10&area=440000"
    for one in ("xlsx", "csv"):
        _, content = made(office, who, format=one)
        assert content == office.get(f"/statistics?{query}&format={one}", who).data
    _, content = made(office, who, format="json")
    whole = office.get(f"/statistics?{query}", who).get_json()
    assert {**parsed(content), "next_cursor": None} == whole
    report = {"kind": "report", "parameters": {"report": "R1", "period": "2020-09"}}
    for one in ("xlsx", "csv"):
        export, content = made(office, who, **report, format=one)
        assert content == office.get(f"/reports/R1?period=2020-09&area=440000&format={one}", who).data
    assert export["title"] == "消费扶贫统计月报 广东省 2020-09"
    _, content = made(office, who, **report, format="json")
    assert parsed(content) == office.get("/reports/R1?period=2020-09&area=440000", who).get_json()


def parsed(content: bytes) -> Any:
    return orjson.loads(content)


def test_parquet_has_typed_columns(office: Office, folder: Path) -> None:
    who = office.as_role("statistician", "440000")
    _, content = made(office, who, format="parquet")
    file = folder / "x.parquet"
    file.write_bytes(content)
    with duckdb.connect() as database:
        found = database.execute(f"SELECT * FROM '{file}' ORDER BY ALL")
        names = [(column[0], str(column[1])) for column in found.description or []]
        rows = found.fetchall()
    assert names == [
        ("period", "VARCHAR"),
        ("period_title", "VARCHAR"),
        ("origin", "VARCHAR"),
        ("origin_title", "VARCHAR"),
        ("sales", "BIGINT"),
        ("households_covered", "BIGINT"),
    ]
    assert rows == [
        ("2020-09", "2020-09", "4414", "梅州市", 14_800, 7),
        ("2020-10", "2020-10", "4414", "梅州市", 7_700, 7),
    ]


BEHIND = {"kind": "statistics_entries", "parameters": {"from": "2020-09", "to": "2020-09"}}


def test_the_entries_behind_a_figure_come_whole_in_every_format(
    office: Office, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(behind, "_BATCH", 1)
    who = office.as_role("statistician", "440000")
    shown = office.get("/statistics/entries?from=2020-09&to=2020-09&area=440000", who).get_json()["items"]
    oldest_first = shown[::-1]
    export, content = made(office, who, **BEHIND)
    assert (export["format"], export["rows"], export["rows_total"]) == ("csv", 2, 2)
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [
        (line["分录号"], line["种类"], line["产品"], line["产地"], line["销售额(元)"]) for line in lines
    ] == [
        (str(row["entry_no"]), "销售", "金柚", "梅县区", f"{row['sale_fen'] / 100:.2f}")
        for row in oldest_first
    ]
    _, content = made(office, who, **BEHIND, format="json")
    items = parsed(content)["items"]
    assert [(row["entry_no"], row["sale_fen"]) for row in items] == [
        (row["entry_no"], row["sale_fen"]) for row in oldest_first
    ]
    assert set(items[0]) == set(shown[0])
    _, content = made(office, who, **BEHIND, format="parquet")
    file = folder / "x.parquet"
    file.write_bytes(content)
    with duckdb.connect() as database:
        found = database.execute(
            f"SELECT entry_no, sale_fen, scheme, adjusts_period FROM '{file}'"
        ).fetchall()
    assert found == [
        (row["entry_no"], row["sale_fen"], row["scheme"], row["adjusts_period"]) for row in oldest_first
    ]
    _, content = made(office, who, **BEHIND, format="xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert sheet[0][0].startswith("统计明细 广东省 2020-09,产地视角,账本位置:")
    assert sheet[1][:2] == ["分录号", "种类"]
    assert [row[14] for row in sheet[2:]] == [row["sale_fen"] / 100 for row in oldest_first]


def test_a_link_expires_within_a_day_and_is_only_for_who_asked(office: Office, folder: Path) -> None:
    who = office.as_role("statistician", "440000")
    export, _ = made(office, who)
    path = f"/exports/{export['id']}"
    other = office.as_role("statistician", "440000")
    for tail in ("", "/file"):
        assert refused(office.get(path + tail, other)) == (404, "not_found")
        assert refused(office.get(path + tail)) == (401, "not_authenticated")
        assert refused(office.get(path + tail, office.as_role("issuer"))) == (403, "forbidden")
    with frozen_at(NOW + timedelta(hours=24, seconds=1)):
        assert refused(office.get(f"{path}/file", who)) == (409, "export_gone")
        assert office.get(path, who).get_json()["state"] == "expired"
        with db.transaction() as session:
            assert files.delete_expired(session) == 1
        assert refused(office.get(f"{path}/file", who)) == (409, "export_gone")
    assert lies_in(folder) == []


def test_a_run_that_fails_half_way_leaves_no_file_and_the_next_one_makes_it_whole(
    office: Office, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = office.as_role("statistician", "440000")
    export = asked(office, who, **BEHIND)
    whole = entries.stream_behind

    def broken(*given: Any) -> Iterator[Any]:
        with closing(whole(*given)) as found:
            yield next(found)
        assert office.get(f"/exports/{export['id']}", who).get_json()["state"] == "writing"
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(entries, "stream_behind", broken)
        jobs.run_ready()
    assert lies_in(folder) == []
    waiting = office.get(f"/exports/{export['id']}", who).get_json()
    assert (waiting["state"], waiting["rows"], waiting["rows_total"]) == ("writing", None, 2)
    with db.transaction() as session:
        assert session.execute(select(Job.attempts, Job.last_error)).one() == (1, "OSError")
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 0
    with frozen_at(NOW + timedelta(minutes=1)):
        jobs.run_ready()
        assert office.get(f"/exports/{export['id']}", who).get_json()["state"] == "ready"
    assert len(lies_in(folder)) == 1


def test_a_run_that_fails_again_and_again_is_failed_and_hands_nothing_over(office: Office) -> None:
    who = office.as_role("statistician", "440000")
    export = asked(office, who)
    with db.transaction() as session:
        session.execute(update(Job).values(state="dead"))
    assert office.get(f"/exports/{export['id']}", who).get_json()["state"] == "failed"
    assert refused(office.get(f"/exports/{export['id']}/file", who)) == (409, "export_refused")
    asked(office, who)  # what has failed is not on its way


def test_a_large_file_is_closed_whether_it_is_read_or_not(office: Office) -> None:
    who = office.as_role("statistician", "440000")
    export, content = made(office, who)
    head = office.client.head(f"/api/v1/exports/{export['id']}/file", headers=who)
    assert (head.status_code, head.data) == (200, b"")
    whole = office.client.get(f"/api/v1/exports/{export['id']}/file", headers=who, buffered=True)
    assert whole.data == content


def test_every_report_can_be_exported_in_every_format(office: Office) -> None:
    who = office.as_role("statistician", "440000")
    for report in REPORTS:
        for one in ("xlsx", "csv", "json"):
            given = {"report": report.code, "period": "2020-09", "level": "county"}
            export, content = made(office, who, kind="report", parameters=given, format=one)
            assert export["title"] == f"{report.title_zh} 广东省 2020-09"
            assert len(content) == export["size_bytes"]


def test_who_lost_the_role_meanwhile_gets_nothing(office: Office, folder: Path) -> None:
    who = office.as_role("statistician", "440000")
    export = asked(office, who)
    with db.transaction() as session:
        session.execute(update(Grant).values(ended_at=utcnow()))
    jobs.run_ready()
    with db.transaction() as session:
        assert session.scalars(select(Export.refused)).one() == "role_lost"
    assert lies_in(folder) == []
    assert "accounts.export.refused" in actions()
    assert refused(office.get(f"/exports/{export['id']}/file", who)) == (403, "forbidden")


def test_more_entries_than_a_format_can_have_are_refused(
    office: Office, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(entries.MOST, "xlsx", 1)
    who = office.as_role("statistician", "440000")
    export = asked(office, who, **BEHIND, format="xlsx")
    jobs.run_ready()
    found = office.get(f"/exports/{export['id']}", who).get_json()
    assert (found["state"], found["refused"]) == ("refused", "export_too_large")
    assert refused(office.get(f"/exports/{export['id']}/file", who)) == (409, "export_refused")
    assert lies_in(folder) == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"parameters": QUERY | {"by": "colour"}}, 400, "unknown_dimension"),
        ({"parameters": QUERY | {"measures": "luck"}}, 400, "unknown_measure"),
        ({"parameters": QUERY | {"nobody": "x"}}, 422, "export_parameters"),
        ({"parameters": QUERY | {"from": "2020-13"}}, 422, "export_parameters"),
        ({"parameters": QUERY | {"page_size": "5"}}, 422, "export_parameters"),
        ({"format": "pdf"}, 422, "invalid"),
        (
            {"kind": "report", "parameters": {"report": "R1", "period": "2020-09"}, "format": "parquet"},
            422,
            "export_format",
        ),
        ({"kind": "report", "parameters": {"report": "R99", "period": "2020-09"}}, 404, "unknown_report"),
        ({"kind": "report", "parameters": {"period": "2020-09"}}, 422, "export_parameters"),
        ({"area_code": "450000"}, 403, "out_of_scope"),
        ({"area_code": "449999"}, 422, "unknown_division"),
        ({"reason": ""}, 422, "invalid"),
    ],
)
def test_what_may_not_be_asked_for_is_refused_at_once(
    office: Office, change: dict[str, Any], status: int, code: str
) -> None:
    who = office.as_role("statistician", "440000")
    assert refused(office.post("/exports", who, ASK | change)) == (status, code)
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Export)) == 0
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_one_account_has_three_exports_on_their_way(office: Office) -> None:
    who = office.as_role("statistician", "440000")
    for _ in range(asking.MOST_WAITING):
        asked(office, who)
    assert refused(office.post("/exports", who, ASK)) == (409, "exports_waiting")
    asked(office, office.as_role("statistician", "440000"))
    jobs.run_ready()
    asked(office, who)


def test_every_open_kind_takes_the_area_it_was_asked_for(office: Office) -> None:
    assert [kind.code for kind in kinds()][-3:] == ["statistics", "report", "statistics_entries"]
    who = office.as_role("statistician", "441400")
    assert refused(office.post("/exports", who, ASK)) == (403, "out_of_scope")
    _, content = made(office, who, **BEHIND, area_code="441422", format="json")
    assert parsed(content)["items"] == []
