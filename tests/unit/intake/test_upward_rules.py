"""Rows and months that travel upward: one shape, one chain, and every difference by name."""

from __future__ import annotations

import itertools
from typing import Any

import orjson
import pytest

from marketplace.core.errors import Invalid
from marketplace.intake.rules.upward import FULL, GENESIS, Fed, area_of_source, chained, line_of, read_lines
from marketplace.intake.rules.upward_totals import (
    HEADS,
    KEYS,
    NOTE,
    cells_from_rows,
    compare_cells,
    missing,
    read_total,
    total_bytes,
)

HEAD = {
    "source": "441400",
    "period": "2020-09",
    "version": 1,
    "last_position": 2,
    "chain_head": "ab" * 32,
    "digest": "cd" * 32,
    "note": NOTE,
}
CELLS = {(None, "441403", "certified_aid", "counter", "other_individual", "own_purchase"): (2, 9_800, 98)}
HOMES = {"441403": dict.fromkeys(HEADS, 3)}


def row(position: int = 1, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "position": position,
        "entry_hash": "ab" * 32,
        "withheld": None,
        "kind": "sale",
        "sale_fen": 9_800,
        "quantity_milli": 2_000,
        "weight_g": None,
        "benefit_fen": 98,
        "linkage_mode": None,
        "goods_class": "certified_aid",
        "scheme": "city_local",
        "schemes": ["city_local"],
        "category_code": "010101",
        "product_name": "金柚",
        "producer_name": None,
        "producer_kind": "cooperative",
        "origin_area": "441403",
        "channel_kind": "counter",
        "channel_area": "441403",
        "buyer_kind": "citizen",
        "buyer_area": "440100",
        "buyer_sector": None,
        "participation_mode": "other_individual",
        "purchase_kind": "own_purchase",
        "fund_source": None,
        "helper_area": None,
        "reserve_year": None,
        "counted_on": "2020-09-12",
        "sold_period": "2020-09",
        "period": "2020-09",
        "adjusts_period": None,
    }
    return values | changes


def lines(*rows: dict[str, Any], previous: bytes = GENESIS) -> list[Any]:
    return [orjson.loads(line_of(one)) for one in chained(previous, rows)]


def refusal(records: list[Any], position: int = 0, previous: bytes = GENESIS) -> str:
    with pytest.raises(Invalid) as refused:
        read_lines(records, position, previous)
    return refused.value.code


def test_rows_are_read_as_they_were_written() -> None:
    fed = read_lines(lines(row(1), row(2, sale_fen=-9_800, kind="refund")), 0, GENESIS)
    assert [one.position for one in fed] == [1, 2]
    assert fed == list(chained(GENESIS, [row(1), row(2, sale_fen=-9_800, kind="refund")]))
    further = read_lines(lines(row(3), previous=fed[-1].hash), 2, fed[-1].hash)
    assert [isinstance(one, Fed) for one in further] == [True]


def test_a_gap_a_step_back_and_a_foreign_chain_are_told_apart() -> None:
    assert refusal(lines(row(2))) == "upward_not_next"
    assert refusal(lines(row(1)), 1) == "upward_not_next"
    assert refusal(lines(row(1), previous=b"\1" * 32)) == "upward_chain"
    changed = lines(row(1))
    changed[0]["sale_fen"] = 9_801
    assert refusal(changed) == "upward_chain"
    swapped = lines(row(1), row(2))
    assert refusal(swapped[::-1]) == "upward_not_next"


@pytest.mark.parametrize(
    "changes",
    [
        {"sale_fen": 98.0},
        {"sale_fen": "9800"},
        {"sale_fen": True},
        {"sale_fen": 10**17},
        {"sale_fen": None},
        {"position": 0},
        {"position": "1"},
        {"kind": "gift"},
        {"goods_class": "aid"},
        {"withheld": "secret"},
        {"entry_hash": "AB" * 32},
        {"origin_area": "441403101201"},
        {"buyer_area": ""},
        {"period": "2020-13"},
        {"counted_on": "2020-9-12"},
        {"counted_on": "2020-02-30"},
        {"schemes": "city_local"},
        {"schemes": ["a"] * 21},
        {"category_code": "果"},
        {"product_name": "金柚\u202e"},
        {"product_name": "金" * 201},
        {"household_no": 7},
        {"buyer_name": "张三"},
    ],
    ids=str,
)
def test_a_row_of_another_shape_is_refused(changes: dict[str, Any]) -> None:
    assert refusal(lines(row(**changes))) in {"upward_row", "upward_not_next"}


