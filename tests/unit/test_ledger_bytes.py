"""The canonical bytes of an entry, written out: a change of them would break every chain there is."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest

from marketplace.attribution.bulk import instant
from marketplace.attribution.canonical import GENESIS, chain_hash, entry_bytes

SOLD_AT = datetime(2020, 9, 12, 10, 0, tzinfo=timezone(timedelta(hours=8)))
NUMBER = uuid.UUID("01a20236-7dc3-75c1-91fc-c918ca05e24f")


def test_an_entry_is_json_of_its_columns_by_name_with_instants_in_utc_to_the_microsecond() -> None:
    values = {
        "sold_at": SOLD_AT,
        "id": NUMBER,
        "product_name": "𠮷柚",
        "weight_g": None,
        "schemes": ["a", "b"],
        "is_demo": True,
    }
    assert (
        entry_bytes(values)
        == (
            '{"id":"01a20236-7dc3-75c1-91fc-c918ca05e24f","is_demo":true,"product_name":"𠮷柚","schemes":["a","b"],'
            '"sold_at":"2020-09-12T02:00:00.000000+00:00","weight_g":null}'
        ).encode()
    )


def test_a_uuid_and_its_text_and_an_instant_in_any_zone_give_the_same_bytes() -> None:
    first = entry_bytes({"id": NUMBER, "at": SOLD_AT})
    assert first == entry_bytes({"at": SOLD_AT.astimezone(UTC), "id": str(NUMBER)})
    assert chain_hash(GENESIS, {"id": NUMBER, "at": SOLD_AT}) == hashlib.sha256(GENESIS + first).digest()


def test_what_no_column_holds_has_no_bytes() -> None:
    with pytest.raises(TypeError):
        entry_bytes({"id": object()})


def test_instants_are_microseconds_since_2000() -> None:
    assert instant(datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert instant(datetime(2000, 1, 1, 8, 0, 0, 1, tzinfo=timezone(timedelta(hours=8)))) == 1
    assert instant(datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
