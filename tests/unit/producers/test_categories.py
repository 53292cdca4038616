"""The category file, and what it says of the published products."""

from collections import Counter

import pytest

from marketplace.core.errors import Invalid
from marketplace.core.money import tax_treatment
from marketplace.demo import published
from marketplace.producers import categories
from marketplace.producers.categories import Category, all_categories


def leaves() -> list[Category]:
    return [category for category in all_categories().values() if category.level == 3]


def test_every_category_lies_in_the_one_before_and_every_second_level_has_a_third() -> None:
    known = all_categories()
    assert {code[:4] for code in known if len(code) == 6} == {code for code in known if len(code) == 4}
    assert {code[:2] for code in known if len(code) == 4} == {code for code in known if len(code) == 2}


def test_titles_and_keywords_of_the_third_level_mean_one_category() -> None:
    titles = Counter(category.title_zh for category in leaves())
    keywords = Counter(word for category in leaves() for word in category.keywords)
    assert {
        title for title, times in (titles + keywords).items() if titles[title] > 1 or keywords[title] > 1
    } == set()


def test_every_third_level_says_kind_tax_and_words() -> None:
    for category in leaves():
        assert category.product_kind in categories.PRODUCT_KINDS
        assert tax_treatment(str(category.tax_treatment)).rate_bp >= 0
        assert category.keywords
        assert category.title_en


def test_vegetables_and_fresh_meat_are_exempt_and_alcohol_and_tobacco_are_never_aid() -> None:
    exempt = {category.code[:2] for category in leaves() if category.tax_treatment == "exempt_vegetable"}
    meat = {category.code for category in leaves() if category.tax_treatment == "exempt_fresh_meat_egg"}
    negative = {category.code: category.negative for category in leaves() if category.negative}
    assert exempt == {"02", "07", "08", "15"}
    assert meat == {"050101", "050102", "050103", "050104", "050201"}
    assert negative == {"110101": "alcohol", "180202": "input", "200101": "tobacco"}


def test_every_published_product_has_a_category() -> None:
    assert [
        product.name for product in published.load().products if categories.suggest(product.name) is None
    ] == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("梅县金柚", "水果/柑橘类/柚"),
        ("金柚花茶", "茶叶/再加工茶/花果茶"),
        ("广式柚皮腊肠", "肉禽蛋/肉制品/腊味"),
        ("五华高山红薯流心酥", "零食糕点/糕点/糕点饼干"),
        ("树莓果酒", "酒水饮料/酒/酒"),
        ("鸡(活鸡)", "肉禽蛋/鲜活畜禽肉/鸡"),
        ("白蕉海鱸", "水产/鲜活水产/鱼"),
        ("大米(红黑米)", "粮油/粮食/稻米"),
        ("高浓度水稻专用肥", "花木及其他农产品/其他非食用/农资"),
        ("石湾公仔", "农村手工艺品/手工艺品/陶瓷石艺"),
    ],
)
def test_a_name_says_at_its_end_what_a_thing_is(name: str, path: str) -> None:
    category = categories.suggest(name)
    assert category is not None
    assert categories.path_zh(category.code) == path


def test_a_name_of_no_known_word_has_no_suggestion() -> None:
    assert categories.suggest("ABC") is None


def test_only_the_third_level_takes_products() -> None:
    assert categories.leaf("010101").title_zh == "柚"
    for code, reason in (
        ("0101", "category_not_third_level"),
        ("019999", "unknown_category"),
        ("", "unknown_category"),
    ):
        with pytest.raises(Invalid, match=reason):
            categories.leaf(code)
    assert categories.by_title("柚") == categories.by_title("010101") == categories.leaf("010101")
    assert categories.by_title("水果") is None