def test_a_row_without_one_of_its_columns_is_refused_and_so_is_what_is_no_row() -> None:
    for name in FULL:
        short = row()
        del short[name]
        assert refusal(lines(short)) == "upward_row", name
    for nothing in ([], "row", 1, None, {}):
        assert refusal([nothing]) == "upward_row"


def test_a_withheld_row_says_its_place_and_no_more() -> None:
    head = {name: row()[name] for name in ("position", "entry_hash")} | {"withheld": "area"}
    assert read_lines(lines(head), 0, GENESIS)[0].row == head
    assert refusal(lines(row(withheld="area"))) == "upward_row"


def test_the_code_of_a_source_begins_with_its_area() -> None:
    assert [area_of_source(one) for one in ("441400", "441400-2", "000000-832")] == [
        "441400",
        "441400",
        "000000",
    ]
    for wrong in ("", "4414", "梅州", "441400-", "441400_2", "44140０"):
        with pytest.raises(Invalid):
            area_of_source(wrong)


def test_a_month_is_read_as_it_was_written_and_nothing_else_is_one() -> None:
    content = total_bytes(HEAD, CELLS, HOMES)
    total = read_total(content)
    assert (total.head, total.cells, total.households) == (HEAD, CELLS, HOMES)
    said = orjson.loads(content)
    spoilt = [
        b"[]",
        content + b" ",
        orjson.dumps(said | {"more": 1}, option=orjson.OPT_SORT_KEYS),
        orjson.dumps(said | {"version": 0}, option=orjson.OPT_SORT_KEYS),
        orjson.dumps(said | {"chain_head": "x"}, option=orjson.OPT_SORT_KEYS),
        orjson.dumps(said | {"cells": said["cells"] * 2}, option=orjson.OPT_SORT_KEYS),
        orjson.dumps(said | {"cells": [{}]}, option=orjson.OPT_SORT_KEYS),
        orjson.dumps(said | {"households": [{"area": "4414"}]}, option=orjson.OPT_SORT_KEYS),
        content.replace(b'"sale_fen":9800', b'"sale_fen":9800.5'),
        content.replace(b'"households_covered":3', b'"households_covered":-3'),
    ]
    for one in spoilt:
        with pytest.raises(Invalid) as refused:
            read_total(one)
        assert refused.value.code == "upward_total"


def test_every_cell_in_which_two_sides_differ_is_named() -> None:
    key = next(iter(CELLS))
    other = (*key[:-1], "brokered_sale")
    found = compare_cells(CELLS | {other: (1, 5, 0)}, {key: (2, 9_700, 98)})
    assert [(one.key or {})["purchase_kind"] for one in found] == ["brokered_sale", "own_purchase"]
    assert [one.said for one in found] == ["相差 5 分、1 笔,计提相差 0 分", "相差 100 分、0 笔,计提相差 0 分"]
    assert compare_cells(CELLS, CELLS) == []
    assert [(one.from_position, one.to_position) for one in missing(3, 7)] == [(4, 7)]
    assert missing(7, 7) == missing(8, 7) == []


def test_cells_of_rows_are_read_strictly() -> None:
    good = dict(zip(KEYS, next(iter(CELLS)), strict=True)) | {"entries": 1, "sale_fen": 2, "benefit_fen": 3}
    assert list(cells_from_rows([good]).values()) == [(1, 2, 3)]
    for name, value in itertools.product(("sale_fen", "entries"), (1.5, "1", True, None)):
        with pytest.raises((ValueError, TypeError)):
            cells_from_rows([good | {name: value}])
