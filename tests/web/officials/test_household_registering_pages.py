"""Households put on file by officials of a township and a county: one by a form, many by a file; and village collectives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.beneficiaries.models import Household, HouseholdMember, HouseholdStatus, VillageCollective
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import transaction
from marketplace.core.sheets.export import write_xlsx
from tests.api.beneficiaries.test_household_files import GOOD, HEADINGS, IDS
from tests.support.visitors import HTTPS, Visitor, form_of, main_of, text_of

Visit = Callable[..., Visitor]
NEW, FILE = "/admin/households/new", "/admin/households/file"
HOUSEHOLD = {
    "area_code": "441403101201",
    "file_standard": "gd_relative",
    "head.name": "欧阳澹台",
    "head.resident_id": IDS[0],
    "standing.file_status": "graduated",
    "standing.members": "3",
    "standing.labour": "2",
    "standing.from_day": "2020-01-01",
    "standing.document_no": "梅县扶〔2020〕1号",
    "members.1.identity.name": "慕容鲜于",
    "members.1.relation": "配偶",
    "members.1.has_labour": "on",
}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with frozen_at(shanghai(2020, 9, 15, 10)):
        yield


def all_of(what: Any) -> list[Any]:
    with transaction() as session:
        return list(session.scalars(select(what)).all())


def test_a_household_is_registered_shown_masked_and_its_history_goes_on(visitor: Visit) -> None:
    officer = visitor("township_reviewer", "441403")
    assert NEW in officer.read("/admin/households")
    wrong = officer.send(NEW, **HOUSEHOLD | {"standing.members": "1", "standing.labour": "1"})
    assert wrong.status_code == 422
    assert "登记的成员多于家庭人口" in main_of(wrong)
    assert 'value="梅县扶〔2020〕1号"' in main_of(wrong)
    assert all_of(Household.household_no) == []
    answer = officer.send(NEW, **HOUSEHOLD)
    shown = officer.follow(answer)
    [number] = all_of(Household.household_no)
    assert f"农户 {number} 已登记" in shown
    assert "欧阳澹台" not in shown
    assert IDS[0] not in shown
    assert "脱贫户" in shown
    assert len(all_of(HouseholdMember.id)) == 1
    page = f"/admin/households/{number}"
    again = officer.send(NEW, **HOUSEHOLD)
    assert again.status_code == 409
    changed = {"monitor_type": "unstable", "monitor_status": "active", "from_day": "2020-09-01"}
    after = officer.follow(
        officer.send(f"{page}/standing", **changed, file_status="graduated", members="3", document_no="二")
    )
    assert "监测中 · 脱贫不稳定户" in text_of(after)
    assert "2020-01-01 – 2020-09-01" in text_of(after)
    joined = {"identity.name": "司徒万俟", "relation": "子", "from_day": "2020-09-02"}
    assert "家庭成员已登记" in officer.follow(officer.send(f"{page}/member", **joined))
    assert len(all_of(HouseholdMember.id)) == 2
    county = visitor("county_officer", "441403")
    people = main_of(county.send(f"{page}/unmasking", purpose="核对家庭成员"))
    [first, _second] = re.findall(rf'href="({page}/members/[0-9a-f-]+/departure)"', people)
    early = county.send(first, to_day="2020-01-01")
    assert "离开日应晚于加入日" in main_of(early)
    assert "该成员已迁出" in county.follow(county.send(first, to_day="2020-09-10"))
    assert [day and day.isoformat() for day in all_of(HouseholdMember.to_day)].count("2020-09-10") == 1


def test_a_register_is_taken_in_whole_or_every_bad_cell_is_named(visitor: Visit) -> None:
    officer = visitor("county_officer", "441403")
    bad = [list(row) for row in GOOD]
    bad[1][4], bad[2][7] = "贫困", 0
    refused = _sent(officer, bad)
    assert refused.status_code == 422
    words = text_of(main_of(refused))
    assert "2 处有误,没有导入任何一行" in words
    assert "3 建档状态" in words
    assert "4 家庭人口" in words
    assert all_of(Household.household_no) == []
    assert "请选择文件" in main_of(officer.send(FILE))
    assert "已登记 3 户" in officer.follow(_sent(officer, GOOD))
    assert len(all_of(HouseholdStatus.id)) == 3
    twice = text_of(main_of(_sent(officer, GOOD)))
    assert "2 处有误" in twice  # the third has no number by which it is known
    empty = officer.get(f"{FILE}/template?format=csv").get_data(as_text=True)
    assert "村代码,户主姓名,公民身份号码,建档标准" in empty


def _sent(officer: Visitor, rows: list[list[Any]]) -> Any:
    typed = form_of(officer.read(FILE)) | {"file": (BytesIO(write_xlsx(HEADINGS, rows)), "台账.xlsx")}
    return officer.client.post(FILE, data=typed, base_url=HTTPS)


def test_households_are_registered_by_those_of_their_area_alone(visitor: Visit) -> None:
    elsewhere = visitor("county_officer", "450923")
    assert elsewhere.send(NEW, **HOUSEHOLD).status_code == 403
    city = visitor("city_officer", "441400")
    assert NEW not in city.read("/admin/households")
    for path in (NEW, FILE, f"{FILE}/template", "/admin/villages/new"):
        assert city.get(path).status_code == 403, path
    assert all_of(Household.household_no) == []


def test_a_village_has_one_collective(visitor: Visit) -> None:
    officer = visitor("county_officer", "441403")
    typed = {"area_code": "441403101201", "name": "演示村经济联合社", "is_relative_poverty_village": "on"}
    listed = officer.follow(officer.send("/admin/villages/new", **typed))
    assert "441403101201" in listed
    assert "相对贫困村" in listed
    twice = officer.send("/admin/villages/new", **typed)
    assert (twice.status_code, "该村已登记村集体" in main_of(twice)) == (409, True)
    assert all_of(VillageCollective.area_code) == ["441403101201"]
    assert "演示村经济联合社" not in visitor("county_officer", "450923").read("/admin/villages")
