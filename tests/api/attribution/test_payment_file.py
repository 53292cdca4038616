"""银行代发清单: a producer's closed month as rows to be paid, by two persons, equal to the statements to the fen."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from marketplace.accounts.models import Approval
from marketplace.accounts.service.exports import Export
from marketplace.attribution.models import AgreementStatement
from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.service import Coverage, Identity, register
from marketplace.core import db, files, jobs
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.models import AuditRecord
from tests.support.books import Books
from tests.support.published import Office, refused

DAY = date(2020, 10, 8)
NAMES = ("张三丰", "慕容复", "欧阳锋")


@pytest.fixture(autouse=True)
def place_for_files(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_root", tmp_path)


def body(office: Office, **changes: Any) -> dict[str, Any]:
    parameters = {"period": "2020-09", "producer_id": str(office.world.producer.id)}
    given = {
        "kind": "bank_payments",
        "area_code": "441403",
        "reason": "九月收益代发",
        "parameters": parameters,
    }
    return given | changes


def taken(office: Office, who: dict[str, str], **changes: Any) -> list[list[Any]]:
    """The rows of the file as they are read back, without the two lines of its head."""
    asked = office.post("/exports", who, body(office, **changes))
    assert asked.status_code == 202, asked.get_json()
    number = asked.get_json()["id"]
    decision = {"approve": True, "opinion": "同意"}
    office.post(f"/approvals/{number}/decision", office.as_role("issuer", "441400"), decision)
    jobs.run_ready()
    answer = office.client.post(f"/api/v1/exports/{number}/file", headers=who)
    assert answer.status_code == 200, answer.get_json()
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()


def money(rows: list[list[Any]], label: str) -> Decimal:
    (row,) = [row for row in rows if row[0] == label]
    return Decimal(str(row[4]))


def paid(rows: list[list[Any]]) -> list[tuple[Any, ...]]:
    """(sequence, name, yuan) of the rows above the total."""
    end = next(place for place, row in enumerate(rows) if row[0] == "合计")
    return [(int(row[0]), row[3], Decimal(str(row[4]))) for row in rows[3:end]]


@pytest.fixture
def september(office: Office) -> Office:
    """A second agreement of the producer over three named households: 100.00 sold in October, all of it back in November."""
    with frozen_at(shanghai(2020, 10, 8, 10)), db.transaction() as session:
        office.world.session = session
        standing = office.world.standing(from_day=DAY)
        roster = [
            register(
                session, office.world.officer, office.world.household(head=Identity(name), standing=standing)
            ).household_no
            for name in NAMES
        ]
        coverage = [Coverage(office.world.product.id, 1_000, "raw_material", "收购台账")]
        office.world.approved(
            office.world.agreement(),
            office.world.version([(number, 1) for number in roster], products=coverage, from_day=DAY),
        )
        books = Books(session, office.world)
        now = shanghai(2020, 10, 8, 9)
        line = books.line(10_000, 1, sold_at=now, counted_at=now)
        books.sell(line)
    with frozen_at(shanghai(2020, 11, 5, 10)), db.transaction() as session:
        close_period(session, None, "2020-10")
        books.session = session
        back = shanghai(2020, 11, 5, 10)
        books.take_back(line, 10_000, 1, back)
    with frozen_at(shanghai(2020, 12, 5, 10)), db.transaction() as session:
        close_period(session, None, "2020-11")
    return office


def test_the_rows_sum_to_the_statements_and_the_reading_is_recorded(office: Office) -> None:
    rows = taken(office, office.as_role("county_officer", "441403"))
    assert rows[0][0] == "梅县金柚合作社(演示) 2020-09 利益联结收益代发清单"
    assert rows[2][:6] == ["序号", "户号", "村", "户主姓名", "金额(元)", "用途"]
    assert paid(rows) == [(place, "未登记", Decimal("1.4")) for place in range(1, 8)]
    with db.transaction() as session:
        pool, village = session.execute(
            sa.select(
                sa.func.sum(AgreementStatement.pool_fen), sa.func.sum(AgreementStatement.village_fen)
            ).where(AgreementStatement.period == "2020-09")
        ).one()
        exported = session.scalars(
            sa.select(AuditRecord).where(AuditRecord.action == "attribution.payment_file.exported")
        ).one()
        kept = session.scalars(sa.select(Export)).one()
    assert money(rows, "合计") == money(rows, "本月结算单合计") == Decimal(pool - village).scaleb(-2)
    assert money(rows, "村集体留存(不在本清单)") == 0
    assert exported.detail == {"period": "2020-09", "households": 7, "full_names": 7, "paid_fen": 980}
    assert (kept.rows, kept.parameters["period"]) == (7, "2020-09")
    assert any("不保存农户银行账号" in str(row[0]) for row in rows)


def test_names_are_full_for_who_may_read_them_and_masked_for_others(september: Office) -> None:
    parameters = {"period": "2020-10", "producer_id": str(september.world.producer.id)}
    county = taken(september, september.as_role("county_officer", "441403"), parameters=parameters)
    city = taken(september, september.as_role("city_officer", "441400"), parameters=parameters)
    assert [name for _, name, _ in paid(county)][-3:] == list(NAMES)
    assert [name for _, name, _ in paid(city)][-3:] == ["张*", "慕*", "欧*"]
    assert [fen for _, _, fen in paid(county)] == [fen for _, _, fen in paid(city)]
    assert not any(name in str(city) for name in NAMES)


def test_a_negative_difference_is_no_row_but_carried_with_its_reason(september: Office) -> None:
    parameters = {"period": "2020-11", "producer_id": str(september.world.producer.id)}
    rows = taken(september, september.as_role("county_officer", "441403"), parameters=parameters)
    assert paid(rows) == []
    statements, carried = money(rows, "本月结算单合计"), money(rows, "减:结转以后月份(负数)")
    assert statements == carried < 0
    assert (money(rows, "加:以前月份结转(负数)"), money(rows, "应发合计"), money(rows, "合计")) == (0, 0, 0)
    start = next(place for place, row in enumerate(rows) if str(row[0]).startswith("结转明细"))
    listed = [row for row in rows[start + 1 :] if row[5]]
    assert sum(Decimal(str(row[4])) for row in listed) == carried
    assert {row[5] for row in listed} == {"2020-10 退货或更正冲减"}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"parameters": {}}, 422, "export_parameters"),
        ({"parameters": {"period": "2020-09", "producer_id": "x"}}, 422, "export_parameters"),
        (
            {"parameters": {"period": "2020-09", "producer_id": "01920a3c-7b1e-7cc2-9d4e-5f6a7b8c9d0e"}},
            404,
            "not_found",
        ),
        ({"kind": "organisations"}, 422, "export_parameters"),
        ({"area_code": "441422"}, 403, "out_of_scope"),
    ],
)
def test_what_is_no_file_of_ones_area_is_refused_when_it_is_asked_for(
    office: Office, changes: dict[str, Any], status: int, code: str
) -> None:
    who = office.as_role("county_officer", "441403")
    assert refused(office.post("/exports", who, body(office, **changes))) == (status, code)
    with db.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Approval)) == 0


def test_an_open_month_has_no_file_and_no_producer_asks_for_one(office: Office) -> None:
    parameters = {"period": "2020-10", "producer_id": str(office.world.producer.id)}
    who = office.as_role("county_officer", "441403")
    assert refused(office.post("/exports", who, body(office, parameters=parameters))) == (404, "period_open")
    producer = office.as_role("producer", organisation_id=office.world.producer.organisation_id)
    assert refused(office.post("/exports", producer, body(office))) == (403, "forbidden")
