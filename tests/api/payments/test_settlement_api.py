"""Settlement by HTTP, from the agreement to the bank's answer; who may, what a producer sees, and files that open."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from marketplace.core import db
from marketplace.core.clock import frozen_at
from tests.orders_world import NOON
from tests.support.settling import Till, hear_money

TOMORROW = NOON + timedelta(days=1)
NEXT_MONTH = NOON + timedelta(days=40)


@pytest.fixture
def counted(desk: Any) -> Any:
    """A supervised order of 98.00, counted; the agreement was made by HTTP."""
    hear_money(desk.heard)
    body = {
        "document_no": "监管〔2020〕1号",
        "bank_name": "演示银行",
        "account": "6222000011110128",
        "producer_organisation_id": str(desk.shop.seller_actor.organisation_id),
        "valid_from": "2020-01-01",
    }
    made = desk.post("/supervised-agreements", desk.finance, body)
    assert (made.status_code, made.get_json()["account"]) == (201, "**** 0128")
    path = f"/supervised-agreements/{made.get_json()['id']}/decision"
    own = desk.post(path, desk.finance, {"approve": True})
    assert (own.status_code, own.get_json()["code"]) == (403, "same_person")
    approved = desk.post(path, desk.as_role("finance_clerk"), {"approve": True})
    assert (approved.status_code, approved.get_json()["state"]) == (200, "approved")
    checkout = desk.post("/checkouts", desk.buyer, desk.checkout()).get_json()
    number = checkout["orders"][0]["number"]
    receipt = {
        "amount_fen": 9_800,
        "currency": "CNY",
        "reference": "B-1",
        "payer_name": "演示预算单位",
        "paid_at": "2020-10-01T12:00:00+08:00",
    }
    paid = desk.post(f"/checkouts/{checkout['number']}/receipts", desk.finance, receipt)
    assert [one["amount_fen"] for one in paid.get_json()["items"]] == [9_800]
    for step, who in (("confirmation", desk.seller), ("shipment", desk.seller), ("delivery", desk.seller)):
        assert desk.post(f"/orders/{number}/{step}", who, {}).status_code == 200, step
    desk.post(f"/orders/{number}/acceptance", desk.buyer, {})
    desk.post(f"/orders/{number}/evaluation", desk.buyer, {"stars": 5})
    with db.transaction() as session:
        desk.shop.session = session
        Till(desk.shop).open_account()
    desk.number = number
    desk.producer_id = str(desk.shop.seller_actor.organisation_id)
    return desk


def _sent(desk: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the payout, the file) of an approved run."""
    body = {"producer_id": desk.producer_id, "through_on": "2020-10-01"}
    run = desk.post("/settlements", desk.finance, body).get_json()["settlement"]
    for step in ("review", "approval"):
        assert (
            desk.post(f"/settlements/{run['number']}/{step}", desk.as_role("finance_clerk")).status_code
            == 200
        )
    file = desk.post("/payout-files", desk.finance, {}).get_json()
    payout = desk.get("/payouts", desk.finance).get_json()["items"][0]
    return payout, file


def test_a_sale_is_settled_and_the_bank_pays(counted: Any) -> None:
    with frozen_at(TOMORROW):
        payout, file = _sent(counted)
        assert (file["payouts"], file["amount_fen"], file["without_account"]) == (1, 9_800, [])
        assert (payout["state"], payout["attempt"], payout["amount_fen"]) == ("sent", 1, 9_800)
        book = counted.get(f"/payout-files/{file['number']}", counted.finance)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()
        assert sheet[0] == ["序号", "收款人名称", "收款账号", "开户行", "金额(元)", "用途", "业务编号"]
        assert sheet[1][2:5] == ["6228480000000017", "演示农商行", 98.0]
        direct = counted.get(f"/payout-files/{file['number']}?layout=direct&format=csv", counted.finance)
        assert direct.data.decode("utf-8-sig").splitlines()[1].split(",")[4] == "9800"
        path = f"/payouts/{payout['number']}/confirmation"
        answer = counted.post(
            path, counted.finance, {"reference": "OUT-1", "paid_at": "2020-10-02T12:00:00+08:00"}
        )
        assert (answer.status_code, answer.get_json()["state"]) == (200, "confirmed")
        late = counted.post(f"/payouts/{payout['number']}/return", counted.finance, {"reason": "退票"})
        assert (late.status_code, late.get_json()["code"]) == (409, "illegal_transition")
        run = counted.get(f"/settlements/{payout['settlement_number']}", counted.seller).get_json()
    assert (run["state"], run["sales_fen"], run["amount_fen"]) == ("paid", 9_800, 9_800)
    assert [(one["kind"], one["order_number"], one["amount_fen"]) for one in run["items"]] == [
        ("sale", counted.number, 9_800)
    ]


