"""Payment lists as spreadsheets: all rows or none, every bad cell named, the file kept as evidence."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from marketplace.beneficiaries.models import PaymentList, PaymentListRow
from marketplace.beneficiaries.service import Identity, NewMember, register
from marketplace.core import files
from marketplace.core.actor import Actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import transaction
from marketplace.core.identifiers import build_resident_id
from marketplace.core.models import StoredFile
from marketplace.core.sheets.export import write_xlsx
from tests.support.county import COUNTY, World, make_world

AsRole = Callable[..., dict[str, str]]
_keys = itertools.count(1)
IDS = [build_resident_id(f"44140319600101{n:03d}") for n in range(1, 6)]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with frozen_at(shanghai(2020, 9, 15, 10)):
        yield


@pytest.fixture
def agreement(client: FlaskClient) -> tuple[World, str, list[int]]:
    """An agreement with two households (the first with a spouse), and a third outside its roster."""
    with transaction() as session:
        world = make_world(session)
        spouse = NewMember(Identity("演示配偶", IDS[3]), "配偶")
        numbers = [
            register(
                session,
                world.officer,
                world.household(head=Identity("演示户", IDS[i]), members=[spouse] if i == 0 else []),
            ).household_no
            for i in range(3)
        ]
        opened = world.agreement()
        world.approved(opened, world.version([(n, 1) for n in numbers[:2]]))
    return world, opened.number, numbers


@pytest.fixture
def upload(
    client: FlaskClient, agreement: tuple[World, str, list[int]], as_role: AsRole
) -> Callable[..., Any]:
    officer = as_role("county_officer", COUNTY)

    def send(content: bytes, **changes: Any) -> Any:
        form: dict[str, Any] = {"kind": "wages", "paid_on": "2020-09-10", "document_no": "九月工资表"}
        return client.post(
            f"/api/v1/agreements/{agreement[1]}/payment-list-files",
            data=form | changes | {"file": (BytesIO(content), "九月工资.xlsx")},
            headers=officer | {"Idempotency-Key": f"file-{next(_keys)}"},
        )

    return send


def stored() -> list[tuple[int, int]]:
    with transaction() as session:
        rows = sa.select(PaymentListRow.household_no, PaymentListRow.amount_fen)
        return [(n, fen) for n, fen in session.execute(rows.order_by(PaymentListRow.household_no))]


def test_a_workbook_is_imported_and_kept_encrypted(
    agreement: tuple[World, str, list[int]], upload: Callable[..., Any]
) -> None:
    world, _, numbers = agreement
    content = write_xlsx(
        ["姓名", "身份证号", "实发金额"],
        [["演示户", IDS[0], 2_000], ["演示配偶", IDS[3], 500], ["演示户", IDS[1], 1_500]],
    )
    answer = upload(content)
    assert answer.status_code == 201, answer.text
    assert (answer.get_json()["total_fen"], answer.get_json()["households"]) == (4_000_00, 2)
    assert stored() == [(numbers[0], 2_500_00), (numbers[1], 1_500_00)]
    with transaction() as session:
        row = (
            session.get_one(StoredFile, sa.func.cast(answer.get_json()["evidence_file_id"], sa.Uuid))
            if False
            else session.scalars(sa.select(StoredFile)).one()
        )
        assert str(row.id) == answer.get_json()["evidence_file_id"]
        assert row.file_class == "restricted"
        on_disk = files._path(row).read_bytes()
        assert on_disk[:2] != b"PK"
        reader: Actor = world.officer
        assert files.read(session, reader, row.id, purpose="核对工资", area_code=COUNTY) == content


def test_the_same_list_again_adds_neither_rows_nor_files(
    agreement: tuple[World, str, list[int]], upload: Callable[..., Any]
) -> None:
    content = f"公民身份号码,金额\n{IDS[0]},100.00\n".encode()
    first, again = upload(content), upload(content)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    with transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(StoredFile)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(PaymentList)) == 1


def test_every_bad_cell_and_row_is_named_and_no_number_is_repeated(
    agreement: tuple[World, str, list[int]], upload: Callable[..., Any]
) -> None:
    _, _, numbers = agreement
    rows = [
        ["演示户", IDS[0], numbers[0], "100"],
        ["数字", 440301960101001, None, "100"],
        ["错号", IDS[1][:-1] + ("0" if IDS[1][-1] != "0" else "1"), None, "100"],
        ["金额", IDS[1], None, "约100"],
        ["无户", None, None, "100"],
        ["两户", IDS[0], numbers[1], "100"],
    ]
    answer = upload(write_xlsx(["姓名", "公民身份号码", "户编号", "金额(元)"], rows))
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.get_json()["errors"]] == [
        ("/rows/3/公民身份号码", "number_in_text"),
        ("/rows/4/公民身份号码", "resident_id_check"),
        ("/rows/5/金额(元)", "not_exact"),
        ("/rows/6", "household"),
        ("/rows/7", "household_differs"),
    ]
    assert not any(number in answer.text for number in IDS)
    assert stored() == []


def test_a_household_elsewhere_and_an_unknown_person_get_the_same_answer(
    agreement: tuple[World, str, list[int]], upload: Callable[..., Any]
) -> None:
    answers = [
        upload(f"公民身份号码,金额\n{number},1\n".encode()).get_json()["errors"]
        for number in (IDS[2], IDS[4])
    ]
    assert answers[0] == answers[1]
    assert [(e["pointer"], e["code"]) for e in answers[0]] == [("/rows/2", "household")]


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04broken", "姓名\n甲\n".encode(), "金额,金额\n1,1\n".encode(), b"\x00\x01\x02"]
)
def test_a_file_that_is_no_list_is_refused_as_a_whole(upload: Callable[..., Any], content: bytes) -> None:
    answer = upload(content)
    assert answer.status_code == 422
    assert answer.get_json()["code"].startswith("sheet_")
    assert stored() == []


@pytest.mark.parametrize("change", [{"kind": "gift"}, {"paid_on": "2020-09-16"}, {"document_no": ""}])
def test_a_list_says_what_it_is(upload: Callable[..., Any], change: dict[str, str]) -> None:
    assert upload(f"公民身份号码,金额\n{IDS[0]},1\n".encode(), **change).status_code == 422
    assert stored() == []
