"""One form of every text, and sizes as tokens."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import names
from search.analysis.quantities import quantities
from search.analysis.text import normalise


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("羅漢果", "罗汉果"),
        ("芒菓", "芒果"),
        ("ＡＵＳＴＡＲ　虾", "austar 虾"),
        ("金\u200b柚\u202e", "金柚"),
        ("桔子", "橘子"),
        ("桔梗", "桔梗"),
        (" 梅州\t柚子\n", "梅州 柚子"),
    ],
)
def test_texts_that_are_the_same_to_a_reader_have_one_form(typed: str, same: str) -> None:
    assert normalise(typed) == same


@given(st.text(st.characters(exclude_categories=[]), max_size=200))
def test_any_text_at_all_has_a_form_and_the_form_is_its_own(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert not set(once) & set(string.whitespace.replace(" ", ""))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("5斤装", {"w2500"}),
        ("2.5kg", {"w2500"}),
        ("2500g", {"w2500"}),
        ("十斤装", {"w5000"}),
        ("半斤", {"w250"}),
        ("一斤半", {"w750"}),
        ("500ml", {"v500"}),
        ("5升", {"v5000"}),
        ("12枚", {"c12"}),
        ("12个", {"c12"}),
        ("70g*2", {"w70", "w140", "k2"}),
        ("28g×10袋", {"w28", "w280", "k10"}),
        ("9-12枚", {"c9", "c10", "c11", "c12"}),
        ("5.5-5.6斤", {"w2750", "w2800"}),
    ],
)
def test_a_size_is_the_same_token_whatever_unit_it_was_written_in(text: str, tokens: set[str]) -> None:
    found, rest = quantities(normalise(text))
    assert {token for token in found if not token.startswith("=")} == tokens
    assert rest == ""


def test_only_a_size_that_is_no_range_is_marked_as_exact() -> None:
    assert "=c12" in quantities("12枚")[0]
    assert not [token for token in quantities("9-12枚")[0] if token.startswith("=")]


@pytest.mark.parametrize("text", ["百香果", "八角", "三江早春茶", "五粮液", "千层饼", "a4纸", "2020年"])
def test_a_word_with_a_numeral_in_it_is_no_size(text: str) -> None:
    assert quantities(normalise(text)) == ((), normalise(text))


@given(st.text(max_size=60))
def test_looking_for_sizes_never_fails(text: str) -> None:
    found, _ = quantities(normalise(text))
    assert all(token.lstrip("=")[0] in "wvck" for token in found)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("“霸王花”牌米粉", ("霸王花米粉",)),
        ("【常山胡柚】柚子常山 胡柚 5斤装 新鲜水果 包邮", ("常山胡柚", "柚子常山", "胡柚")),
        ("鸡(活鸡)", ("鸡", "活鸡")),
        ("甘岭牌绵白糖", ("甘岭绵白糖",)),
    ],
)
def test_a_name_is_read_without_marks_brand_words_sizes_and_advertising(
    name: str, parts: tuple[str, ...]
) -> None:
    assert names.hanzi_parts(name) == parts


@given(st.recursive(st.text(max_size=20), lambda inner: st.lists(inner, max_size=3), max_leaves=5))
def test_names_of_any_kind_have_parts(name: Any) -> None:
    assert isinstance(names.parts(str(name)), tuple)