def test_the_same_proposal_twice_is_one_run_and_nothing_owed_is_null(counted: Any) -> None:
    body = {"producer_id": counted.producer_id, "through_on": "2020-10-01"}
    with frozen_at(TOMORROW):
        first = counted.post("/settlements", counted.finance, body, key="settle-1").get_json()
        again = counted.post("/settlements", counted.finance, body, key="settle-1").get_json()
        other = counted.post("/settlements", counted.finance, body).get_json()
        nothing = counted.post(
            "/settlements", counted.finance, body | {"through_on": "2020-09-30"}
        ).get_json()
    assert first == again == other
    assert nothing == {"settlement": None}


def test_a_day_that_is_not_over_is_422_and_an_unknown_producer_404(counted: Any) -> None:
    body = {"producer_id": counted.producer_id, "through_on": "2020-10-01"}
    answer = counted.post("/settlements", counted.finance, body)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "through_on")
    unknown = body | {"producer_id": "00000000-0000-7000-8000-000000000000"}
    with frozen_at(TOMORROW):
        assert counted.post("/settlements", counted.finance, unknown).status_code == 404


def test_a_producer_sees_what_it_is_owed_and_when(counted: Any) -> None:
    path = f"/producer-money/outlook?producer_id={counted.producer_id}"
    counted.place((1,))
    before = counted.get(path, counted.seller).get_json()
    assert before["open_orders"] == [{"on": "2020-10-31", "orders": 1, "amount_fen": 4_900}]
    assert before["ready"] == [{"on": "2020-10-11", "orders": 1, "amount_fen": 9_800}]
    with frozen_at(TOMORROW):
        _sent(counted)
    after = counted.get(path, counted.seller).get_json()
    assert (after["ready"], after["in_runs_fen"], after["on_the_way_fen"], after["waiting_fen"]) == (
        [],
        0,
        9_800,
        0,
    )
    stranger = counted.as_role("producer", organisation_id=counted.shop.buyer.id)
    assert counted.get(path, stranger).status_code == 404


def test_a_statement_opens_moves_and_closes_and_the_next_month_goes_on(counted: Any) -> None:
    with frozen_at(TOMORROW):
        payout, _ = _sent(counted)
    path = f"/producer-money/statement?producer_id={counted.producer_id}&period="
    with frozen_at(NEXT_MONTH):
        october = counted.get(f"{path}2020-10", counted.seller).get_json()
        counted.post(f"/payouts/{payout['number']}/return", counted.finance, {"reason": "户名不符"})
        november = counted.get(f"{path}2020-11", counted.seller).get_json()
    assert (october["opening_fen"], october["more_fen"], october["less_fen"], october["closing_fen"]) == (
        0,
        9_800,
        9_800,
        0,
    )
    assert [(one["title"], one["amount_fen"], one["balance_fen"]) for one in october["movements"]] == [
        ("下单", 9_800, 9_800),
        ("结算付款", -9_800, 0),
    ]
    assert (october["on_the_way_fen"], november["opening_fen"], november["closing_fen"]) == (9_800, 0, 9_800)
    book = counted.get(f"{path}2020-10&format=xlsx", counted.seller)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()
    assert any("期末余额" in row for row in rows)
    paper = counted.get(f"{path}2020-10&format=pdf", counted.seller)
    assert (paper.mimetype, paper.data[:5]) == ("application/pdf", b"%PDF-")
    assert counted.get(f"{path}2020-10&format=pdf", counted.seller).data == paper.data


