"""From the texts of a form to what a schema loads, and back: mappings, quantities in units, lines left blank."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, fields
from werkzeug.datastructures import MultiDict

from marketplace.core.http.fields import Fen, Line, StrictInteger
from marketplace.web.kit import Form
from marketplace.web.kit.reading import as_json, as_text, tree_of


class LineIn(Schema):
    goods_name = Line(60, required=True)
    quantity_milli = StrictInteger(minimum=1, required=True)


class Declared(Schema):
    figures = fields.Dict(keys=fields.String(), values=Fen(minimum=-(10**12)), load_default=dict)
    changes = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    lines = fields.List(fields.Nested(LineIn), load_default=list)


def read(**typed: str) -> dict[str, Any]:
    schema = Declared()
    loaded: dict[str, Any] = schema.load(as_json(schema, tree_of(MultiDict(typed))))
    return loaded


def test_a_mapping_of_money_is_typed_in_yuan_and_a_blank_figure_is_none() -> None:
    typed = {"figures.sales": "¥1,234.5", "figures.aid": "-3", "figures.other": ""}
    assert read(**typed)["figures"] == {"sales": 123_450, "aid": -300}


def test_a_mapping_of_texts_keeps_what_was_emptied() -> None:
    typed = {"changes.小票号": "", "changes.金额(元)": "12"}
    assert read(**typed)["changes"] == {"小票号": "", "金额(元)": "12"}


@pytest.mark.parametrize(
    ("typed", "milli"), [("100", 100_000), ("2.5", 2_500), ("0.001", 1), ("1,000", 1_000_000)]
)
def test_thousandths_are_typed_in_units(typed: str, milli: int) -> None:
    told = {"lines.0.goods_name": "金柚", "lines.0.quantity_milli": typed}
    assert read(**told)["lines"] == [{"goods_name": "金柚", "quantity_milli": milli}]


@pytest.mark.parametrize("typed", ["2.5555", "很多", "-1", "1e3"])
def test_what_is_no_quantity_is_refused_at_its_field(typed: str) -> None:
    schema = Declared()
    told = {"lines.0.goods_name": "金柚", "lines.0.quantity_milli": typed}
    errors = schema.validate(as_json(schema, tree_of(MultiDict(told))))
    assert list(errors["lines"][0]) == ["quantity_milli"]


def test_a_line_left_blank_is_none_and_one_half_filled_in_is_refused() -> None:
    blank = {"lines.1.goods_name": "", "lines.1.quantity_milli": ""}
    assert read(**blank)["lines"] == []
    schema = Declared()
    half = as_json(schema, tree_of(MultiDict({"lines.0.goods_name": "金柚", "lines.0.quantity_milli": ""})))
    assert list(schema.validate(half)["lines"][0]) == ["quantity_milli"]


@pytest.mark.parametrize(("milli", "shown"), [(100_000, "100"), (2_500, "2.5"), (1, "0.001"), (10_000, "10")])
def test_thousandths_are_shown_in_units(milli: int, shown: str) -> None:
    assert as_text(LineIn().load_fields["quantity_milli"], milli) == shown


def test_a_form_finds_the_field_of_an_entry_of_a_mapping() -> None:
    form = Form(Declared).fill(figures={"sales": 123_450})
    assert form.value("figures.sales") == "1234.50"
    assert form.spec("figures.sales")["unit"] == "yuan"
    assert form.value("figures.other") == ""
