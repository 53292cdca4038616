"""Certification by HTTP: the whole chain, what the public sees, and refusals with their codes."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from marketplace.certification.models import Objection
from marketplace.core import jobs
from marketplace.core.db import Database, transaction
from tests.support.certification import CITY, COUNTY, FACTS, PROVINCE, County, at

AsRole = Callable[..., dict[str, str]]
_keys = itertools.count(1)
NOTICE = {
    "level": "county",
    "area_code": COUNTY,
    "title": "2020年第三批扶贫产品公示",
    "issuing_unit": "陆川县扶贫办",
    "receiving_unit": "陆川县扶贫办产业股",
    "telephone": "0775-7200000",
    "document_no": "陆扶办〔2020〕9号",
}


class Office:
    """The producer and the offices of 陆川县, each with a token of its own."""

    def __init__(self, client: FlaskClient, as_role: AsRole) -> None:
        self.client = client
        with transaction() as session, at(2020, 5, 28):
            county = County(session)
            self.product_id = str(county.product.id)
            self.other_product_id = str(county.new_product("荔枝干").id)
            self.papers = [{"code": p.code, "file_id": str(p.file_id)} for p in county.papers]
            owner = county.producer.organisation_id
        self.producer = as_role("producer", organisation_id=owner)
        self.township = as_role("township_reviewer", COUNTY)
        self.sector = as_role("sector_reviewer", COUNTY)
        self.county = [as_role("county_officer", COUNTY) for _ in range(3)]
        self.city = as_role("city_officer", CITY)
        self.province = as_role("province_officer", PROVINCE)
        self.issuer = as_role("issuer", PROVINCE)

    def post(self, path: str, headers: dict[str, str], body: dict[str, Any] | None = None) -> TestResponse:
        keyed = headers | {"Idempotency-Key": f"key-{next(_keys)}"}
        return self.client.post(f"/api/v1{path}", json=body, headers=keyed)

    def upload(self, headers: dict[str, str]) -> dict[str, Any]:
        """A paper that the officer has uploaded, as the API shows it."""
        sent = self.client.post(
            "/api/v1/files",
            data={"file": (io.BytesIO("核查报告".encode()), "核查报告.txt"), "area_code": COUNTY},
            headers=headers | {"Idempotency-Key": f"key-{next(_keys)}"},
        )
        assert sent.status_code == 201
        stored: dict[str, Any] = sent.get_json()
        return stored

    def draft(self, **changes: Any) -> TestResponse:
        body = {
            "scheme": "provincial",
            "product_id": self.product_id,
            "facts": FACTS | changes,
            "documents": self.papers,
        }
        return self.post("/applications", self.producer, body)

    def decide(self, number: str, who: dict[str, str], verdict: str = "pass") -> TestResponse:
        return self.post(f"/applications/{number}/decisions", who, {"verdict": verdict, "opinion": "同意"})

    def noticed(self, **changes: Any) -> tuple[str, str]:
        """Numbers of an application in notice from 2020-06-02 and of its notice."""
        with at(2020, 6, 2):
            number = self.draft(**changes).get_json()["number"]
            assert self.post(f"/applications/{number}/submission", self.producer).status_code == 200
            for who in (self.township, self.sector, self.county[0]):
                assert self.decide(number, who).status_code == 200
            hung = self.post("/notices", self.county[1], NOTICE | {"numbers": [number]})
            assert hung.status_code == 201
        return number, hung.get_json()["number"]

    def certified(self, **changes: Any) -> dict[str, Any]:
        """A certificate issued on 2020-06-09, as the API shows it."""
        number, _ = self.noticed(**changes)
        with at(2020, 6, 9):
            for who in (self.county[2], self.city, self.province):
                assert self.decide(number, who).status_code == 200
            issued = self.post(
                "/certificates", self.issuer, {"numbers": [number], "batch": 3, "opinion": "同意签发"}
            )
            assert issued.status_code == 201
        certificate: dict[str, Any] = issued.get_json()["items"][0]
        return certificate


@pytest.fixture
def office(client: FlaskClient, as_role: AsRole) -> Office:
    return Office(client, as_role)


def test_a_product_is_certified_by_the_api_from_draft_to_catalogue(office: Office) -> None:
    certificate = office.certified()
    assert certificate["catalogue_no"] == "450922-2020-03-0001"
    assert (certificate["valid_from"], certificate["valid_to"]) == ("2020-06-09", "2022-06-08")
    with at(2020, 6, 10):
        listed = office.client.get("/api/v1/certificates?scheme=provincial&area_code=450900").get_json()
    assert listed["statement"] == "认定和统计不收取任何费用"
    assert listed["next_cursor"] is None
    [entry] = listed["items"]
    assert entry == {
        "id": certificate["id"],
        "catalogue_no": "450922-2020-03-0001",
        "scheme": "provincial",
        "scheme_title": "省级扶贫产品",
        "batch": "2020-03",
        "product_id": office.product_id,
        "product_name": "百香果",
        "spec": "5斤装",
        "producer_name": "演示合作社",
        "area_code": COUNTY,
        "area_name": "广西壮族自治区玉林市陆川县",
        "valid_from": "2020-06-09",
        "valid_to": "2022-06-08",
        "standing": "active",
        "standing_title": "有效",
        "renewal_due": False,
        "revocation_cause": None,
        "households_helped": "226",
        "persons_helped": 800,
        "commodity_value_fen": 60_000_000,
    }


def test_the_detail_shows_declaration_evaluation_and_history(office: Office) -> None:
    number, notice = office.noticed()
    answer = office.client.get(f"/api/v1/applications/{number}", headers=office.producer)
    found = answer.get_json()
    assert answer.headers["ETag"] == f'"{found["row_version"]}"'
    assert (found["state"], found["state_title"], found["round"]) == ("in_public_notice", "公示中", 1)
    assert found["due"] == {
        "state": "county_decided",
        "title": "县级认定",
        "kind": "decision",
        "level": "county",
        "permission": "certification.county_decide",
    }
    assert found["rule_sets"] == ["aid_product_basics", "guangxi_2020"]
    assert found["evaluation"]["sets"][1]["conditions"][0]["value"] == "30/400=7.5%"
    assert [step["title"] for step in found["steps"]] == [
        "已提交",
        "镇办初审通过",
        "行业复审通过",
        "县级拟认定",
        "公示中",
    ]
    assert len(found["steps"][1]["evidence_sha256"]) == 64
    assert found["notice_numbers"] == [notice]
    assert found["issued_certificate_id"] is None


def test_failed_conditions_are_named_and_nothing_is_submitted(office: Office) -> None:
    with at(2020, 6, 2):
        number = office.draft(workers_registered=29, workers_total=300).get_json()["number"]
        refused = office.post(f"/applications/{number}/submission", office.producer)
    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")
    assert refused.get_json()["code"] == "rules_not_met"
    assert [error["message"] for error in refused.get_json()["errors"]] == ["未达到:四项具备其一"]
    after = office.client.get(f"/api/v1/applications/{number}", headers=office.producer).get_json()
    assert (after["state"], after["steps"]) == ("draft", [])


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"workers_total": 3.5}, "/facts/workers_total"),
        ({"bribes": 1}, "/facts/bribes"),
        ({"land_total_mu": "NaN"}, "/facts/land_total_mu"),
        ({"entity_kind": "cooperative"}, "/facts/entity_kind"),
    ],
)
def test_a_fact_that_cannot_be_declared_is_named(office: Office, facts: dict[str, Any], pointer: str) -> None:
    refused = office.draft(**facts)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.get_json()["errors"]] == [pointer]


def test_out_of_turn_wrong_office_and_same_person_are_refused(office: Office) -> None:
    with at(2020, 6, 2):
        number = office.draft().get_json()["number"]
        assert office.decide(number, office.township).get_json()["code"] == "illegal_transition"
        office.post(f"/applications/{number}/submission", office.producer)
        assert office.post(f"/applications/{number}/submission", office.producer).status_code == 409
        assert office.decide(number, office.sector).status_code == 403
        assert office.decide(number, office.producer).status_code == 403
        for who in (office.township, office.sector, office.county[0]):
            assert office.decide(number, who).status_code == 200
        assert office.decide(number, office.county[1]).get_json()["code"] == "notice_due"
        office.post("/notices", office.county[1], NOTICE | {"numbers": [number]})
        assert office.decide(number, office.county[2]).get_json()["code"] == "notice_running"
    with at(2020, 6, 9):
        same = office.decide(number, office.county[0])
        assert (same.status_code, same.get_json()["code"]) == (403, "same_person")
        issue = {"numbers": [number], "batch": 3, "opinion": "同意"}
        assert office.post("/certificates", office.issuer, issue).status_code == 409
        assert office.post("/certificates", office.province, issue).status_code == 403
    found = office.client.get(f"/api/v1/applications/{number}", headers=office.township).get_json()
    assert found["state"] == "in_public_notice"


def test_the_same_key_decides_once(office: Office) -> None:
    with at(2020, 6, 2):
        number = office.draft().get_json()["number"]
        office.post(f"/applications/{number}/submission", office.producer)
        headers = office.township | {"Idempotency-Key": "once"}
        path, body = f"/api/v1/applications/{number}/decisions", {"verdict": "pass", "opinion": "同意"}
        first = office.client.post(path, json=body, headers=headers)
        again = office.client.post(path, json=body, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.get_json() == again.get_json()
    found = office.client.get(f"/api/v1/applications/{number}", headers=office.township).get_json()
    assert len(found["steps"]) == 2


def test_a_batch_is_decided_by_one_request(office: Office) -> None:
    with at(2020, 6, 2):
        number = office.draft().get_json()["number"]
        office.post(f"/applications/{number}/submission", office.producer)
        body = {"numbers": [number], "verdict": "return", "opinion": "补充材料"}
        answer = office.post("/applications/decisions", office.township, body)
    assert [item["state"] for item in answer.get_json()["items"]] == ["returned"]


def test_an_edit_names_the_version_it_edits(office: Office) -> None:
    with at(2020, 6, 2):
        made = office.draft()
        path = f"/api/v1/applications/{made.get_json()['number']}"
        body = {"facts": {"workers_total": 10}, "documents": []}
        assert office.client.patch(path, json=body, headers=office.producer).status_code == 428
        stale = office.client.patch(path, json=body, headers=office.producer | {"If-Match": '"7"'})
        assert stale.status_code == 412
        edited = office.client.patch(
            path, json=body, headers=office.producer | {"If-Match": made.headers["ETag"]}
        )
    assert (edited.status_code, edited.headers["ETag"]) == (200, '"2"')
    shown = office.client.get(path, headers=office.producer).get_json()
    assert (shown["facts"], shown["documents"]) == ({"workers_total": 10}, [])


def test_lists_show_only_what_lies_in_the_officials_area(office: Office, as_role: AsRole) -> None:
    number, _ = office.noticed()

    def seen(headers: dict[str, str], query: str = "") -> list[str]:
        answer = office.client.get(f"/api/v1/applications{query}", headers=headers)
        return [item["number"] for item in answer.get_json()["items"]]

    assert seen(office.township) == [number]
    assert seen(office.producer) == [number]
    assert seen(office.province, "?state=in_public_notice&scheme=provincial&area_code=450922") == [number]
    assert seen(office.province, "?state=draft") == []
    stranger = as_role("county_officer", "441403")
    assert seen(stranger) == []
    assert office.client.get(f"/api/v1/applications/{number}", headers=stranger).status_code == 404
    assert office.decide(number, stranger).status_code == 404


def test_a_notice_is_open_to_everybody_and_masks_small_counts(office: Office) -> None:
    _, notice = office.noticed(households_helped=2)
    with at(2020, 6, 3):
        listed = office.client.get("/api/v1/notices?running=true&area_code=450000").get_json()
        shown = office.client.get(f"/api/v1/notices/{notice}").get_json()
    assert [row["number"] for row in listed["items"]] == [notice]
    assert (shown["starts_on"], shown["ends_on"], shown["running"]) == ("2020-06-02", "2020-06-08", True)
    assert shown["content"]["items"][0]["households_helped"] == "少于3户"
    assert shown["statement"] == "认定和统计不收取任何费用"
    assert len(shown["content_sha256"]) == 64
    with at(2020, 6, 9):
        assert office.client.get("/api/v1/notices?running=true").get_json()["items"] == []
        assert office.client.get(f"/api/v1/notices/{notice}").get_json()["running"] is False


def test_persons_are_not_counted_out_where_households_are_few(office: Office) -> None:
    certificate = office.certified(households_helped=2, persons_helped=7)
    assert (certificate["households_helped"], certificate["persons_helped"]) == ("少于3户", None)


def test_anybody_objects_without_signing_in_and_the_office_answers(office: Office) -> None:
    number, notice = office.noticed()
    with at(2020, 6, 3):
        raised = office.post(
            f"/notices/{notice}/objections",
            {},
            {"application_number": number, "text": "用工名单不实", "objector": "李某 13800138000"},
        )
        assert raised.status_code == 201
        receipt = raised.get_json()
        assert (receipt["state"], receipt["is_real_name"]) == ("open", True)
        assert "不实" not in raised.text
        waiting = office.client.get("/api/v1/objections?state=open", headers=office.county[2]).get_json()
        assert [row["application_number"] for row in waiting["items"]] == [number]
        path = f"/api/v1/objections/{receipt['receipt_no']}"
        text = office.client.post(f"{path}/text", headers=office.county[2]).get_json()
        assert (text["text"], text["objector"]) == ("用工名单不实", "李某 13800138000")
        assert office.client.post(f"{path}/text", headers=office.township).status_code == 403
        answered = office.post(
            f"/objections/{receipt['receipt_no']}/resolution",
            office.county[2],
            {"outcome": "dismissed", "resolution": "经核查属实"},
        )
        assert answered.status_code == 200
        public = office.client.get(path).get_json()
    assert (public["state"], public["resolution"]) == ("dismissed", "经核查属实")
    found = office.client.get(f"/api/v1/applications/{number}", headers=office.producer).get_json()
    assert found["state"] == "in_public_notice"


def test_an_objection_after_the_notice_is_refused_and_nothing_is_kept(
    office: Office, database: Database
) -> None:
    number, notice = office.noticed()
    with at(2020, 6, 9):
        refused = office.post(
            f"/notices/{notice}/objections", {}, {"application_number": number, "text": "用工名单不实"}
        )
    assert (refused.status_code, refused.get_json()["code"]) == (409, "notice_over")
    with transaction() as session:
        assert session.scalars(select(Objection)).all() == []


def test_a_certificate_is_suspended_reinstated_and_revoked(office: Office) -> None:
    certificate = office.certified()
    path = f"/certificates/{certificate['id']}"
    officer = office.county[0]
    with at(2020, 7, 1):
        suspended = office.post(f"{path}/suspension", officer, {"cause": "complaint"})
        assert suspended.get_json()["standing"] == "suspended"
        assert office.client.get("/api/v1/certificates").get_json()["items"] == []
        assert office.post(f"{path}/suspension", officer, {"cause": "complaint"}).status_code == 409
    with at(2020, 7, 2):
        assert office.post(f"{path}/reinstatement", officer, {}).get_json()["standing"] == "active"
    with at(2020, 8, 1):
        wanted = {"cause": "own_request", "void_from": "2020-07-01", "grounds": "外地产品冒充"}
        early = office.post(f"{path}/revocation-proposals", officer, wanted)
        assert (early.status_code, early.get_json()["code"]) == (422, "retroaction_not_allowed")
        paper = office.upload(officer)
        wanted |= {"cause": "origin_fraud", "evidence": [paper["id"]]}
        proposed = office.post(f"{path}/revocation-proposals", officer, wanted)
        assert proposed.status_code == 201
        number = proposed.get_json()["number"]
        assert proposed.get_json()["evidence"] == [{"file_id": paper["id"], "sha256": paper["sha256"]}]
        assert office.client.get(f"/api/v1{path}").get_json()["standing"] == "active"
        verdict = {"verdict": "approve", "opinion": "证据属实", "document_no": "陆扶办〔2020〕12号"}
        own = office.post(f"/revocation-proposals/{number}/decision", officer, verdict)
        assert (own.status_code, own.get_json()["code"]) == (403, "same_person")
        assert office.client.get(f"/api/v1{path}").get_json()["standing"] == "active"
        waiting = office.client.get("/api/v1/revocation-proposals?state=open", headers=office.county[1])
        assert [row["number"] for row in waiting.get_json()["items"]] == [number]
        decided = office.post(f"/revocation-proposals/{number}/decision", office.county[1], verdict)
        assert (decided.status_code, decided.get_json()["state_title"]) == (200, "已撤销")
        revoked = office.client.get(f"/api/v1{path}").get_json()
        assert (revoked["standing"], revoked["revocation_cause"]) == ("revoked", "外地产品冒充")
        everything = office.client.get("/api/v1/certificates?only_active=false").get_json()["items"]
        assert [row["standing"] for row in everything] == ["revoked"]
    events = office.client.get(f"/api/v1{path}/events", headers=office.producer).get_json()["items"]
    assert [(e["kind"], e["cause"]) for e in events] == [
        ("issued", None),
        ("suspended", "complaint"),
        ("reinstated", None),
        ("revoked", "origin_fraud"),
    ]


def test_who_may_not_revoke_or_look_into_the_history_is_refused(office: Office, as_role: AsRole) -> None:
    certificate = office.certified()
    path = f"/certificates/{certificate['id']}"
    stranger = as_role("county_officer", "441403")
    wanted = {"cause": "own_request", "grounds": "主体申请退出"}
    for who in (stranger, office.producer, office.township):
        assert office.post(f"{path}/revocation-proposals", who, wanted).status_code == 403
    number = office.post(f"{path}/revocation-proposals", office.sector, wanted).get_json()["number"]
    for who in (stranger, office.producer, office.sector):
        answer = office.post(
            f"/revocation-proposals/{number}/decision", who, {"verdict": "approve", "opinion": "同意"}
        )
        assert answer.status_code == 403
    listed = office.client.get("/api/v1/revocation-proposals", headers=stranger).get_json()["items"]
    assert listed == []
    assert office.client.get(f"/api/v1{path}/events", headers=stranger).status_code == 404
    assert office.client.get(f"/api/v1{path}/events").status_code == 401
    with at(2020, 7, 1):
        assert office.client.get(f"/api/v1{path}").get_json()["standing"] == "active"


def test_the_paper_of_a_notice_is_open_to_everybody_once_the_worker_has_made_it(office: Office) -> None:
    _, notice = office.noticed()
    path = f"/api/v1/notices/{notice}"
    early = office.client.get(f"{path}/document")
    assert (early.status_code, early.get_json()["code"]) == (503, "document_pending")
    assert early.headers["Retry-After"] == "5"
    assert office.client.get(path).get_json()["document_sha256"] is None
    assert jobs.run_ready() >= 1
    paper = office.client.get(f"{path}/document")
    digest = hashlib.sha256(paper.data).hexdigest()
    assert (paper.status_code, paper.mimetype, paper.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert paper.headers["ETag"] == f'"{digest}"'
    assert paper.headers["Content-Disposition"] == f"inline; filename={notice}.pdf"
    assert office.client.get(path).get_json()["document_sha256"] == digest
    known = office.client.get(f"{path}/document", headers={"If-None-Match": f'"{digest}"'})
    assert (known.status_code, known.data) == (304, b"")
    assert office.client.get("/api/v1/notices/N0/document").status_code == 404


def test_a_notice_is_withdrawn_by_its_office_and_stays_readable_without_its_list(office: Office) -> None:
    number, notice = office.noticed()
    jobs.run_ready()
    path = f"/notices/{notice}"
    with at(2020, 6, 4):
        for who in (office.producer, office.township, office.city):
            assert office.post(f"{path}/withdrawal", who, {"reason": "名单有误"}).status_code == 403
        assert office.client.get(f"/api/v1{path}").get_json()["state"] == "running"
        withdrawn = office.post(f"{path}/withdrawal", office.county[1], {"reason": "名单有误"})
        assert withdrawn.status_code == 200
        found = office.client.get(f"/api/v1{path}").get_json()
        assert (found["state"], found["state_title"], found["running"]) == ("withdrawn", "已撤回", False)
        assert (found["withdrawal_reason"], found["withdrawn_at"]) == (
            "名单有误",
            "2020-06-04T02:00:00+00:00",
        )
        assert "items" not in found["content"]
        assert "百香果" not in str(found)
        gone = office.client.get(f"/api/v1{path}/document")
        assert (gone.status_code, gone.get_json()["code"]) == (404, "notice_withdrawn")
        running = office.client.get("/api/v1/notices?running=true").get_json()["items"]
        every = office.client.get("/api/v1/notices").get_json()["items"]
        assert ([row["number"] for row in running], [row["number"] for row in every]) == ([], [notice])
        again = office.post(f"{path}/withdrawal", office.county[1], {"reason": "名单有误"})
        assert (again.status_code, again.get_json()["code"]) == (409, "notice_withdrawn")
        hung = office.post("/notices", office.county[1], NOTICE | {"numbers": [number]})
        assert (hung.status_code, hung.get_json()["state"]) == (201, "running")


def test_who_decides_nothing_does_not_get_into_the_route_of_decisions(office: Office) -> None:
    number = office.draft().get_json()["number"]
    for who in (office.producer, office.issuer):
        refused = office.decide(number, who)
        assert (refused.status_code, refused.get_json()["code"]) == (403, "forbidden")
    shown = office.client.get(f"/api/v1/applications/{number}", headers=office.producer).get_json()
    assert (shown["state"], shown["round"]) == ("draft", 0)


def test_schemes_are_told_with_the_rules_of_the_place_and_day(client: FlaskClient) -> None:
    found = client.get("/api/v1/certification/schemes?area_code=450922&on=2020-05-27").get_json()
    assert [item["code"] for item in found["items"]] == [
        "national_2020",
        "provincial",
        "city_local",
        "assoc_2024",
        "platform_832",
        "zhenpin",
        "vegetable_basket",
    ]
    provincial = found["items"][1]
    assert [rules["code"] for rules in provincial["rule_sets"]] == ["aid_product_basics", "guangxi_2020"]
    assert found["statement"] == "认定和统计不收取任何费用"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/applications/%00", 422),
        ("/applications/A000", 404),
        ("/notices/%00", 422),
        ("/notices/N000", 404),
        ("/objections/%00", 422),
        ("/certificates/not-a-uuid", 404),
        ("/certificates/00000000-0000-7000-8000-000000000000", 404),
        ("/certificates?cursor=abc", 400),
        ("/certificates?page_size=0", 422),
        ("/certificates?scheme=none", 422),
        ("/notices?colour=red", 400),
        ("/certification/schemes?on=2020-02-30", 422),
    ],
)
def test_what_is_not_there_or_cannot_be_meant_is_never_a_500(office: Office, path: str, status: int) -> None:
    answer = office.client.get(f"/api/v1{path}", headers=office.township)
    assert answer.mimetype == "application/problem+json"
    assert answer.status_code == status


def test_the_catalogue_goes_on_where_the_cursor_says(office: Office) -> None:
    office.certified()
    office.product_id = office.other_product_id
    office.certified()
    with at(2020, 6, 10):
        first = office.client.get("/api/v1/certificates?page_size=1").get_json()
        rest = office.client.get(f"/api/v1/certificates?page_size=1&cursor={first['next_cursor']}").get_json()
    assert [page["items"][0]["catalogue_no"] for page in (first, rest)] == [
        "450922-2020-03-0001",
        "450922-2020-03-0002",
    ]
    assert rest["next_cursor"] is None