def test_the_books_are_read_whole_by_finance_and_by_others_their_own(counted: Any) -> None:
    whole = counted.get("/books/accounts", counted.finance).get_json()["items"]
    stands = {one["account"]: one["balance_fen"] for one in whole}
    assert stands == {"buyer_receivable": 0, "producer_payable": 9_800, "bank": 9_800, "unallocated": 0}
    own = counted.get("/books/accounts", counted.seller).get_json()["items"]
    assert [(one["account"], one["balance_fen"]) for one in own] == [("producer_payable", 9_800)]
    assert counted.get("/books/accounts?as_of=2020-09-30", counted.finance).get_json()["items"] == []
    transfers = counted.get("/books/transfers", counted.seller).get_json()["items"]
    assert [(one["kind"], one["order_number"], one["amount_fen"]) for one in transfers] == [
        ("placed", counted.number, 9_800)
    ]
    page = counted.get("/books/transfers?page_size=1", counted.finance).get_json()
    rest = counted.get(
        f"/books/transfers?page_size=1&cursor={page['next_cursor']}", counted.finance
    ).get_json()
    assert [one["kind"] for one in (*page["items"], *rest["items"])] == ["received", "arrived"]
    file = counted.get("/books/transfers/file?format=csv&account=bank", counted.finance)
    assert len(file.data.decode("utf-8-sig").splitlines()) == 2


def test_the_trial_balance_is_even_and_only_for_the_whole_country(counted: Any) -> None:
    answer = counted.get("/books/trial-balance?period=2020-10", counted.finance).get_json()
    assert (answer["debit_fen"], answer["credit_fen"], answer["balanced"]) == (29_400, 29_400, True)
    assert counted.get("/books/trial-balance?period=2020-10", counted.seller).status_code == 403
    later = counted.get("/books/trial-balance?period=2020-11", counted.finance).get_json()
    assert {one["account"]: one["opening_fen"] for one in later["items"] if one["opening_fen"]} == {
        "producer_payable": -9_800,
        "bank": 9_800,
    }


def test_nobody_but_finance_settles_or_reads_accounts_in_full(counted: Any) -> None:
    body = {"producer_id": counted.producer_id, "through_on": "2020-10-01"}
    with frozen_at(TOMORROW):
        for who in (counted.buyer, counted.seller, counted.as_role("county_officer")):
            assert counted.post("/settlements", who, body).status_code == 403
            assert counted.post("/payout-files", who, {}).status_code == 403
        _, file = _sent(counted)
        elsewhere = counted.as_role("finance_clerk", area_code="110000")
        assert counted.get(f"/payout-files/{file['number']}", elsewhere).status_code == 404
    with db.transaction() as session:
        read = session.scalar(
            text("SELECT count(*) FROM core.audit_record WHERE action = 'accounts.bank_account.read'")
        )
    assert read == 1


def test_levies_of_a_month_are_listed(counted: Any) -> None:
    assert counted.get("/levies?period=2020-10", counted.finance).get_json() == {"items": []}
    assert counted.get("/levies?period=2020-13", counted.finance).status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 98.5},
        {"amount_fen": -1},
        {"amount_fen": "NaN"},
        {"currency": "USD"},
        {"amount_fen": 9_801},
    ],
)
def test_a_bad_receipt_for_a_checkout_is_refused_and_nothing_is_booked(desk: Any, change: Any) -> None:
    hear_money(desk.heard)
    with db.transaction() as session:
        desk.shop.session = session
        Till(desk.shop).supervise()
    checkout = desk.post("/checkouts", desk.buyer, desk.checkout()).get_json()
    body = {
        "amount_fen": 9_800,
        "currency": "CNY",
        "reference": "B-1",
        "payer_name": "演示",
        "paid_at": "2020-10-01T12:00:00+08:00",
    } | change
    answer = desk.post(f"/checkouts/{checkout['number']}/receipts", desk.finance, body)
    assert answer.status_code in {409, 422}
    accounts = desk.get("/books/accounts?account=bank", desk.finance).get_json()["items"]
    assert accounts == []


