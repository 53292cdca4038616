"""What must not get into the books: wrong hands, bytes, cells. Refused or kept apart with the reason, nothing half-booked."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import time
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from marketplace.core.actor import system_actor
from marketplace.core.clock import SHANGHAI, frozen_at, utcnow
from marketplace.core.errors import DomainError, NotAuthenticated
from marketplace.intake.models import Batch, ForeignSale, Report, RowOutcome
from marketplace.intake.rules.manifests import MOST_BYTES, MOST_LINE_BYTES, MOST_ROWS
from marketplace.intake.rules.signatures import sign
from marketplace.intake.service import keys, quarantine, reading
from marketplace.intake.service.receive import receive_signed
from tests.support.reporting_device import Cabinet, open_cabinet

MANY: bytes = b"{}\n" * 10_000_000


def signed(cabinet: Cabinet, body: bytes, rows: int = 1, total_fen: int = 0, **changes: Any) -> Batch:
    """Any bytes, with a manifest that fits them and a true signature."""
    content = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    values = {"sha256": hashlib.sha256(content).hexdigest(), "sequence": cabinet.sequence + 1} | changes
    manifest, raw = cabinet.manifest(b"", rows, total_fen, **values)
    cabinet.sequence += 1
    return receive_signed(
        cabinet.session, manifest, raw, body, f"k=1,s={sign(cabinet.secret, raw, body).hex()}"
    )


def csv_of(cabinet: Cabinet, *rows: dict[str, Any], encodings: tuple[str, ...] = ("utf-8",)) -> bytes:
    """A header and rows, each row in the next of the encodings."""
    names = list(cabinet.row())
    lines = [",".join(names).encode()]
    lines += [
        ",".join(str(row.get(name, "")) for name in names).encode(encodings[turn % len(encodings)])
        for turn, row in enumerate(rows)
    ]
    return b"\n".join(lines)


def is_untouched(cabinet: Cabinet) -> bool:
    tables = (ForeignSale, Report)
    return cabinet.ledger() == {} and not any(
        cabinet.session.scalar(select(func.count()).select_from(table)) for table in tables
    )


def only_reason(cabinet: Cabinet, batch: Batch) -> tuple[str | None, str | None]:
    row = cabinet.session.scalars(select(RowOutcome).where(RowOutcome.batch_id == batch.id)).one()
    return row.reason, row.field


def test_a_device_of_another_channel_is_not_believed_though_the_signature_is_true(cabinet: Cabinet) -> None:
    other = open_cabinet(cabinet.session)
    keys.register_device(
        cabinet.session, system_actor(), other.channel.code, code="GZ0777", adapter="cabinet"
    )
    with pytest.raises(NotAuthenticated) as refused:
        signed(cabinet, b"{}", device="GZ0777")
    assert refused.value.code == "batch_signature"
    assert cabinet.session.scalar(select(func.count()).select_from(Batch)) == 0


def test_a_bomb_of_ten_million_rows_is_refused_by_its_manifest_before_it_is_kept(cabinet: Cabinet) -> None:
    with pytest.raises(DomainError) as refused:
        signed(cabinet, gzip.compress(MANY, 1), rows=10_000_000)
    assert refused.value.code == "batch_rows"
    assert cabinet.session.scalar(select(func.count()).select_from(Batch)) == 0


def test_a_bomb_of_ten_million_rows_that_says_it_is_ten_is_refused_at_the_eleventh(cabinet: Cabinet) -> None:
    batch = signed(cabinet, gzip.compress(MANY, 1), rows=10)
    began = time.perf_counter()
    tracemalloc.start()
    cabinet.process(batch)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (batch.state, batch.refusal) == ("refused", "batch_rows")
    assert peak < 8 * MOST_BYTES  # the bytes themselves, and not an object for each row
    assert time.perf_counter() - began < 30
    assert is_untouched(cabinet)


def test_what_unpacks_to_more_than_a_batch_may_be_is_refused_without_unpacking_it(cabinet: Cabinet) -> None:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as writer:
        for _ in range(64):
            writer.write(bytes(16 * 1024 * 1024))  # a gigabyte
    manifest, raw = cabinet.manifest(b"", 1, 0, sequence=1)
    body = packed.getvalue()
    tracemalloc.start()
    with pytest.raises(DomainError) as refused:
        receive_signed(cabinet.session, manifest, raw, body, f"k=1,s={sign(cabinet.secret, raw, body).hex()}")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.code == "batch_too_large"
    assert peak < 3 * MOST_BYTES


def test_a_batch_of_as_many_bytes_as_it_may_have_is_taken(cabinet: Cabinet) -> None:
    row = json.dumps(cabinet.row("A1"), ensure_ascii=False).encode()
    padded = row + b" " * (MOST_LINE_BYTES - len(row) - 1)
    blank = b"\n" * (MOST_BYTES - len(padded))
    batch = cabinet.process(signed(cabinet, padded + blank, total_fen=4_900))
    assert (batch.state, batch.accepted) == ("done", 1)
    with pytest.raises(DomainError) as refused:
        signed(cabinet, padded + blank + b"\n", total_fen=4_900)
    assert refused.value.code == "batch_too_large"


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b"[" * 30_000 + b"]" * 30_000,
        b'{"orderno": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}",
        b'{"orderno": "' + b"x" * 1_000_000 + b'"}',
        b'{"payamt": 49.0}',
        b'{"payamt": NaN}',
        b'{"payamt": -Infinity}',
        b'{"qty": true}',
        b'{"qty": [1]}',
        b'{"payamt": 99999999999999999999}',
        b"\xff\xfe{",
        b'{"goodsname": "\\ud800"}',
        b"1",
        b"",
    ],
)
def test_a_line_that_is_no_record_refuses_its_batch_whole(cabinet: Cabinet, line: bytes) -> None:
    good = json.dumps(cabinet.row("A1"), ensure_ascii=False).encode()
    batch = cabinet.process(signed(cabinet, good + b"\n" + line, rows=2, total_fen=4_900))
    assert batch.state == "refused"
    assert batch.refusal in {"row_shape", "batch_rows"}
    assert is_untouched(cabinet)


def test_one_file_in_two_encodings_is_refused_and_each_alone_is_read(cabinet: Cabinet) -> None:
    rows = [cabinet.row("A1"), cabinet.row("A2", goodsname="柳州螺蛳粉")]
    mixed = csv_of(cabinet, *rows, encodings=("utf-8", "gb18030"))
    batch = cabinet.process(signed(cabinet, mixed, rows=2, total_fen=9_800, format="csv"))
    assert (batch.state, batch.refusal) == ("refused", "batch_encoding")
    assert is_untouched(cabinet)
    old = csv_of(cabinet, *rows, encodings=("gb18030",))
    batch = cabinet.process(signed(cabinet, old, rows=2, total_fen=9_800, format="csv"))
    assert (batch.state, batch.accepted) == ("done", 2)
    assert cabinet.ledger() == {"certified_aid": 9_800}


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"goodsname": "=1+1"}, "formula", "goodsname"),
        ({"goodsname": "@SUM(A1:A9)"}, "formula", "goodsname"),
        ({"orderno": "+cmd|' /C calc'!A0"}, "formula", "orderno"),
        ({"goodsname": "\uff1d1+1"}, "formula", "goodsname"),
        ({"payamt": "=49"}, "not_an_amount", "payamt"),
        ({"payamt": "-49.00"}, "not_an_amount", "payamt"),
        ({"payamt": "49.001"}, "not_an_amount", "payamt"),
        ({"payamt": "Infinity"}, "not_an_amount", "payamt"),
        ({"payamt": "1,000.00"}, "not_an_amount", "payamt"),
        ({"payamt": "9" * 14}, "not_an_amount", "payamt"),
        ({"qty": "-1"}, "not_a_quantity", "qty"),
        ({"qty": "1.0001"}, "not_a_quantity", "qty"),
        ({"goodsname": "百香果\x00"}, "not_text", "goodsname"),
        ({"a\x00b": "1"}, "unknown_column", "a\x00b"),
        ({"tradetp": "9"}, "unknown_code", "tradetp"),
        ({"paytm": "2121-10-01 11:30:00"}, "future", None),
        ({"tradetp": "2", "tradeno": "R1"}, "sale_unknown", None),
        ({"tradetp": "2"}, "missing", "tradetp"),
    ],
)
def test_a_cell_that_cannot_be_meant_keeps_its_row_apart_and_half_books_nothing(
    cabinet: Cabinet, changes: dict[str, Any], reason: str, field: str | None
) -> None:
    batch = cabinet.report(cabinet.row("A1", **changes))
    assert (batch.state, batch.accepted, batch.quarantined) == ("done", 0, 1)
    assert only_reason(cabinet, batch) == (reason, None if field is None else field.replace("\0", "\ufffd"))
    assert is_untouched(cabinet)


def test_frozen_goods_that_begin_with_a_minus_are_no_formula(cabinet: Cabinet) -> None:
    batch = cabinet.report(cabinet.row("A1", goodsname="-18℃冷冻走地鸡"))
    assert batch.accepted == 1


def test_a_row_kept_apart_for_a_formula_is_mended_by_a_person_and_counts_once(cabinet: Cabinet) -> None:
    batch = cabinet.report(cabinet.row("A1", goodsname="=1+1"), cabinet.row("A2"))
    row = cabinet.session.scalars(reading.rows_of(batch.id, None, is_open=True)).one()
    mended = quarantine.mend(cabinet.session, system_actor(), row.id, {"goodsname": "百香果"}, "按小票")
    assert mended.settled_how == "mended"
    again = cabinet.report(cabinet.row("A1", goodsname="百香果"), cabinet.row("A2"))
    assert (again.accepted, again.duplicate) == (0, 2)
    assert cabinet.ledger() == {"certified_aid": 9_800}


def test_a_batch_of_as_many_rows_as_it_may_have_is_taken_whole_and_again_adds_nothing(
    cabinet: Cabinet,
) -> None:
    rows = [cabinet.row(f"A{number}") for number in range(MOST_ROWS)]
    first = cabinet.report(*rows)
    assert (first.state, first.accepted) == ("done", MOST_ROWS)
    again = cabinet.report(*rows)
    assert (again.accepted, again.duplicate) == (0, MOST_ROWS)
    assert cabinet.ledger() == {"certified_aid": MOST_ROWS * 4_900}


def test_a_row_of_a_clock_that_ran_ahead_is_taken_as_it_is_once_its_time_has_come(cabinet: Cabinet) -> None:
    ahead = (utcnow() + timedelta(minutes=45)).astimezone(SHANGHAI)
    batch = cabinet.report(cabinet.row("A1", paytm=ahead.strftime("%Y-%m-%d %H:%M:%S")))
    row = cabinet.session.scalars(reading.rows_of(batch.id, None, is_open=True)).one()
    assert row.reason == "future"
    at_once = quarantine.mend(cabinet.session, system_actor(), row.id, {}, "按小票核对")
    assert (at_once.reason, cabinet.ledger()) == ("future", {})
    with frozen_at(utcnow() + timedelta(hours=1)):
        quarantine.mend(cabinet.session, system_actor(), at_once.id, {}, "按小票核对")
    assert cabinet.ledger() == {"certified_aid": 4_900}
