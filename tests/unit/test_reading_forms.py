"""What a form sends, as the JSON that the API's schemas load."""

import pytest
from marshmallow import Schema, ValidationError, fields
from werkzeug.datastructures import MultiDict

from marketplace.core.errors import BadRequest
from marketplace.core.http.fields import BasisPoints, Day, Fen, Instant, Line, Prose, StrictInteger
from marketplace.web.kit.reading import as_json, as_text, tree_of


class LineIn(Schema):
    listing_id = Line(40, required=True)
    quantity = StrictInteger(minimum=1, required=True)
    unit_price_fen = StrictInteger(minimum=0, load_default=0)


class OrderIn(Schema):
    lines = fields.List(fields.Nested(LineIn), required=True)
    names = fields.List(Line(40), load_default=list)
    price_fen = Fen(load_default=None, allow_none=True)
    rate_bp = BasisPoints(load_default=None, allow_none=True)
    urgent = fields.Boolean(load_default=True)
    on = Day(load_default=None, allow_none=True)
    at = Instant(load_default=None, allow_none=True)
    note = Prose(100, load_default="")
    title = Line(40, load_default=None, allow_none=True)


def loaded(*pairs: tuple[str, str]) -> dict[str, object]:
    schema = OrderIn(partial=True)
    return dict(schema.load(as_json(schema, tree_of(MultiDict(pairs)))))


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("12", 1200),
        ("12.5", 1250),
        ("¥1,234.56", 123456),
        ("１２．３４", 1234),
        (" 0.01 ", 1),
        ("0", 0),
        ("", None),
    ],
)
def test_yuan_become_fen(typed: str, fen: int | None) -> None:
    assert loaded(("price_fen", typed)) == {"price_fen": fen}


@pytest.mark.parametrize("typed", ["12.345", "十二元", "1e3", "12.5.5", "--1", "1 2", "12!"])
def test_what_is_no_amount_is_refused_by_the_schema_and_not_guessed(typed: str) -> None:
    with pytest.raises(ValidationError, match="应为整数"):
        loaded(("price_fen", typed))


def test_a_negative_amount_reaches_the_rule_of_the_schema() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        loaded(("price_fen", "-1"))


def test_percent_become_basis_points() -> None:
    assert loaded(("rate_bp", "12.34%")) == {"rate_bp": 1234}


def test_an_integer_of_fen_is_yuan_too_when_its_name_says_so() -> None:
    found = loaded(("lines.0.listing_id", "a"), ("lines.0.quantity", "2"), ("lines.0.unit_price_fen", "9.80"))
    assert found == {"lines": [{"listing_id": "a", "quantity": 2, "unit_price_fen": 980}]}


def test_lines_keep_the_order_of_their_numbers_whatever_is_missing() -> None:
    pairs = [
        (f"lines.{n}.{name}", text)
        for n in (10, 2, 0)
        for name, text in (("listing_id", f"l{n}"), ("quantity", "1"))
    ]
    lines = loaded(*pairs)["lines"]
    assert isinstance(lines, list)
    assert [line["listing_id"] for line in lines] == ["l0", "l2", "l10"]


def test_a_list_takes_every_value_sent_under_its_name_but_the_empty_ones() -> None:
    assert loaded(("names", "a"), ("names", ""), ("names", "b")) == {"names": ["a", "b"]}


@pytest.mark.parametrize(
    ("sent", "ticked"), [(["", "on"], True), ([""], False), (["true"], True), (["false"], False)]
)
def test_a_tick_is_true_and_its_absence_false(sent: list[str], ticked: bool) -> None:
    assert loaded(*(("urgent", text) for text in sent)) == {"urgent": ticked}


def test_a_local_time_is_that_of_shanghai() -> None:
    at = loaded(("at", "2020-09-12T10:30"))["at"]
    assert str(at) == "2020-09-12 02:30:00+00:00"


def test_an_empty_field_that_may_be_none_is_none_and_prose_may_be_empty() -> None:
    assert loaded(("on", ""), ("title", " "), ("note", "")) == {"on": None, "title": None, "note": ""}


def test_names_that_the_schema_does_not_know_are_refused_by_it() -> None:
    with pytest.raises(ValidationError, match="Unknown field"):
        loaded(("is_admin", "1"))


@pytest.mark.parametrize(
    "pairs", [[("a.b", "1"), ("a", "2")], [("a", "1"), ("a.b", "2")], [("a." * 50 + "b", "1")]]
)
def test_names_that_contradict_each_other_or_lie_deep_break_nothing(pairs: list[tuple[str, str]]) -> None:
    assert set(tree_of(MultiDict(pairs))) == {"a"}


@pytest.mark.parametrize(
    "sent",
    [
        [("lines.0", "x")],
        [("lines", "x")],
        [("lines.x.y.z", "1")],
        [("price_fen.0", "1")],
        [("names.0.a", "1")],
    ],
)
def test_trees_of_another_shape_than_the_schema_are_refused(sent: list[tuple[str, str]]) -> None:
    with pytest.raises(ValidationError):
        loaded(*sent)


def test_text_that_no_column_takes_is_refused_at_once() -> None:
    with pytest.raises(BadRequest):
        tree_of(MultiDict([("note", "a\x00b")]))


def test_what_a_form_begins_with_reads_back_as_what_it_was() -> None:
    schema = OrderIn()
    known = {"price_fen": 123456, "rate_bp": 1000, "urgent": False, "note": "一\n二"}
    shown = [(name, str(as_text(schema.load_fields[name], value))) for name, value in known.items()]
    assert dict(shown) == {"price_fen": "1234.56", "rate_bp": "10", "urgent": "", "note": "一\n二"}
    assert loaded(*shown) == known


class Patch(Schema):
    name = Line(40)
    stock = StrictInteger(minimum=0)


@pytest.mark.parametrize("name", ["name", "stock"])
def test_a_field_that_is_emptied_and_may_not_be_is_refused_instead_of_kept_as_it_was(name: str) -> None:
    with pytest.raises(ValidationError):
        Patch().load(as_json(Patch(), tree_of(MultiDict([(name, "")]))))


def test_an_instant_said_in_any_zone_is_answered_as_the_database_answers_it() -> None:
    said = OrderIn(partial=True).load({"at": "2020-09-12T10:30:00+08:00"})["at"]
    assert said.isoformat() == "2020-09-12T02:30:00+00:00"