def test_the_buyer_reads_where_to_pay_and_an_agreement_ends_for_later_orders(counted: Any) -> None:
    shown = counted.get(f"/orders/{counted.number}/collection", counted.buyer).get_json()
    assert shown == {
        "mode": "supervised",
        "document_no": "监管〔2020〕1号",
        "bank_name": "演示银行",
        "account": "6222000011110128",
    }
    listed = counted.get("/supervised-agreements", counted.finance).get_json()["items"]
    assert [(one["state"], one["account"]) for one in listed] == [("approved", "**** 0128")]
    path = f"/supervised-agreements/{listed[0]['id']}/end"
    past = counted.post(path, counted.finance, {"valid_to": "2020-10-01"})
    assert (past.status_code, past.get_json()["code"]) == (422, "valid_to")
    ended = counted.post(path, counted.finance, {"valid_to": "2020-10-02"})
    assert (ended.status_code, ended.get_json()["valid_to"]) == (200, "2020-10-02")
    with frozen_at(TOMORROW):
        later = counted.place()
    assert counted.get(f"/orders/{later}/collection", counted.buyer).get_json()["mode"] == "direct"
    assert counted.get(f"/orders/{counted.number}/collection", counted.seller).get_json() == shown


def test_commission_is_agreed_by_two_and_shown(counted: Any) -> None:
    body = {"document_no": "佣金1", "commission_bp": 250, "area_code": "440000", "valid_from": "2020-01-01"}
    made = counted.post("/commission-agreements", counted.finance, body)
    assert (made.status_code, made.get_json()["state"]) == (201, "proposed")
    path = f"/commission-agreements/{made.get_json()['id']}/decision"
    assert counted.post(path, counted.as_role("finance_clerk"), {"approve": True}).status_code == 200
    nothing = counted.post("/commission-agreements", counted.finance, body | {"commission_bp": 0})
    assert nothing.status_code == 422
    listed = counted.get("/commission-agreements", counted.finance).get_json()["items"]
    assert [(one["commission_bp"], one["area_prefix"]) for one in listed] == [(250, "44")]


def test_finance_of_another_area_and_strangers_get_nothing_and_change_nothing(counted: Any) -> None:
    """Every route that names a run, a payout, a file, a checkout or an agreement."""
    with frozen_at(TOMORROW):
        payout, file = _sent(counted)
        run = payout["settlement_number"]
        agreement = counted.get("/supervised-agreements", counted.finance).get_json()["items"][0]["id"]
        with db.transaction() as session:
            checkout = session.scalar(text("SELECT number FROM orders.checkout"))
        receipt = {
            "amount_fen": 1,
            "currency": "CNY",
            "reference": "X-1",
            "payer_name": "演示",
            "paid_at": "2020-10-01T12:00:00+08:00",
        }
        posts = {
            f"/settlements/{run}/review": {},
            f"/settlements/{run}/approval": {},
            f"/settlements/{run}/refusal": {"reason": "疑"},
            f"/payouts/{payout['number']}/confirmation": {
                "reference": "X-1",
                "paid_at": "2020-10-02T12:00:00+08:00",
            },
            f"/payouts/{payout['number']}/return": {"reason": "退票"},
            f"/checkouts/{checkout}/receipts": receipt,
            f"/supervised-agreements/{agreement}/decision": {"approve": False},
            f"/supervised-agreements/{agreement}/end": {"valid_to": "2020-12-01"},
        }
        gets = (f"/settlements/{run}", f"/payout-files/{file['number']}")
        far = counted.as_role("finance_clerk", area_code="650104")
        with db.transaction() as session:
            counted.shop.world.session = session
            other = counted.shop.world.organisation("producer").id
        stranger = counted.as_role("producer_finance", organisation_id=other)
        for who in (far, stranger):
            assert {counted.get(path, who).status_code for path in gets} <= {403, 404}
            assert {counted.post(path, who, body).status_code for path, body in posts.items()} <= {403, 404}
            for path in ("/settlements", "/payouts", "/books/transfers"):
                assert counted.get(path, who).get_json()["items"] == []
        after = counted.get("/payouts", counted.finance).get_json()["items"]
    assert after == [payout]
