"""Files as answers, and what files are by their bytes."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest

from marketplace.core.formats import MEDIA_TYPES, media_type_of, names_in_zip
from marketplace.core.http import file_response


def test_a_file_has_its_type_its_name_and_its_hash() -> None:
    digest = hashlib.sha256(b"x").digest()
    answer = file_response("csv", b"x", "register", sha256=digest)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=register.csv"
    assert (answer.get_etag(), answer.data) == ((digest.hex(), False), b"x")
    looked_at = file_response("pdf", iter([b"a", b"b"]), "T7K2", inline=True)
    assert looked_at.headers["Content-Disposition"] == "inline; filename=T7K2.pdf"
    assert (looked_at.data, looked_at.get_etag()) == (b"ab", (None, None))


def test_a_chinese_name_is_told_as_the_standard_says_and_carries_no_header() -> None:
    name = '梅州市 2020-09"\r\nX-Evil: 1'
    told = file_response("xlsx", b"", name).headers["Content-Disposition"]
    assert told == (
        "attachment; filename=export.xlsx;"
        " filename*=UTF-8''%E6%A2%85%E5%B7%9E%E5%B8%82%202020-09%22%0D%0AX-Evil%3A%201.xlsx"
    )
    assert "\n" not in file_response("csv", b"", "a\r\nX-Evil: 1").headers["Content-Disposition"]
    assert (
        file_response("csv", b"", 'a"b').headers["Content-Disposition"] == 'attachment; filename="a\\"b.csv"'
    )


@pytest.mark.parametrize("root", [True, False])
def test_an_ofd_is_told_from_other_archives_by_its_root(root: bool) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("OFD.xml" if root else "xl/workbook.xml", "<x/>")
    assert media_type_of(out.getvalue()) == MEDIA_TYPES["ofd" if root else "xlsx"]


def test_a_broken_archive_lists_nothing() -> None:
    assert names_in_zip(b"PK\x03\x04 and no more") == frozenset()
