"""What a name says a thing is, what it is made of, and what places and readings words have."""

import pytest

from search.analysis import names, pinyin
from search.analysis.concepts import ancestors, concept_of, meaning
from search.analysis.places import area_codes, area_path, areas_named
from search.analysis.words import is_word, terms


def heads(name: str, category: str | None = None) -> tuple[str, ...]:
    return meaning(names.hanzi_parts(name), category).heads


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("金柚啤酒", "啤酒"),
        ("五华高山红薯", "红薯"),
        ("容县沙田柚", "柚子"),
        ("西岩乌龙茶", "茶叶"),
        ("阿西里西五谷蛋", "蛋类"),
        ("母瑞山红军米", "大米"),
        ("城口老腊肉", "腊肉"),
        ("黔江羊肚菌", "食用菌"),
    ],
)
def test_a_thing_is_what_its_name_ends_in_and_every_wider_kind(name: str, kind: str) -> None:
    [head] = heads(name)
    assert concept_of(kind) in ancestors(head)


def test_what_a_thing_is_made_of_is_in_its_name_but_is_not_what_it_is() -> None:
    said = meaning(names.hanzi_parts("洋芋粉条"))
    potato = concept_of("土豆")
    assert potato in said.bodies
    assert all(potato not in ancestors(head) for head in said.heads)


@pytest.mark.parametrize(
    ("word", "other"), [("马铃薯", "红薯"), ("柚子", "橘子"), ("黑猪", "蛋类"), ("豌豆粉丝", "米粉")]
)
def test_what_merely_ends_alike_is_no_kind_of_the_other(word: str, other: str) -> None:
    assert concept_of(other) not in ancestors(concept_of(word) or "")


@pytest.mark.parametrize("words", [("红薯", "番薯", "地瓜"), ("土豆", "马铃薯", "洋芋"), ("西红柿", "番茄")])
def test_words_for_the_same_thing_are_one_concept(words: tuple[str, ...]) -> None:
    assert len({concept_of(word) for word in words}) == 1


def test_of_several_heads_those_of_the_product_s_own_category_count() -> None:
    title = "特产板栗 坚果炒货零食"
    assert concept_of("板栗") in {concept for head in heads(title, "100101") for concept in ancestors(head)}


def test_a_wider_word_beside_a_narrower_one_says_nothing() -> None:
    assert heads("红富士苹果 水果") == (concept_of("红富士"),)


@pytest.mark.parametrize(
    ("word", "codes"),
    [
        ("梅州", ("441400",)),
        ("广东梅州", ("441400",)),
        ("横县", ("450181",)),
        ("粤", ("440000",)),
        ("大理", ("532900", "532901")),
        ("香菇", ()),
        ("梅", ()),
    ],
)
def test_a_place_is_known_by_its_old_and_new_names(word: str, codes: tuple[str, ...]) -> None:
    assert areas_named(word) == codes


def test_an_origin_lies_in_its_county_city_and_province_and_a_code_that_ended_in_its_heir() -> None:
    assert area_path("441403101") == ("440000", "441400", "441403")
    assert area_path("441421") == ("440000", "441400", "441403")
    assert area_path("440000") == ("440000",)
    assert area_codes("441403101") == ("440000", "441400", "441403", "441403101")


def test_readings_run_together_have_initials_and_a_sound() -> None:
    assert pinyin.spelled("金柚") == "jinyou"
    assert pinyin.spelled("长坝沙田柚") == "changbashatianyou"
    assert pinyin.initials("静宁苹果") == "jnpg"
    assert pinyin.sound("蓝莓") == pinyin.sound("南梅")
    assert pinyin.sound("羊肚菌") == pinyin.sound("阳肚菌")
    assert pinyin.sound("香菇") != pinyin.sound("鲜菇")
    assert pinyin.split_letters("qingyuanji") == ("qing", "yuan", "ji")
    assert pinyin.split_letters("jyqhj") is None


def test_terms_of_a_name_are_its_words_and_runs_of_them() -> None:
    assert set(terms("平远脐橙")) == {"平远", "脐橙", "平远脐橙"}
    assert all(2 <= len(term) <= 8 for term in terms("新鲜现挖番薯红黄心密署农家自种蒸煮粉糯香甜沙地地瓜"))


@pytest.mark.parametrize(
    ("word", "known"), [("海参", True), ("帐篷", True), ("红暑", False), ("阳肚菌", False)]
)
def test_a_word_of_a_dictionary_is_told_from_a_slip_of_the_pen(word: str, known: bool) -> None:
    assert is_word(word) is known
