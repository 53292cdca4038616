"""How a query is read: constraints, wishes, corrections. Without a database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.errors import Invalid
from search.analysis import pinyin
from search.analysis.text import normalise
from search.engines.protocol import (
    NEVER,
    AllOf,
    AnyOf,
    Expression,
    Token,
    all_of,
    any_of,
    simplify,
)
from search.query import corrections
from search.query.corrections import candidates, corrected, suggestions
from search.query.plan import LONGEST_QUERY, check, plan


def holds(expression: Expression | None, tokens: Collection[str]) -> bool:
    if expression is None:
        return True
    if isinstance(expression, Token):
        return expression.text in tokens
    parts = [holds(part, tokens) for part in expression.parts]
    return all(parts) if isinstance(expression, AllOf) else any(parts)


@dataclass
class Words:
    """A lexicon over a few documents, given as their tokens and terms."""

    documents: list[set[str]] = field(default_factory=list)
    terms: tuple[str, ...] = ()

    def read_as(self, letters: str) -> Sequence[str]:
        return [term for term in self.terms if pinyin.spelled(term) == letters]

    def sounding(self, sound: str) -> Sequence[str]:
        return [term for term in self.terms if pinyin.sound(term) == sound]

    def with_initials(self, letters: str) -> Sequence[str]:
        return [term for term in self.terms if pinyin.initials(term) == letters]

    def has(self, expression: Expression) -> bool:
        return any(holds(expression, document) for document in self.documents)


POMELO = {"h:柚子", "k:柚子", "n:柚", "o:440000", "o:441400", "q:w2500", "q:=w2500"}


def matches(text: str, tokens: set[str], words: Words | None = None) -> bool:
    read = plan(check(text), words or Words())
    return holds(all_of([*read.filters, *filter(None, [read.strict()])]), tokens)


def test_a_place_that_stands_alone_is_a_constraint() -> None:
    read = plan("梅州 柚子", Words())
    assert read.places == ("梅州",)
    assert read.filters == (Token("o:441400"),)
    assert matches("梅州 柚子", POMELO)
    assert not matches("梅州 柚子", POMELO - {"o:441400"})


def test_a_place_grown_together_with_goods_is_a_wish_and_goods_from_elsewhere_are_only_related() -> None:
    elsewhere = POMELO - {"o:441400", "o:440000"} | {"o:450000"}
    read = plan("梅州柚子", Words())
    assert matches("梅州柚子", POMELO)
    assert not matches("梅州柚子", elsewhere)
    assert holds(any_of(read.related()), elsewhere)


@pytest.mark.parametrize("size", ["5斤", "2.5kg", "2500g", "2.5公斤"])
def test_a_size_is_a_constraint_in_any_unit(size: str) -> None:
    assert matches(f"柚子 {size}", POMELO)
    assert not matches(f"柚子 {size}", POMELO - {"q:w2500"})


@pytest.mark.parametrize("word", ["柚子", "文旦", "jinyou", "youzi"])
def test_goods_are_found_by_a_synonym_and_by_pinyin(word: str) -> None:
    assert matches(word, POMELO | {"k:金柚", "h:金柚", "h:沙田柚", "k:沙田柚"})


def test_goods_made_of_what_was_asked_are_found_below_what_it_is() -> None:
    beer = {"h:啤酒", "k:啤酒", "k:柚子"}
    assert matches("柚子", beer)
    points = plan("柚子", Words()).points()

    def score(tokens: set[str]) -> int:
        return sum(given_points for expression, given_points in points if holds(expression, tokens))

    assert score(POMELO) > score(beer) > 0


def test_a_state_moves_goods_up_and_is_never_required() -> None:
    lily = {"h:百合", "k:百合"}
    assert matches("百合 鲜", lily)


@pytest.mark.parametrize("text", ["请问 哪里买 柚子", "柚子 多少钱", "正宗的柚子"])
def test_words_that_say_nothing_are_dropped(text: str) -> None:
    assert matches(text, POMELO)


def test_initials_are_read_and_two_neighbours_may_be_swapped() -> None:
    words = Words(terms=("平远脐橙",))
    orange = {f"n:{pair}" for pair in ("平远", "远脐", "脐橙")}
    assert matches("pyqc", orange, words)
    assert matches("pycq", orange, words)
    assert not matches("pyq", orange, words)


def test_a_word_that_sounds_the_same_is_tried_when_nothing_matches() -> None:
    words = Words(documents=[POMELO | {"k:金柚"}], terms=("金柚",))
    assert "金柚" in candidates("金友", words)
    tried = [text for text, _ in corrected("金友", plan("金友", words), words)]
    assert tried[0] == "金柚"


@pytest.mark.parametrize(
    ("typed", "meant"), [("板粟", "板栗"), ("红暑", "红薯"), ("阳肚菌", "羊肚菌"), ("火龙过", "火龙果")]
)
def test_a_slip_of_the_pen_is_read_as_the_word_of_the_trade(typed: str, meant: str) -> None:
    read_as = normalise(typed)
    assert meant in (read_as, *candidates(read_as, Words()))


@pytest.mark.parametrize("word", ["榴莲", "海参", "燕窝", "冬虫夏草"])
def test_a_word_of_the_trade_is_never_taken_for_another(word: str) -> None:
    assert candidates(word, Words(terms=("流连", "海深", "言我"))) == []


def test_a_long_run_of_unknown_characters_is_not_tried_piece_by_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unknown = "".join(chr(0x4E00 + 37 * number) for number in range(LONGEST_QUERY))
    tried: list[str] = []
    monkeypatch.setattr(corrections, "words_sounding", lambda sound: tried.append(sound) or ())
    assert list(corrected(unknown, plan(unknown, Words()), Words())) == []
    assert len(tried) <= 2
    assert candidates("新鲜香姑", Words())  # short ones are


def test_letters_without_end_are_no_initials_and_no_two_words() -> None:
    asked: list[str] = []

    class Asked(Words):
        def read_as(self, letters: str) -> Sequence[str]:
            asked.append(letters)
            return ()

        with_initials = read_as

    for letters in ("ma" * 100, "q" * 200, "qzjxgkhw" * 25):
        asked.clear()
        plan(letters, Asked())
        assert len(asked) <= 4, letters


def test_a_text_without_any_word_wants_what_nothing_has() -> None:
    for text in ("***???", "%_%", "🍊"):
        assert plan(check(text), Words()).strict() == NEVER
    assert plan("", Words()).strict() is None


def test_a_place_without_hits_is_read_as_text() -> None:
    tried = list(corrected("莲花 绿茶", plan("莲花 绿茶", Words()), Words()))
    assert tried[0][1].places == ()


def test_what_would_have_hits_is_offered_apart() -> None:
    words = Words(documents=[POMELO])
    assert list(suggestions("北京 柚子", plan("北京 柚子", words), words)) == ["柚子"]
    assert list(suggestions("信丰柚子", plan("信丰柚子", words), words)) == ["柚子"]


def test_a_query_that_is_too_long_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        check("柚" * (LONGEST_QUERY + 1))
    assert refused.value.code == "query_too_long"


@given(st.text(st.characters(exclude_categories=[]), max_size=LONGEST_QUERY))
def test_any_text_can_be_asked_for(text: str) -> None:
    read = plan(check(text), Words())
    list(corrected(check(text), read, Words()))
    assert len(read.words()) <= 500


tokens = st.sampled_from("abcd").map(Token)
expressions = st.recursive(
    tokens | st.just(NEVER) | st.just(AllOf(())),
    lambda inner: st.lists(inner, max_size=3).flatmap(
        lambda parts: st.sampled_from([AllOf(tuple(parts)), AnyOf(tuple(parts))])
    ),
    max_leaves=8,
)


@given(expressions, st.sets(st.sampled_from("abcd")))
def test_a_simplified_expression_says_the_same(expression: Expression, found: set[str]) -> None:
    assert holds(simplify(expression), found) == holds(expression, found)
