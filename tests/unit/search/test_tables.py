"""The language tables of search/data agree with themselves, with the categories, the marks and the divisions."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import unicodedata
from collections import Counter
from decimal import Decimal
from itertools import chain
from pathlib import Path

import opencc
import pytest

from marketplace.core.divisions.names import aliases
from marketplace.producers.categories import all_categories
from marketplace.producers.codes import QUALITY_MARKS
from search.analysis.concepts import ancestors, concept_of, parents, vocabulary
from search.analysis.tables import FOLDER, Tables, tables

ALSO_PLACES = frozenset({"牡丹", "普洱", "惠农", "龙井"})
"""Goods and marks first, places second: 龙井茶 is not from 龙井市."""
DIVISIONS = FOLDER.parents[1] / "data" / "divisions"


@pytest.fixture(scope="module")
def t() -> Tables:
    return tables()


def every_word(t: Tables) -> list[str]:
    """Of every table that holds words, stop words included; protected spellings are none."""
    grouped = chain(*t.synonyms, t.kinds, *t.kinds.values())
    return sorted({*grouped, *t.category_words, *t.marks, *t.readings, *t.words, *t.stopwords})


def test_every_table_holds_something_and_is_read_once(t: Tables) -> None:
    assert len(t.synonyms) >= 250
    assert min(map(len, (t.kinds, t.category_words, t.variants, t.lookalikes, t.readings, t.words))) >= 50
    assert min(map(len, (t.marks, t.stopwords, t.units.grams, t.units.counts, t.fuzzy))) >= 5
    assert tables() is t


def test_every_file_says_what_it_is_and_stands_in_the_readme() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    files = [path for path in FOLDER.iterdir() if path.name != "README.md"]
    assert len(files) == 13
    for path in files:
        assert path.read_text(encoding="utf-8").startswith("# "), path.name
        assert f"`{path.name}`" in readme


def test_no_word_stands_in_two_groups_of_synonyms_or_twice_in_one(t: Tables) -> None:
    counts = Counter(chain.from_iterable(t.synonyms))
    assert [word for word, count in counts.items() if count > 1] == []
    assert [group for group in t.synonyms if len(group) < 2] == []


def test_kinds_have_no_cycle_and_no_line_twice(t: Tables) -> None:
    for word, wider in t.kinds.items():
        assert len(set(wider)) == len(wider), word
    for concept in vocabulary().words:
        for one in parents(concept):
            assert concept not in ancestors(one), (concept, one)


def test_kinds_are_written_in_canonical_words(t: Tables) -> None:
    words = set(t.kinds) | set(chain.from_iterable(t.kinds.values()))
    assert sorted(word for word in words if concept_of(word) != word) == []


def test_what_is_no_kind_ends_in_the_other_word_and_both_are_canonical(t: Tables) -> None:
    for word, others in t.no_kinds.items():
        for other in others:
            assert word.endswith(other)
            assert (concept_of(word), concept_of(other)) == (word, other)
            assert other not in ancestors(word)


def test_synonyms_kinds_and_their_reach_say_what_the_trade_says() -> None:
    assert concept_of("地瓜") == concept_of("番薯") == "红薯"
    assert set(vocabulary().words["马铃薯"]) >= {"马铃薯", "土豆", "洋芋"}
    assert concept_of("没有这个词") is None
    assert ancestors("金柚")[:3] == ("金柚", "柚子", "沙田柚")
    assert {"柑橘类", "水果"} <= set(ancestors("金柚"))
    assert all("蛋类" in ancestors(egg) for egg in ("鸡蛋", "土鸡蛋", "海鸭蛋"))
    assert "食用菌" not in ancestors("冬虫夏草")
    assert "柚子" not in ancestors("水果")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("苦瓜", "西瓜"), ("马蹄", "马铃薯"), ("红豆", "红枣"), ("火麻油", "芝麻油"), ("佛手", "佛手瓜"), ("冬虫夏草", "虫草花"),
        ("油橄榄", "橄榄"), ("鲟鱼", "甲鱼"), ("红花", "藏红花"), ("黄连", "黄芪"), ("人参", "西洋参"), ("海带", "紫菜"),
        ("豆腐乳", "豆腐"), ("葛根粉", "藕粉"), ("黄花鱼", "黄花菜"), ("桃胶", "阿胶"), ("椰子", "枣子"), ("山药", "土豆"),
        ("淡水鱼", "甲鱼"), ("秋刀鱼", "带鱼"), ("小黄鱼", "大黄鱼"), ("荞麦茶", "大麦茶"), ("野菜干", "白菜干"),
        ("矿泉水", "山泉水"),
    ],
)  # fmt: skip
def test_different_goods_with_similar_names_are_neither_equal_nor_kinds(one: str, other: str) -> None:
    first, second = concept_of(one) or one, concept_of(other) or other
    assert first != second
    assert second not in ancestors(first)
    assert first not in ancestors(second)


def test_category_words_lead_to_categories_that_exist(t: Tables) -> None:
    codes = set(chain.from_iterable(t.category_words.values()))
    assert codes <= set(all_categories())
    assert {code for code in all_categories() if len(code) == 2} - {code[:2] for code in codes} == set()
    for word, named in t.category_words.items():
        assert len(set(named)) == len(named), word
        assert [c for c in named if any(c != o and c.startswith(o) for o in named)] == [], word


def test_marks_are_those_of_the_producers_and_each_has_its_words(t: Tables) -> None:
    assert {mark for mark in t.marks.values() if mark} == set(QUALITY_MARKS)
    assert t.marks["地标"] == "geographical_indication"
    assert t.marks["助农"] is None
    for mark, title in QUALITY_MARKS.items():
        assert t.marks[title] == mark


def test_variants_keep_the_length_and_lead_to_standard_words_in_one_step(t: Tables) -> None:
    for variant, standard in t.variants.items():
        assert len(variant) == len(standard), variant
        assert t.fold(variant) == standard
        assert t.fold(standard) == standard, variant


def test_a_protected_spelling_protects_from_something(t: Tables) -> None:
    changed = [variant for variant, standard in t.variants.items() if variant != standard]
    for word in (variant for variant, standard in t.variants.items() if variant == standard):
        assert any(variant in word for variant in changed), word
    assert t.fold("桔梗和砂糖桔") == "桔梗和砂糖橘"


def test_every_word_is_in_standard_form(t: Tables) -> None:
    simple = opencc.OpenCC("t2s")
    for word in every_word(t):
        folded = t.fold(simple.convert(unicodedata.normalize("NFKC", word)).lower())
        assert folded == word


def test_no_variant_changes_the_name_of_a_division(t: Tables) -> None:
    names = [name for file in ("provinces", "cities", "counties") for name in division_names(file)]
    assert [name for name in names if t.fold(name) != name] == []


def division_names(file: str) -> list[str]:
    with Path(DIVISIONS / f"{file}.csv").open(encoding="utf-8", newline="") as opened:
        return [row["name"] for row in csv.DictReader(opened)]


def test_words_that_are_also_places_are_known(t: Tables) -> None:
    places = {
        alias
        for file in ("provinces", "cities", "counties")
        for name in division_names(file)
        for alias in aliases(name)
    }
    assert (set(every_word(t)) - set(t.readings)) & places == ALSO_PLACES


def test_lookalikes_are_single_characters_in_disjoint_groups(t: Tables) -> None:
    counts = Counter(chain.from_iterable(t.lookalikes))
    assert [character for character, count in counts.items() if count > 1] == []
    assert [group for group in t.lookalikes if len(group) < 2] == []


def test_readings_are_only_those_that_pypinyin_gets_wrong(t: Tables) -> None:
    # Asked in a process of its own: this one may have taught pypinyin our readings.
    words = list(t.readings)
    asked = (
        "import json, sys; from pypinyin import lazy_pinyin;"
        " print(json.dumps([lazy_pinyin(word) for word in json.load(sys.stdin)]))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", asked], input=json.dumps(words), capture_output=True, text=True, check=True
    )
    for word, untaught in zip(words, json.loads(answer.stdout), strict=True):
        assert len(t.readings[word]) == len(word), word
        assert list(t.readings[word]) != untaught, word
    assert t.readings["长坝"] == ("chang", "ba")


def test_fuzzy_sounds_are_pairs_that_stand_once(t: Tables) -> None:
    pairs = [frozenset((rule.one, rule.other)) for rule in t.fuzzy]
    assert len(set(pairs)) == len(pairs)
    assert {rule.at for rule in t.fuzzy} == {"initial", "final"}
    assert {(rule.one, rule.other) for rule in t.fuzzy if rule.is_on} >= {
        ("zh", "z"),
        ("ch", "c"),
        ("sh", "s"),
    }


def test_units_are_exact_and_written_in_one_way(t: Tables) -> None:
    units = t.units
    assert units.grams["斤"] == Decimal(500)
    assert units.grams["公斤"] == units.grams["kg"] == units.grams["斤"] * 2
    assert units.grams["两"] * 10 == units.grams["斤"]
    assert units.millilitres["升"] == units.millilitres["ml"] * 1000
    assert units.counts["枚"] == units.counts["个"] != units.counts["袋"]
    spellings = [*units.grams, *units.millilitres, *units.counts]
    assert len(set(spellings)) == len(spellings)
    assert [s for s in spellings if unicodedata.normalize("NFKC", s).lower() != s] == []
    assert units.digits["两"] == 2
    assert units.tens["十"] == 10


def test_the_segmenters_words_hold_only_what_no_other_table_holds(t: Tables) -> None:
    others = set(chain.from_iterable(t.synonyms)) | set(t.kinds) | set(chain.from_iterable(t.kinds.values()))
    others |= set(t.marks) | set(t.category_words)
    others |= {keyword for category in all_categories().values() for keyword in category.keywords}
    assert sorted(t.words & others) == []


def test_a_stop_word_is_no_word_of_goods_places_or_marks(t: Tables) -> None:
    goods = (
        set(chain.from_iterable(t.synonyms)) | set(t.kinds) | set(t.category_words) | set(t.marks) | t.words
    )
    assert sorted(t.stopwords & goods) == []
    assert t.stopwords & {"鲜", "干", "大", "小", "野生", "新鲜"} == set()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("kinds.csv", "word,kind\n金柚,柚子\n", "word,is_a"),
        ("kinds.csv", "word,is_a\n金柚\n", "金柚"),
        ("variants.txt", "桔\n", "桔"),
        ("variants.txt", "桔=橘\n桔=桔\n", "桔"),
    ],
)
def test_a_file_of_another_shape_is_refused_by_its_line(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    for path in FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        tables(tmp_path)
