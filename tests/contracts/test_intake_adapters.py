"""Every shape of reporting keeps the same promises, and reads a file as systems of its kind export them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from marketplace.intake import adapters as folder
from marketplace.intake.rules.adapters import adapter_from, adapters, reporting_adapters
from marketplace.intake.rules.manifests import records
from marketplace.intake.rules.rows import REASONS, RowRefused, SaleRow
from marketplace.intake.rules.shapes import Adapter
from marketplace.intake.rules.tables import personal_columns

DATA = Path(__file__).resolve().parents[1] / "data" / "intake"
NEEDED: list[dict[str, Any]] = [
    {"name": "a", "to": "order_ref", "kind": "text", "required": True},
    {"name": "b", "to": "sold_at", "kind": "instant", "required": True},
    {"name": "c", "to": "amount_fen", "kind": "fen", "required": True},
    {"name": "d", "to": "quantity_milli", "kind": "units", "required": True},
]
EVERY = pytest.mark.parametrize("adapter", reporting_adapters(), ids=lambda one: one.code)


def example(adapter: Adapter) -> dict[str, str | None]:
    """The row that people are shown."""
    return {cell.column: cell.example or None for cell in adapter.cells.values()}


def of_file(adapter: Adapter) -> list[tuple[int, Mapping[str, str | None]]]:
    [path] = [one for one in DATA.glob(f"{adapter.code}.*") if one.suffix in (".csv", ".jsonl")]
    return list(records(path.read_bytes(), path.suffix[1:], adapter))


def said(adapter: Adapter, record: Mapping[str, str | None]) -> list[Any]:
    try:
        row = adapter.read(record)
    except RowRefused as error:
        return ["refused", error.refused.reason, error.refused.field]
    return [
        row.action_ref,
        row.order_ref,
        row.line_ref,
        row.amount_fen,
        row.quantity_milli,
        row.weight_g,
        row.sold_at.isoformat(),
        row.goods_name,
        row.claims_aid,
        row.buyer_area,
        sorted(row.facts),
        dict(row.particulars),
    ]


def refusal(adapter: Adapter, record: Mapping[str, str | None]) -> tuple[str, str | None]:
    with pytest.raises(RowRefused) as refused:
        adapter.read(record)
    return refused.value.refused.reason, refused.value.refused.field


def test_every_file_of_the_folder_is_an_adapter_of_its_own_name() -> None:
    files = {path.stem for path in Path(str(folder.__file__)).parent.glob("*.toml")}
    assert files == set(adapters())


@EVERY
def test_a_file_as_such_systems_export_it_is_read_row_by_row(adapter: Adapter) -> None:
    expected = json.loads((DATA / f"{adapter.code}.expected.json").read_text("utf-8"))
    assert [[number, *said(adapter, record)] for number, record in of_file(adapter)] == expected


@EVERY
def test_the_example_that_people_are_shown_is_a_sale(adapter: Adapter) -> None:
    row = adapter.read(example(adapter))
    assert isinstance(row, SaleRow)
    assert row.action == "sale"
    assert row.amount_fen > 0


@EVERY
def test_a_column_that_the_shape_does_not_name_stops_the_row(adapter: Adapter) -> None:
    assert refusal(adapter, example(adapter) | {"颜色": "红"}) == ("unknown_column", "颜色")


@EVERY
def test_a_code_that_the_shape_does_not_name_stops_the_row(adapter: Adapter) -> None:
    coded = [cell.column for cell in adapter.cells.values() if cell.codes is not None]
    assert coded
    for column in coded:
        assert refusal(adapter, example(adapter) | {column: "怪"}) == ("unknown_code", column)
    if adapter.state_column is not None:
        record = example(adapter) | {adapter.state_column: "怪"}
        assert refusal(adapter, record) == ("unknown_code", adapter.state_column)


@EVERY
def test_what_a_shape_requires_stops_the_row_when_it_is_blank(adapter: Adapter) -> None:
    required = [cell.column for cell in adapter.cells.values() if cell.required]
    assert required
    for column in required:
        reason, field = refusal(adapter, example(adapter) | {column: " "})
        assert (reason, field) in {("missing", column), ("unknown_code", adapter.state_column)}


@EVERY
@pytest.mark.parametrize("text", ["NaN", "1e3", "-", "12.345", "1,2", "9" * 20, "+1", "0x10", "一百"])
def test_an_amount_that_is_none_stops_the_row(adapter: Adapter, text: str) -> None:
    column = next(
        cell.column for cell in adapter.cells.values() if cell.target == "amount_fen" and not cell.less
    )
    reason, field = refusal(adapter, example(adapter) | {column: text})
    assert (reason, field) in {("not_an_amount", column), ("out_of_range", column)}


@EVERY
def test_a_minus_is_no_sale(adapter: Adapter) -> None:
    column = next(
        cell.column for cell in adapter.cells.values() if cell.target == "amount_fen" and not cell.less
    )
    reason, field = refusal(adapter, example(adapter) | {column: "-49"})
    assert (reason, field) in {("sign_wrong", column), ("not_an_amount", column)}


@EVERY
def test_columns_of_persons_are_never_taken_in(adapter: Adapter) -> None:
    for name in sorted(adapter.layout.personal):
        assert name not in adapter.cells
        assert refusal(adapter, example(adapter) | {name: "某人"}) == ("personal_data", name)
        for encoding in ("utf-8", "gb18030"):
            assert personal_columns(f"订单编号,{name}\nA1,某人\n".encode(encoding), "csv", adapter)[-1:] == [
                name
            ]
        escaped = json.dumps({"订单编号": "A1", name: "某人"}).encode()
        assert personal_columns(escaped, "jsonl", adapter) == [name]
    assert personal_columns("订单编号,商品名称\n".encode(), "csv", adapter) == []


def test_the_export_of_a_shop_is_taken_in_without_its_buyers() -> None:
    adapter = adapters()["ecommerce"]
    kept = json.dumps([record for _, record in of_file(adapter)], ensure_ascii=False)
    assert "示例收件人" not in kept
    assert "13800000000" not in kept


def test_every_reason_has_words() -> None:
    assert all(REASONS.values())


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"channel_kinds": ["bazaar"]}, "no channel kind bazaar"),
        ({"facts": ["dreamt"]}, "no fact dreamt"),
        ({"actions": {"gift": "赠"}}, "no action gift"),
        ({"states": {"column": "a", "x": "maybe"}}, "no state maybe"),
        ({"column": [{"name": "a", "to": "order_ref", "kind": "text"}]}, "no column for amount_fen"),
        (
            {"column": [*NEEDED[:3], {"name": "d", "to": "quantity_milli", "kind": "units"}]},
            "must be required",
        ),
        ({"column": [{"name": "a", "to": "colour", "kind": "text"}]}, "fills nothing"),
        ({"column": [{"name": "a", "to": "order_ref", "kind": "guess"}]}, "no known kind"),
        ({"column": [{"name": "a", "to": "weight_g", "kind": "weight"}]}, "weight without units"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_when_the_service_starts(
    change: dict[str, Any], problem: str
) -> None:
    data = {
        "code": "x",
        "title": "x",
        "channel_kinds": ["zone"],
        "actions": {"sale": "sale"},
        "facts": ["paid"],
        "column": NEEDED,
    }
    assert adapter_from(data).code == "x"
    with pytest.raises(ValueError, match=problem):
        adapter_from(data | change)
