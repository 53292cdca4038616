"""Rows that are written by COPY are the rows that were given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.certification.models import Certificate
from marketplace.core.copy_rows import CopyRows
from marketplace.core.db import table_of
from marketplace.core.ids import uuid7

_ROWS = CopyRows(Entry)
_AT = datetime(
    1999, 12, 31, 16, 0, 0, 1, tzinfo=UTC
)  # before PostgreSQL's own beginning, and to the microsecond


def _entry(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = dict.fromkeys(_ROWS.names)
    table = table_of(Entry)
    for name in _ROWS.names:
        if not table.c[name].nullable:
            kind = table.c[name].type.python_type
            plain[name] = {str: "县\t\\N", int: -(2**62), datetime: _AT, bool: True, list: []}.get(
                kind
            ) or uuid7()
    said = {"kind": "sale", "goods_class": "ordinary", "sale_fen": 2**62, "schemes": [], "is_demo": False}
    return plain | said | changes


def test_every_kind_of_value_comes_back_as_it_was_given(session: Session) -> None:
    given = [
        _entry(schemes=["national_2020", "市"], reserve_year=-3, is_demo=True, weight_g=0),
        _entry(product_name="", buyer_sector="𠮷"),
    ]
    _ROWS.write(session, ([row[name] for name in _ROWS.names] for row in given))
    columns = [table_of(Entry).c[name] for name in _ROWS.names]
    written = session.execute(select(*columns).order_by(Entry.entry_no)).mappings().all()
    assert [dict(row) for row in written] == given


def test_what_rows_have_in_common_is_said_once_and_written_with_each(session: Session) -> None:
    own = ("id", "line_id", "sale_fen")
    rows = CopyRows(Entry, own)
    given = [_entry(line_id=uuid7()) for _ in range(4)]
    commons = [{name: given[which][name] for name in _ROWS.names if name not in own} for which in (0, 1)]
    commons[1]["weight_g"] = None
    written = [commons[number % 2] | {name: row[name] for name in own} for number, row in enumerate(given)]
    rows.write(
        session,
        [(*(row[name] for name in own), commons[number % 2]) for number, row in enumerate(given)],
    )
    columns = [table_of(Entry).c[name] for name in _ROWS.names]
    found = session.execute(select(*columns).order_by(Entry.entry_no)).mappings().all()
    assert [dict(row) for row in found] == written


def test_no_rows_write_nothing(session: Session) -> None:
    _ROWS.write(session, [])
    assert session.scalars(select(Entry.entry_no)).all() == []


def test_a_table_with_a_type_that_has_no_binary_form_here_is_refused() -> None:
    with pytest.raises(ValueError, match=r"certification\.certificate\..*: no binary form of"):
        CopyRows(Certificate)
