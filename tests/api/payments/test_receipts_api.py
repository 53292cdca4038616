"""Statements and receipts by HTTP: sent, read by the job, matched, and worked off by finance."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import func, select

from marketplace.core import db, files, jobs
from marketplace.core.clock import frozen_at
from marketplace.payments.layouts import LAYOUT_BY_CODE, LAYOUTS
from marketplace.payments.models import Receipt
from marketplace.payments.service.matching import match_next
from tests.support.banking import AFTERNOON, BankRow, as_csv, as_xlsx, register

CCB = LAYOUT_BY_CODE["ccb"]


@pytest.fixture
def counter(desk: Any, tmp_path: Any) -> Any:
    """The desk in the afternoon: the seller has a bank account, and its own finance."""
    files.install(tmp_path)
    with db.transaction() as session:
        register(session, desk.shop.seller_actor.organisation_id)
    desk.owner = str(desk.shop.seller_actor.organisation_id)
    desk.own = desk.as_role("producer_finance", organisation_id=desk.shop.seller_actor.organisation_id)
    desk.second = desk.as_role("finance_clerk")
    return desk


def send(desk: Any, content: bytes, who: dict[str, str], layout: str = "ccb", owner: str = "") -> Any:
    desk.keys += 1
    return desk.client.post(
        "/api/v1/bank-statements",
        headers=who | {"Idempotency-Key": f"file-{desk.keys}"},
        data={
            "file": (io.BytesIO(content), "流水.csv"),
            "organisation_id": owner or desk.owner,
            "layout": layout,
        },
    )


def work() -> None:
    with frozen_at(AFTERNOON):
        jobs.run_ready()
        with db.transaction() as session:
            match_next(session)


def receive(desk: Any, *rows: BankRow) -> list[dict[str, Any]]:
    """Send the rows, do the work; the receipts."""
    answer = send(desk, as_csv(CCB, rows), desk.own)
    assert answer.status_code == 202, answer.get_json()
    work()
    # Numbers and ids of one millisecond are in no order.
    return sorted(desk.get("/receipts", desk.own).get_json()["items"], key=lambda one: one["amount_fen"])


def test_a_statement_is_taken_read_and_matched(counter: Any) -> None:
    order = counter.place()
    content = as_csv(
        CCB, [BankRow(9_800, memo=f"货款{order}"), BankRow(-300, serial="S2"), BankRow(5, serial="S3")]
    )
    answer = send(counter, content, counter.own)
    assert (answer.status_code, answer.get_json()["state"]) == (202, "queued")
    work()
    told = counter.get(f"/bank-statements/{answer.get_json()['id']}", counter.own).get_json()
    assert (told["state"], told["lines_in"], told["lines_out"], told["lines_added"], told["added_fen"]) == (
        "imported", 2, 1, 2, 9_805,
    )  # fmt: skip
    assert counter.get(f"/orders/{order}", counter.buyer).get_json()["payment_state"] == "paid"
    waiting = counter.get("/receipts?state=parked", counter.own).get_json()["items"]
    assert [(one["amount_fen"], one["parked_reason"], one["parked_title"]) for one in waiting] == [
        (5, "no_amount", "付款人的待付订单没有相同金额")
    ]
    again = send(counter, content, counter.finance).get_json()
    work()
    told = counter.get(f"/bank-statements/{again['id']}", counter.finance).get_json()
    assert (told["lines_added"], told["lines_known"]) == (0, 2)
    listed = counter.get("/bank-statements?state=imported", counter.finance).get_json()["items"]
    assert [one["lines_added"] for one in listed] == [0, 2]


def test_a_file_that_is_wrong_is_refused_with_its_rows_and_nothing_is_booked(counter: Any) -> None:
    headings = as_csv(CCB, [BankRow(9_800), BankRow(200, serial="S2")]).decode("gb18030")
    answer = send(counter, headings.replace("2.00", "NaN").encode("gb18030"), counter.own)
    work()
    told = counter.get(f"/bank-statements/{answer.get_json()['id']}", counter.own).get_json()
    assert told["state"] == "refused"
    assert [(one["row"], one["column"], one["code"]) for one in told["errors"]] == [
        (4, "贷方发生额（收入）", "amount")
    ]
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Receipt)) == 0


def test_a_workbook_is_taken_too_and_one_of_another_bank_refused(counter: Any) -> None:
    first = send(counter, as_xlsx(CCB, [BankRow(9_800)]), counter.own).get_json()["id"]
    second = send(counter, as_xlsx(LAYOUT_BY_CODE["boc"], [BankRow(9_800)]), counter.own).get_json()["id"]
    work()
    states = [counter.get(f"/bank-statements/{one}", counter.own).get_json() for one in (first, second)]
    assert [one["state"] for one in states] == ["imported", "refused"]
    assert states[1]["errors"][0]["code"] == "sheet_no_header"


def test_who_may_not_and_what_cannot_be_is_refused_at_once(counter: Any) -> None:
    content = as_csv(CCB, [BankRow(9_800)])
    assert send(counter, content, counter.buyer).status_code == 403
    assert send(counter, content, counter.own, layout="big5").get_json()["code"] == "layout_unknown"
    other = str(counter.shop.buyer.id)
    assert send(counter, content, counter.own, owner=other).status_code == 403
    assert send(counter, content, counter.finance, owner=other).get_json()["code"] == "no_bank_account"
    assert send(counter, b"\x00\x01\x02", counter.own).get_json()["code"] == "file_type"
    assert send(counter, b"", counter.own).get_json()["code"] == "file_empty"
    assert counter.get("/bank-statements", counter.own).get_json()["items"] == []


def test_the_layouts_are_listed(counter: Any) -> None:
    items = counter.get("/bank-layouts", counter.own).get_json()["items"]
    assert [one["code"] for one in items] == [one.code for one in LAYOUTS]
    assert {"icbc", "ccb", "abc", "boc", "rural", "general"} == {one["code"] for one in items}


def test_a_receipt_is_suggested_allocated_taken_back_and_exchanged(counter: Any) -> None:
    order = counter.place()
    first, second = receive(
        counter, BankRow(9_800, payer_name="某甲"), BankRow(9_900, payer_name="某乙", serial="S2")
    )
    found = counter.get(f"/receipts/{first['number']}/suggestions", counter.own).get_json()["items"]
    assert [(one["order_number"], one["reasons"], one["titles"]) for one in found] == [
        (order, ["amount"], ["金额与应付余额相同", "付款人不是采购人且未备案"])
    ]
    body = {"order_number": order, "amount_fen": 9_800}
    path = f"/receipts/{first['number']}/allocations"
    with frozen_at(AFTERNOON):
        payment = counter.post(path, counter.own, body, key="same").get_json()
        assert counter.post(path, counter.own, body, key="same").get_json() == payment
        assert counter.post(path, counter.own, body).get_json()["code"] in ("above_open", "above_due")
        exchange = {"receipt_number": second["number"], "reason": "换用"}
        replaced = counter.post(f"/payments/{payment['id']}/exchange", counter.own, exchange)
        assert (replaced.status_code, replaced.get_json()["amount_fen"]) == (201, 9_800)
        undone = counter.post(
            f"/payments/{replaced.get_json()['id']}/reversal", counter.finance, {"reason": "认领错误"}
        ).get_json()
    assert (undone["state"], undone["reversal_reason"]) == ("reversed", "认领错误")
    assert counter.get(f"/orders/{order}", counter.buyer).get_json()["payment_state"] == "unpaid"
    listed = counter.get(f"/orders/{order}/payments", counter.buyer).get_json()["items"]
    assert [one["state"] for one in listed] == ["reversed", "reversed"]


def test_balances_repayments_and_setting_aside_by_http(counter: Any) -> None:
    order = counter.place((1,))
    [receipt] = receive(counter, BankRow(20_000, payer_name="某甲"))
    number = receipt["number"]
    buyer = str(counter.shop.buyer.id)
    with frozen_at(AFTERNOON):
        kept = counter.post(
            f"/receipts/{number}/balances", counter.own, {"buyer_id": buyer, "amount_fen": 10_000}
        )
        assert kept.status_code == 201
        balance = kept.get_json()["number"]
        used = counter.post(
            f"/balances/{balance}/allocations", counter.own, {"order_number": order, "amount_fen": 4_900}
        )
        assert used.status_code == 201
        assert counter.post(f"/balances/{balance}/release", counter.own).get_json()["code"] == "balance_used"
        body = {"amount_fen": 5_100, "reason": "退回余额"}
        asked = counter.post(f"/balances/{balance}/repayments", counter.finance, body).get_json()
        confirm = f"/repayments/{asked['number']}/confirmation"
        same = counter.post(confirm, counter.finance, {"reference": "B-1"})
        assert (same.status_code, same.get_json()["code"]) == (403, "same_person")
        assert counter.post(confirm, counter.second, {"reference": "B-1"}).get_json()["state"] == "confirmed"
        back = counter.post(
            f"/receipts/{number}/repayments", counter.own, {"amount_fen": 1, "reason": "退"}
        ).get_json()
        gone = counter.post(f"/repayments/{back['number']}/withdrawal", counter.own).get_json()
        assert gone["state"] == "withdrawn"
        aside = counter.post(f"/receipts/{number}/set-aside", counter.own, {"reason": "interest"}).get_json()
        assert (aside["state"], aside["aside_fen"]) == ("set_aside", 10_000)
        up = counter.post(f"/receipts/{number}/taking-up", counter.own).get_json()
        assert (up["state"], up["open_fen"]) == ("parked", 10_000)
        papers = {"kind": "treasury_direct", "voucher": {"voucher_no": "2020-01", "unit_code": "101001"}}
        assert (
            counter.post(f"/receipts/{number}/voucher", counter.own, papers).get_json()["kind"]
            == "treasury_direct"
        )
    mine = counter.get("/balances", counter.buyer).get_json()["items"]
    assert [(one["amount_fen"], one["open_fen"]) for one in mine] == [(10_000, 0)]
    assert len(counter.get("/repayments?state=confirmed", counter.second).get_json()["items"]) == 1


def test_a_payer_is_declared_by_the_buyer_and_the_waiting_money_found(counter: Any) -> None:
    order = counter.place()
    receive(counter, BankRow(9_800, payer_name="演示市国库支付中心", memo=order))
    body = {
        "buyer_id": str(counter.shop.buyer.id),
        "payer_name": "演示市国库支付中心",
        "reason": "国库集中支付",
    }
    declared = counter.post("/declared-payers", counter.buyer, body)
    assert declared.status_code == 201
    assert (
        counter.post("/declared-payers", counter.buyer, body).get_json()["code"] == "payer_already_declared"
    )
    assert counter.post("/declared-payers", counter.seller, body).status_code == 403
    numbers = counter.post("/declared-payers", counter.buyer, body | {"payer_name": "12345"})
    assert numbers.get_json()["code"] == "payer_name"
    work()
    assert counter.get(f"/orders/{order}", counter.buyer).get_json()["payment_state"] == "paid"
    path = f"/declared-payers/{declared.get_json()['id']}/end"
    assert counter.post(path, counter.buyer).get_json()["ended_at"] is not None
    assert counter.post(path, counter.buyer).get_json()["code"] == "declaration_ended"
    assert len(counter.get("/declared-payers", counter.buyer).get_json()["items"]) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "official_card", "voucher": {"authorisation_no": "A1B2C3", "voucher_no": "000128"}}, None),
        ({"kind": "official_card"}, "voucher_field"),
        ({"kind": "cash"}, "invalid"),
        ({"voucher": {"x": "y"}}, "voucher_field"),
        ({"voucher": {"x": 1}}, "invalid"),
        ({"amount_fen": 98.0}, "invalid"),
        ({"amount_fen": "NaN"}, "invalid"),
        ({"amount_fen": True}, "invalid"),
    ],
)
def test_a_record_by_hand_says_by_what_means(counter: Any, changes: dict[str, Any], code: str | None) -> None:
    body = {
        "order_number": counter.place(),
        "amount_fen": 9_800,
        "currency": "CNY",
        "reference": "R-1",
        "payer_name": "演示预算单位",
        "paid_at": "2020-10-01T12:00:00+08:00",
    }
    answer = counter.post("/payments", counter.finance, body | changes)
    if code is None:
        assert (answer.status_code, answer.get_json()["method"]) == (201, "official_card")
        return
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Receipt)) == 0


def test_receipts_of_a_stranger_are_not_there(counter: Any) -> None:
    [receipt] = receive(counter, BankRow(9_800, payer_name="某甲"))
    stranger = counter.as_role("producer_finance", organisation_id=counter.shop.buyer.id)
    assert counter.get("/receipts", stranger).get_json()["items"] == []
    for path in ("", "/suggestions"):
        assert counter.get(f"/receipts/{receipt['number']}{path}", stranger).status_code == 404
    answer = counter.post(f"/receipts/{receipt['number']}/set-aside", stranger, {"reason": "interest"})
    assert (answer.status_code, answer.get_json()["code"]) == (404, "receipt_not_found")
