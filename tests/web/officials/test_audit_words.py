"""The audit trail names its objects as people do, and shortens what nobody reads aloud."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from admin.audit_words import SUBJECTS, detail_lines, short_id, subject_title

ROOT = Path(__file__).resolve().parents[3]


def kinds_written_down() -> Iterator[str]:
    """The subject kinds that stand as words in calls of `audit.record`."""
    for package in ("marketplace", "admin", "search"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and ast.unparse(node.func) == "audit.record"
                    and len(node.args) > 3
                    and isinstance(node.args[3], ast.Constant)
                ):
                    yield str(node.args[3].value)


def test_every_kind_of_object_in_the_trail_has_a_name() -> None:
    kinds = set(kinds_written_down())
    assert {"order", "certificate", "wall_key"} <= kinds
    assert sorted(kinds - SUBJECTS.keys()) == []


def test_a_kind_without_a_name_stands_as_its_code(app: Flask) -> None:
    with app.test_request_context("/admin/audit"):
        assert subject_title("order") == "订单"
        assert subject_title("unheard_of") == "unheard_of"


def test_a_long_id_is_shortened_and_a_number_that_people_read_is_not() -> None:
    assert short_id("01a21db3-9ebb-700e-848d-f1a9f34cab3b") == "…f1a9f34cab3b"
    assert short_id("D34G1PSDKV9JX") == "D34G1PSDKV9JX"


def test_what_a_record_does_not_say_is_left_out_of_its_lines(app: Flask) -> None:
    detail = {
        "role": "issuer",
        "organisation_id": None,
        "opened_by_unit": False,
        "numbers": [1, 2],
        "changed": {"name": "01a21db3-9ebb-700e-848d-f1a9f34cab3b"},
    }
    with app.test_request_context("/admin/audit"):
        lines = detail_lines(detail)
        assert detail_lines(None) == []
    assert lines == [
        ("role", "issuer"),
        ("opened_by_unit", "否"),
        ("numbers", "1、2"),
        ("changed", "name …f1a9f34cab3b"),
    ]
