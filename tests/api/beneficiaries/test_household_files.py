"""A county's register as a spreadsheet, by HTTP and by command."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.beneficiaries.models import Household, HouseholdStatus, PaymentList
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import transaction
from marketplace.core.identifiers import build_resident_id
from marketplace.core.sheets.export import write_csv, write_xlsx
from tests.support.county import make_world

AsRole = Callable[..., dict[str, str]]
_keys = itertools.count(1)
HEADINGS = [
    "村代码",
    "户主姓名",
    "身份证号",
    "建档标准",
    "建档状态",
    "监测类型",
    "监测状态",
    "家庭人口",
    "劳动力",
    "低收入人口",
    "生效日",
    "文号",
]
IDS = [build_resident_id(f"44140319650505{n:03d}") for n in range(1, 4)]
GOOD = [
    [
        "441403101201",
        "演示户甲",
        IDS[0],
        "广东相对贫困",
        "脱贫户",
        None,
        None,
        4,
        2,
        "否",
        "2020-01-01",
        "一",
    ],
    [
        "441403101201",
        "演示户乙",
        IDS[1],
        "国家建档立卡",
        "脱贫户",
        "脱贫不稳定户",
        "监测中",
        3,
        1,
        "是",
        "2020年1月1日",
        "一",
    ],
    ["441403101201", "演示户丙", None, "none", "never", None, None, 2, None, None, "2020/1/1", "一"],
]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with frozen_at(shanghai(2020, 9, 15, 10)):
        yield


@pytest.fixture
def upload(client: FlaskClient, as_role: AsRole) -> Callable[[bytes], Any]:
    officer = as_role("county_officer", "441403")

    def send(content: bytes) -> Any:
        return client.post(
            "/api/v1/household-files",
            data={"file": (BytesIO(content), "台账.xlsx")},
            headers=officer | {"Idempotency-Key": f"register-{next(_keys)}"},
        )

    return send


def rows(model: Any) -> int:
    with transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_register_is_imported_once(upload: Callable[[bytes], Any]) -> None:
    content = write_xlsx(HEADINGS, GOOD)
    first = upload(content)
    assert first.status_code == 201, first.text
    numbers = first.get_json()["household_nos"]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]
    with transaction() as session:
        standings = session.scalars(sa.select(HouseholdStatus).order_by(HouseholdStatus.household_no)).all()
        assert [(s.file_status, s.monitor_type, s.members, s.is_low_income) for s in standings] == [
            ("graduated", "none", 4, False),
            ("graduated", "unstable", 3, True),
            ("never", "none", 2, False),
        ]
    again = upload(content)
    assert [(e["pointer"], e["code"]) for e in again.get_json()["errors"]] == [
        ("/rows/2", "person_known"),
        ("/rows/3", "person_known"),
    ]
    assert rows(Household) == 3


def test_every_bad_cell_is_named_and_nobody_is_registered(upload: Callable[[bytes], Any]) -> None:
    bad = [list(row) for row in GOOD]
    bad[0][0] = 441403101201
    bad[0][2] = IDS[0][:17] + ("0" if IDS[0][17] != "0" else "1")
    bad[1][4] = "贫困"
    bad[2][7] = 0
    bad[2][10] = "2020-02-30"
    answer = upload(write_xlsx(HEADINGS, bad))
    assert [(e["pointer"], e["code"]) for e in answer.get_json()["errors"]] == [
        ("/rows/2/村代码", "number_in_text"),
        ("/rows/2/公民身份号码", "resident_id_check"),
        ("/rows/3/建档状态", "not_a_choice"),
        ("/rows/4/家庭人口", "out_of_range"),
        ("/rows/4/生效日", "not_a_day"),
    ]
    assert not any(number[:17] in answer.text for number in IDS)
    assert rows(Household) == 0


def test_rows_that_break_a_rule_together_are_named_too(upload: Callable[[bytes], Any]) -> None:
    bad = [list(row) for row in GOOD]
    bad[0][8] = 5
    bad[2][0] = "441422101201"
    answer = upload(write_csv(HEADINGS, bad))
    assert [(e["pointer"], e["code"]) for e in answer.get_json()["errors"]] == [
        ("/rows/2", "labour"),
        ("/rows/4", "out_of_scope"),
    ]
    assert rows(Household) == 0


def test_the_command_registers_and_pays(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    with transaction() as session:
        world = make_world(session)
    register, payments = tmp_path / "register.xlsx", tmp_path / "payments.csv"
    register.write_bytes(write_xlsx(HEADINGS, GOOD))
    run = app.test_cli_runner().invoke
    done = run(args=["import", "households", str(register), "--demo"])
    assert (done.exit_code, done.output) == (0, "登记 3 户\n")
    again = run(args=["import", "households", str(register)])
    assert again.exit_code == 1
    assert "/rows/2: 该公民身份号码已在册（person_known）" in again.output
    assert IDS[0] not in again.output
    with transaction() as session:
        world.session = session
        numbers = session.scalars(sa.select(Household.household_no)).all()
        agreement = world.agreement()
        world.approved(agreement, world.version([(n, 1) for n in numbers]))
    payments.write_bytes(write_csv(["身份证号", "金额"], [[IDS[0], "12.34"]]))
    asked = ["import", "payments", str(payments), "--agreement", agreement.number, "--kind", "wages"]
    asked += ["--paid-on", "2020-09-10", "--document", "九月工资"]
    assert run(args=asked).output == "导入 1 户, 合计 1234 分\n"
    assert run(args=asked).output == "已有 1 户, 合计 1234 分\n"
    assert rows(PaymentList) == 1
