"""Batches of a cabinet: once in the ledger however often they come, whole or not at all, and what is wrong kept apart."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import func, inspect, select, update

from marketplace.attribution.models import Entry
from marketplace.core.actor import system_actor
from marketplace.core.errors import Conflict, DomainError, NotAuthenticated
from marketplace.core.models import Job
from marketplace.intake.models import Batch, Device, ForeignSale
from marketplace.intake.rules.signatures import sign
from marketplace.intake.service import keys, quarantine, reading
from marketplace.intake.service.books import counted_line
from marketplace.intake.service.receive import job_key, receive_signed
from tests.support.books import ledger_breaks
from tests.support.reporting_device import Cabinet, open_cabinet


def test_a_sale_of_certified_goods_counts_as_aid_and_one_of_unknown_goods_as_ordinary(
    cabinet: Cabinet,
) -> None:
    batch = cabinet.report(
        cabinet.row("A1"),
        cabinet.row(
            "A2", fpgoodsmark="2", fpwthirdpartyid=None, suppliercode=None, goodsname="矿泉水", payamt="2.50"
        ),
    )
    assert (batch.state, batch.accepted, batch.quarantined) == ("done", 2, 0)
    assert cabinet.ledger() == {"certified_aid": 4_900, "ordinary": 250}
    entry = cabinet.session.scalars(select(Entry).where(Entry.goods_class == "ordinary")).one()
    assert (entry.product_name, entry.goods_class_reason) == ("矿泉水", "goods_unknown")
    assert (entry.source, entry.period, entry.channel_kind) == ("intake", "2020-10", "counter")


def test_the_receipt_of_a_batch_says_what_its_row_says(cabinet: Cabinet) -> None:
    batch = cabinet.send(cabinet.row("A1"))
    names = {one.key for one in inspect(Batch).column_attrs}
    told = {name: vars(batch)[name] for name in names - {"content"}}  # nothing is asked for any of them
    cabinet.session.expire(batch)
    assert told == {name: getattr(batch, name) for name in told}


def test_a_batch_that_comes_says_when_its_device_was_heard_of_and_has_one_job(cabinet: Cabinet) -> None:
    cabinet.send(cabinet.row("A1"), sequence=7)
    batch = cabinet.send(cabinet.row("A2"), sequence=3)
    device = cabinet.session.scalars(select(Device).where(Device.id == batch.device_id)).one()
    assert (device.last_sequence, device.last_seen_at) == (7, batch.received_at)
    job = cabinet.session.scalars(select(Job).where(Job.key == job_key(batch.id))).one()
    assert (job.kind, job.state, job.attempts, job.payload) == (
        "intake.batch",
        "ready",
        0,
        {"batch_id": str(batch.id)},
    )


def test_the_same_batch_again_is_answered_with_its_receipt_and_adds_nothing(cabinet: Cabinet) -> None:
    first = cabinet.report(cabinet.row("A1"), cabinet.row("A2"))
    again = cabinet.report(cabinet.row("A1"), cabinet.row("A2"), sequence=1)
    assert again.id == first.id
    assert cabinet.ledger() == {"certified_aid": 9_800}
    assert cabinet.session.scalar(select(func.count()).select_from(Batch)) == 1


def test_a_row_that_comes_again_in_another_batch_is_a_duplicate(cabinet: Cabinet) -> None:
    cabinet.report(cabinet.row("A1"))
    batch = cabinet.report(cabinet.row("A1"), cabinet.row("A2"))
    assert (batch.accepted, batch.duplicate) == (1, 1)
    assert cabinet.outcomes(batch) == [(1, "duplicate", None)]
    assert cabinet.ledger() == {"certified_aid": 9_800}


def test_other_things_said_under_one_number_are_refused(cabinet: Cabinet) -> None:
    cabinet.report(cabinet.row("A1"))
    with pytest.raises(Conflict) as refused:
        cabinet.send(cabinet.row("A2"), sequence=1)
    assert refused.value.code == "sequence_taken"


def test_a_sale_that_is_said_otherwise_without_a_correction_is_kept_apart(cabinet: Cabinet) -> None:
    cabinet.report(cabinet.row("A1"))
    batch = cabinet.report(cabinet.row("A1", payamt="48.00"))
    assert cabinet.outcomes(batch) == [(1, "quarantined", "differs")]
    assert cabinet.ledger() == {"certified_aid": 4_900}


def test_a_refund_takes_back_its_part_once_and_never_more_than_was_sold(cabinet: Cabinet) -> None:
    cabinet.report(cabinet.row("A1", payamt="98.00", qty="2"))
    back: dict[str, Any] = {
        "tradetp": "2",
        "tradeno": "R1",
        "payamt": "49.00",
        "paytm": "2020-10-01 11:45:00",
    }
    cabinet.report(cabinet.row("A1", **back))
    batch = cabinet.report(
        cabinet.row("A1", **back), cabinet.row("A1", **back | {"tradeno": "R2", "payamt": "49.01"})
    )
    assert cabinet.outcomes(batch) == [(1, "duplicate", None), (2, "quarantined", "above_sale")]
    assert cabinet.ledger() == {"certified_aid": 4_900}


def test_a_refund_that_comes_before_its_sale_waits_for_it(cabinet: Cabinet) -> None:
    early = cabinet.report(
        cabinet.row("A1", tradetp="2", tradeno="R1", payamt="49.00", qty="1", paytm="2020-10-01 11:45:00")
    )
    assert cabinet.outcomes(early) == [(1, "quarantined", "sale_unknown")]
    cabinet.report(cabinet.row("A1", payamt="98.00", qty="2"))
    assert cabinet.ledger() == {"certified_aid": 4_900}
    assert (early.accepted, early.quarantined) == (1, 0)


def test_a_correction_stands_in_place_of_the_sale_and_can_be_corrected(cabinet: Cabinet) -> None:
    cabinet.report(cabinet.row("A1", payamt="98.00", qty="2"))
    batch = cabinet.report(cabinet.row("A1", tradetp="3", tradeno="K1", payamt="147.00", qty="3"))
    assert (batch.corrected, cabinet.ledger()) == (1, {"certified_aid": 14_700})
    cabinet.report(cabinet.row("A1", tradetp="3", tradeno="K2", payamt="49.00", qty="1"))
    assert cabinet.ledger() == {"certified_aid": 4_900}
    kinds = cabinet.session.execute(select(Entry.kind, func.count()).group_by(Entry.kind)).all()
    assert dict(kinds) == {"sale": 3, "correction": 2}
    assert ledger_breaks(cabinet.session) == []
    states = cabinet.session.scalars(select(ForeignSale.state).order_by(ForeignSale.revision)).all()
    assert states == ["superseded", "superseded", "counted"]


def test_lines_of_one_foreign_order_have_one_number_and_a_row_of_earlier_days_says_the_same_line(
    cabinet: Cabinet,
) -> None:
    cabinet.report(cabinet.row("A1", lineno="1"), cabinet.row("A1", lineno="2"), cabinet.row("A2"))
    entries = {one.line_id: one for one in cabinet.session.scalars(select(Entry))}
    numbers = {uuid.uuid5(cabinet.channel.id, ref) for ref in ("A1", "A2")}
    assert {one.order_id for one in entries.values()} == numbers
    for sale in cabinet.session.scalars(select(ForeignSale)):
        line = counted_line(sale)
        sale.frozen = sale.frozen | {"order_id": str(line.order_id)}  # as it used to be kept
        assert counted_line(sale) == line
        entry = entries[sale.id]
        assert (line.order_id, line.frozen.certificate_id) == (entry.order_id, entry.certificate_id)


def test_goods_of_another_supplier_than_the_certificate_says_are_not_aid(cabinet: Cabinet) -> None:
    other = open_cabinet(cabinet.session)
    cabinet.report(cabinet.row("A1", suppliercode=other.supplier_uscc))
    entry = cabinet.session.scalars(select(Entry)).one()
    assert entry.goods_class != "certified_aid"
    assert entry.goods_class_reason == "supplier_mismatch"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payamt": "-1.00"}, "not_an_amount"),
        ({"payamt": "NaN"}, "not_an_amount"),
        ({"payamt": "1e3"}, "not_an_amount"),
        ({"payamt": "4９.00"}, "not_an_amount"),
        ({"payamt": "0.00"}, "out_of_range"),
        ({"qty": "0"}, "not_a_quantity"),
        ({"fpgoodsmark": "3"}, "unknown_code"),
        ({"fpwthirdpartyid": None}, "missing"),
        ({"suppliercode": None}, "missing"),
        ({"suppliercode": "91440101MA5CQ1234A"}, "not_a_uscc"),
        ({"paytm": "2020-10-01 12:11:00"}, "future"),
        ({"paytm": "2019-12-31 23:59:59"}, "too_old"),
        ({"paytm": "2020-13-01 00:00:00"}, "not_an_instant"),
        ({"goodsname": "百\u202e香果"}, "not_text"),
        ({"colour": "red"}, "unknown_column"),
        ({"orderno": None}, "missing"),
    ],
)
def test_a_row_that_cannot_be_meant_is_kept_apart_with_its_reason_and_the_others_count(
    cabinet: Cabinet, changes: dict[str, Any], reason: str
) -> None:
    batch = cabinet.send(
        cabinet.row("A1", **changes),
        cabinet.row("A2"),
        total_fen=4_900 * 2 if "payamt" not in changes else 4_900,
    )
    cabinet.process(batch)
    assert cabinet.outcomes(batch) == [(1, "quarantined", reason)]
    assert cabinet.ledger() == {"certified_aid": 4_900}


def test_a_batch_that_was_cut_off_changes_nothing(cabinet: Cabinet) -> None:
    batch = cabinet.report(cabinet.row("A1"), cabinet.row("A2"), total_fen=14_700)
    assert (batch.state, batch.refusal) == ("refused", "batch_total")
    assert cabinet.ledger() == {}


def test_a_gap_in_the_numbers_of_a_device_is_shown(cabinet: Cabinet) -> None:
    cabinet.report(cabinet.row("A1"))
    cabinet.report(cabinet.row("A2"), sequence=4)
    shown = reading.devices_of(cabinet.session, system_actor(), cabinet.channel.code)
    assert [(one.device.code, one.gaps) for one in shown] == [("GZ0001", [2, 3])]


@pytest.mark.parametrize("what", ["body", "manifest", "version", "shape", "retired", "device"])
def test_what_is_not_signed_by_the_channel_is_not_taken(cabinet: Cabinet, what: str) -> None:
    other = open_cabinet(cabinet.session)
    body = b"{}"
    device = "GZ9999" if what == "device" else cabinet.device
    manifest, raw = cabinet.manifest(body, 1, 0, device=device, sequence=1)
    signature = f"k=1,s={sign(cabinet.secret, raw, body).hex()}"
    if what == "body":
        body = b"{} "
    elif what == "manifest":
        signature = f"k=1,s={sign(other.secret, raw, body).hex()}"
    elif what == "version":
        signature = signature.replace("k=1", "k=2")
    elif what == "shape":
        signature = signature.upper()
    elif what == "retired":
        keys.retire_key(cabinet.session, system_actor(), cabinet.channel.code, 1)
    with pytest.raises(NotAuthenticated) as refused:
        receive_signed(cabinet.session, manifest, raw, body, signature)
    assert refused.value.code == "batch_signature"
    assert cabinet.session.scalar(select(func.count()).select_from(Batch)) == 0


def test_keys_change_over_without_a_gap(cabinet: Cabinet) -> None:
    key, secret = keys.make_key(cabinet.session, system_actor(), cabinet.channel.code)
    cabinet.report(cabinet.row("A1"))
    body = b"{}"
    manifest, raw = cabinet.manifest(body, 1, 0, sequence=9)
    signature = f"k={key.version},s={sign(bytes.fromhex(secret), raw, body).hex()}"
    assert receive_signed(cabinet.session, manifest, raw, body, signature).key_version == 2
    keys.retire_key(cabinet.session, system_actor(), cabinet.channel.code, 1)
    with pytest.raises(NotAuthenticated):
        cabinet.send(cabinet.row("A2"))


def test_a_row_kept_apart_is_mended_by_a_person_and_counts_then(cabinet: Cabinet) -> None:
    batch = cabinet.report(cabinet.row("A1", qty="0"))
    row = cabinet.session.scalars(reading.rows_of(batch.id, "quarantined", is_open=True)).one()
    worse = quarantine.mend(cabinet.session, system_actor(), row.id, {"qty": "x"}, "按小票")
    assert (worse.attempt, worse.reason) == (2, "not_a_quantity")
    mended = quarantine.mend(cabinet.session, system_actor(), worse.id, {"qty": "1"}, "按小票")
    assert mended.settled_how == "mended"
    assert cabinet.ledger() == {"certified_aid": 4_900}
    with pytest.raises(Conflict) as refused:
        quarantine.mend(cabinet.session, system_actor(), worse.id, {"qty": "2"}, "再改")
    assert refused.value.code == "row_settled"
    assert cabinet.ledger() == {"certified_aid": 4_900}


def test_a_row_that_was_dropped_never_counts(cabinet: Cabinet) -> None:
    batch = cabinet.report(cabinet.row("A1", qty="0"))
    row = cabinet.session.scalars(reading.rows_of(batch.id, None, is_open=True)).one()
    quarantine.drop(cabinet.session, system_actor(), row.id, "测试数据")
    with pytest.raises(DomainError):
        quarantine.mend(cabinet.session, system_actor(), row.id, {"qty": "1"}, "改主意")
    assert cabinet.ledger() == {}


def test_verification_finds_nothing_in_a_sale_that_was_corrected_and_a_fen_that_is_missing_from_one(
    cabinet: Cabinet,
) -> None:
    """It once took every correction of a report for a broken one: such a correction takes back and puts nothing in its place."""
    cabinet.report(cabinet.row("A1", payamt="98.00", qty="2"), cabinet.row("A2"))
    cabinet.report(cabinet.row("A1", tradetp="3", tradeno="K1", payamt="147.00", qty="3"))
    assert ledger_breaks(cabinet.session) == []
    cabinet.session.execute(update(ForeignSale).where(ForeignSale.order_ref == "A2").values(sale_fen=4_901))
    [(code, broken)] = ledger_breaks(cabinet.session)
    assert (code, broken.endswith("4901 fen stand, entries 4900")) == ("L1", True)


def test_an_older_correction_of_the_same_till_that_arrives_late_changes_nothing(cabinet: Cabinet) -> None:
    cabinet.report(cabinet.row("A1"))
    cabinet.report(cabinet.row("A1", tradetp="3", tradeno="K2", payamt="147.00", qty="3"), sequence=3)
    late = cabinet.report(cabinet.row("A1", tradetp="3", tradeno="K1", payamt="98.00", qty="2"), sequence=2)
    assert cabinet.outcomes(late) == [(1, "duplicate", "overtaken")]
    assert cabinet.ledger() == {"certified_aid": 14_700}
    cabinet.report(cabinet.row("A1", tradetp="3", tradeno="K3", payamt="49.00", qty="1"), sequence=4)
    assert cabinet.ledger() == {"certified_aid": 4_900}
