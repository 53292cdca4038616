"""The feed upward by HTTP: registering a source, a month on its way through three levels of people, borders between areas."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

from marketplace.core import db
from marketplace.intake.models import UpwardSource
from marketplace.statistics.upward import link
from marketplace.statistics.upward.link import Upper
from marketplace.statistics.upward.models import CountyConfirmation, MonthTotal
from tests.catalogue_world import World as Catalogue
from tests.support import upward
from tests.support.published import Office, refused
from tests.support.upward import CHANNEL, SEPTEMBER

SOURCE = {"channel": CHANNEL, "name": "梅州市平台", "source": "441400", "public_key": "ab" * 32}
OPINION = {"opinion": "与县级台账核对一致"}
YES = OPINION | {"accept": True}


@pytest.fixture
def feeding(office: Office) -> Iterator[Office]:
    """The instance feeds another as 广东 does; its September is closed."""
    link._installed[:] = [Upper(upward.settings_of("00" * 32, upward_source="440000"))]
    yield office
    link._installed[:] = [None]


def drawn_up(office: Office, who: dict[str, str], **body: Any) -> Any:
    return office.post("/upward/totals", who, {"period": SEPTEMBER} | body)


def count(model: type[Any]) -> int:
    with db.transaction() as session:
        return session.query(model).count()


def test_a_month_goes_from_the_province_to_its_county_and_back_and_is_sealed(feeding: Office) -> None:
    clerk, issuer = feeding.as_role("province_officer", "440000"), feeding.as_role("issuer", "440000")
    made = drawn_up(feeding, clerk)
    assert made.status_code == 201, made.get_json()
    said = made.get_json()
    assert [one["area_code"] for one in said["confirmations"]] == ["441403"]
    assert sum(one["sale_fen"] for one in said["cells"]) == 14_800
    assert said["households"][0]["households_covered"] == 7
    path = f"/upward/totals/{said['id']}"
    assert refused(feeding.post(f"{path}/sealing", issuer)) == (409, "counties_pending")
    first, second = feeding.as_role("county_officer", "441403"), feeding.as_role("statistician", "441403")
    part = f"{path}/confirmations/441403"
    assert feeding.post(f"{part}/handling", first, OPINION).status_code == 200
    assert refused(feeding.post(f"{part}/handling", first, OPINION)) == (409, "illegal_transition")
    assert feeding.post(f"{part}/review", second, YES).status_code == 200
    sealed = feeding.post(f"{path}/sealing", issuer)
    assert (sealed.status_code, sealed.get_json()["state"]) == (200, "sealed")
    assert len(sealed.get_json()["signature"]) == 128
    assert refused(feeding.post(f"{path}/withdrawal", clerk)) == (409, "illegal_transition")
    listed = feeding.get("/upward/totals?period=2020-09", clerk).get_json()["items"]
    assert [(one["version"], one["state"]) for one in listed] == [(1, "sealed")]
    told = feeding.get("/upward/reconciliation?period=2020-09", clerk).get_json()
    assert [one["what"] for one in told["differences"]] == ["unasked"]


def test_another_county_sees_nothing_and_says_nothing(feeding: Office) -> None:
    said = drawn_up(feeding, feeding.as_role("province_officer", "440000")).get_json()
    path = f"/upward/totals/{said['id']}"
    near, far = feeding.as_role("county_officer", "441403"), feeding.as_role("county_officer", "441424")
    mine = feeding.get(path, near).get_json()
    assert {one["origin_area"] for one in mine["cells"]} == {"441403"}
    theirs = feeding.get(path, far).get_json()
    assert (theirs["cells"], theirs["households"], theirs["confirmations"]) == ([], [], [])
    assert refused(feeding.post(f"{path}/confirmations/441403/handling", far, OPINION))[0] in (403, 404)
    city = feeding.as_role("city_officer", "441400")
    assert refused(feeding.post(f"{path}/confirmations/441403/handling", city, OPINION)) == (
        403,
        "other_level",
    )
    assert refused(feeding.get(path, feeding.as_role("county_officer", "650104"))) == (404, "total_not_found")
    assert refused(drawn_up(feeding, city)) == (403, "out_of_scope")
    with db.transaction() as session:
        assert {one.state for one in session.query(CountyConfirmation)} == {"pending"}
    assert count(MonthTotal) == 1


def test_a_month_that_is_open_and_a_reason_too_early_are_refused(feeding: Office) -> None:
    clerk = feeding.as_role("province_officer", "440000")
    assert refused(drawn_up(feeding, clerk, period="2020-10")) == (409, "period_open")
    assert refused(drawn_up(feeding, clerk, reason="更正")) == (422, "total_reason")
    made = drawn_up(feeding, clerk)
    assert refused(drawn_up(feeding, clerk, reason="更正")) == (409, "total_open")
    assert feeding.post(f"/upward/totals/{made.get_json()['id']}/withdrawal", clerk).status_code == 200
    assert drawn_up(feeding, clerk, reason="更正").get_json()["version"] == 2


def test_without_an_upper_instance_there_is_nothing_to_draw_up(office: Office) -> None:
    clerk = office.as_role("province_officer", "440000")
    assert refused(drawn_up(office, clerk)) == (409, "upward_off")
    assert office.get("/upward/feeds", clerk).get_json() == {"items": []}
    assert office.get("/upward/totals", clerk).get_json()["items"] == []


def test_a_source_is_registered_by_who_answers_for_its_area(office: Office) -> None:
    near, far = office.as_role("platform_operator", "440000"), office.as_role("platform_operator", "650000")
    assert refused(office.post("/intake/sources", far, SOURCE)) == (403, "out_of_scope")
    assert refused(office.post("/intake/sources", near, SOURCE | {"public_key": "zz" * 32})) == (
        422,
        "public_key",
    )
    assert count(UpwardSource) == 0
    made = office.post("/intake/sources", near, SOURCE)
    assert (made.status_code, made.get_json()["position"]) == (201, 0)
    assert refused(office.post("/intake/sources", near, SOURCE)) == (409, "upward_source_exists")
    path = "/intake/sources/441400"
    assert office.post(f"{path}/signers", near, {"public_key": "cd" * 32}).status_code == 201
    gone = office.post(f"{path}/signers/{'ab' * 32}/retirement", near)
    assert gone.get_json()["public_keys"] == ["cd" * 32]
    assert refused(office.post(f"{path}/signers/{'ab' * 32}/retirement", near)) == (404, "signer_not_found")
    for action, body in (("signers", {"public_key": "ef" * 32}), ("retirement", {"reason": "停用"})):
        assert refused(office.post(f"{path}/{action}", far, body)) == (403, "out_of_scope")
    assert office.get("/intake/sources", far).get_json() == {"items": []}
    assert office.post(f"{path}/retirement", near, {"reason": "停用"}).get_json()["retired_at"] is not None
    assert len(office.get("/intake/sources", near).get_json()["items"]) == 1
    assert refused(office.post(f"{path}/retirement", near, {"reason": "停用"})) == (
        409,
        "upward_source_retired",
    )


def test_a_person_hands_in_nothing_for_a_lower_platform(office: Office) -> None:
    upward.registered()
    answer = office.client.post(
        "/api/v1/intake/uploads",
        headers=office.as_role("platform_operator", "440000") | {"Idempotency-Key": "hand-in"},
        data={"file": (io.BytesIO(b"{}"), "entries.csv"), "channel": CHANNEL, "adapter": "upward"},
    )
    assert refused(answer) == (422, "adapter")


def test_a_question_that_nobody_signed_is_refused_without_saying_why(office: Office) -> None:
    for path in ("standing", "holdings"):
        answer = office.client.get(f"/api/v1/intake/upward/{path}")
        assert answer.status_code in (400, 422)
        for question in ("e30=", "bm9uZQ==", "!"):
            headers = {"X-Upward-Question": question, "X-Upward-Signature": "k=1,s=" + "0" * 64}
            answer = office.client.get(f"/api/v1/intake/upward/{path}", headers=headers)
            assert refused(answer)[0] in (400, 422)


def test_all_levels_are_shown_to_who_may_read_statistics_there(feeding: Office) -> None:
    path = "/statistics/upward?period=2020-09&by=goods_class,origin&level=city"
    everything = feeding.get(path, feeding.as_role("statistician", "440000")).get_json()
    assert everything["whole"]["total"]["sale_fen"] == 14_800
    assert everything["rows"][0]["titles"][1] == "梅州市"
    assert everything["label"] == "已封存"
    assert feeding.get(
        path.replace("2020-09", "2020-10"), feeding.as_role("statistician", "440000")
    ).get_json()["label"] == ("监测快报")
    nothing = feeding.get(path, feeding.as_role("statistician", "650000")).get_json()
    assert (nothing["rows"], nothing["whole"]["total"]["sale_fen"]) == ([], 0)
    reader = feeding.as_role("statistician", "440000")
    assert refused(feeding.get("/statistics/upward", reader)) == (422, "months_missing")
    assert refused(feeding.get("/statistics/upward?period=2020-09&by=source,origin,period", reader)) == (
        400,
        "too_many_dimensions",
    )
    assert refused(feeding.get("/statistics/upward?period=2020-09&by=buyer", reader)) == (
        400,
        "unknown_dimension",
    )
    assert refused(
        feeding.get("/statistics/upward/sources/441400/reconciliation?period=2020-09", reader)
    ) == (
        404,
        "upward_source_not_found",
    )


def test_points_of_sale_are_left_to_the_upper_instance_from_a_day_to_come(feeding: Office) -> None:
    with db.transaction() as session:
        counter = Catalogue(session).channel("counter", area_code="440106").code
    near, far = feeding.as_role("platform_operator", "440000"), feeding.as_role("platform_operator", "650000")
    body = {"channel": counter, "from_day": "2020-10-07", "reason": "省级专馆"}
    assert refused(feeding.post("/upward/exclusions", far, body)) == (403, "out_of_scope")
    assert refused(feeding.post("/upward/exclusions", near, body | {"from_day": "2020-10-06"})) == (
        422,
        "day_not_to_come",
    )
    assert feeding.post("/upward/exclusions", near, body).status_code == 201
    assert refused(feeding.post("/upward/exclusions", near, body)) == (409, "excluded_already")
    end = {"channel": counter, "until_day": "2020-11-01"}
    assert refused(feeding.post("/upward/exclusions/end", far, end)) == (403, "out_of_scope")
    assert feeding.post("/upward/exclusions/end", near, end).get_json()["until_day"] == "2020-11-01"
    assert refused(feeding.post("/upward/exclusions/end", near, end)) == (409, "not_excluded")
    assert [one["channel"] for one in feeding.get("/upward/exclusions", near).get_json()["items"]] == [
        counter
    ]
    assert feeding.get("/upward/exclusions", far).get_json() == {"items": []}


def test_a_channel_that_only_reports_is_in_no_list_of_points_of_sale(office: Office) -> None:
    upward.registered()
    listed = office.get("/channels").get_json()["items"]
    assert CHANNEL not in {one["code"] for one in listed}
