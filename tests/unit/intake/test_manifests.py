"""What is kept of a body."""

from __future__ import annotations

import gzip
import io
import zlib

import pytest

from marketplace.intake.rules.manifests import kept_content, packed, unpacked

ROWS = '{"orderno":"A1","goodsname":"百香果"}\n'.encode() * 50


@pytest.mark.parametrize("body", [gzip.compress(ROWS, 6), gzip.compress(ROWS, 1), ROWS])
def test_what_is_kept_of_a_body_holds_its_rows_and_is_packed(body: bytes) -> None:
    kept = packed(body, unpacked(body))
    assert kept_content(kept) == ROWS
    assert len(kept) < len(ROWS) / 10


def test_what_came_packed_is_kept_as_it_came() -> None:
    body = gzip.compress(ROWS, 9)
    assert packed(body, ROWS) == body


def test_rows_that_we_packed_are_read_like_those_that_a_device_packed() -> None:
    assert kept_content(zlib.compress(ROWS, 6)) == kept_content(gzip.compress(ROWS)) == ROWS


def test_the_name_of_a_file_that_stands_in_a_gzip_is_not_kept() -> None:
    written = io.BytesIO()
    with gzip.GzipFile("zhangsan.jsonl", "wb", fileobj=written) as file:
        file.write(ROWS)
    assert b"zhangsan" in written.getvalue()
    kept = packed(written.getvalue(), unpacked(written.getvalue()))
    assert b"zhangsan" not in kept
    assert kept_content(kept) == ROWS
