"""What is invented is the same every time, well formed, and stands in ranges that no register issues."""

from collections import Counter

import pytest

from marketplace.core import divisions
from marketplace.core.identifiers import parse_uscc
from marketplace.demo.invented import prices, seasons
from marketplace.demo.invented.codes import demo_uscc, demo_village, is_demo_uscc, is_demo_village
from marketplace.demo.invented.draw import Draw
from marketplace.demo.invented.households import households
from marketplace.demo.published import load


def test_a_draw_depends_on_seed_and_key_only():
    assert [Draw().number(100, "price", n) for n in range(5)] == [
        Draw().number(100, "price", n) for n in range(5)
    ]
    assert Draw("2020").number(10**9, "x") != Draw("2021").number(10**9, "x")
    assert Draw().number(10**9, "a", "bc") != Draw().number(10**9, "ab", "c")


def test_a_weighted_draw_keeps_to_its_weights():
    found = Counter(Draw().weighted((0, 1, 3), n) for n in range(4_000))
    assert found[0] == 0
    assert 2.6 < found[2] / found[1] < 3.4


@pytest.mark.parametrize("kind", ["91", "93", "N2", "11", "12", "81", "92"])
def test_an_invented_credit_code_is_well_formed_and_marked(kind):
    code = demo_uscc(kind, "441403", 31**4 - 1)
    assert parse_uscc(code) == code
    assert is_demo_uscc(code)
    assert code[:8] == f"{kind}441403"


def test_a_real_credit_code_is_not_ours():
    assert not is_demo_uscc("91110000600037341L")


def test_invented_credit_codes_do_not_repeat():
    assert len({demo_uscc("93", "441403", serial) for serial in range(2_000)}) == 2_000


@pytest.mark.parametrize(("kind", "serial"), [("99", 1), ("91", -1), ("91", 31**4)])
def test_what_is_no_demo_code_is_refused(kind, serial):
    with pytest.raises(ValueError, match=r"unknown kind|out of range"):
        demo_uscc(kind, "441403", serial)


def test_an_invented_village_lies_in_its_county_and_in_no_real_town():
    assert demo_village("441403", 0) == "441403001990"
    assert demo_village("522327", 3) == "522327001993"
    assert is_demo_village(demo_village("441403", 9))
    assert divisions.level_of(demo_village("441900", 0)) == "village"
    with pytest.raises(ValueError, match="out of range"):
        demo_village("441403", 10)


def test_households_are_the_same_every_time_named_demo_and_of_plausible_size():
    found = households(Draw(), "441424", 500)
    assert found == households(Draw(), "441424", 500)
    assert all(one.head[1:] == "演示" for one in found)
    assert {one.village_code for one in found} == {demo_village("441424", 0), demo_village("441424", 1)}
    assert 3.2 < sum(one.persons for one in found) / 500 < 3.6
    assert all(one.workers <= one.persons for one in found)
    assert {one.file_standard for one in found} == {"gd_relative"}
    assert {one.file_standard for one in households(Draw(), "520522", 5)} == {"national_registered"}
    assert not [one for one in found if one.monitor_type == "unstable" and one.graduated_on is None]


def test_a_county_with_more_households_keeps_the_first_ones():
    assert households(Draw(), "441424", 20)[:10] == households(Draw(), "441424", 10)


def test_the_months_of_2020_sum_to_the_year_and_september_is_the_highest():
    assert sum(seasons.MONTH_BP) == 10_000
    assert sum(seasons.per_month(6_001)) == 6_001
    assert max(range(12), key=seasons.MONTH_BP.__getitem__) == 8
    assert {seasons.day_of_month(Draw(), 2, n).day for n in range(500)} == set(range(1, 30))


@pytest.mark.parametrize(
    ("name", "code"),
    [("山茶油", "oil"), ("西牛麻竹笋", "vegetable"), ("连州水晶梨", "fruit"), ("联安红肉火龙果", "fruit"),
     ("融水田鲤", "aquatic"), ("高浓度水稻专用肥", "farm_input"), ("“勤家园”水果玉米", "tuber"), ("英石", "craft"),
     ("五华高山红薯流心酥", "snack"), ("脆蜜金桔", "fruit"), ("苦荞小酒", "drink"), ("紅棗", "nut"),
     ("封開縣杏花雞", "meat"), ("云浮腐竹", "nut"), ("佛手瓜", "vegetable"), ("城东特小凤西瓜", "fruit")],
)  # fmt: skip
def test_the_head_word_of_a_name_decides_its_group(name, code):
    assert prices.group_of(name).code == code


def test_every_published_product_has_a_group_and_a_price_of_whole_jiao():
    groups = {one.title: prices.group_of(one.title) for one in load().products}
    assert all(groups.values())
    fen = [prices.price_fen(Draw(), group, title) for title, group in groups.items()]
    assert all(price >= 100 and price % 10 == 0 for price in fen)
    assert fen == [prices.price_fen(Draw(), group, title) for title, group in groups.items()]


def test_a_name_that_tells_nothing_has_no_group():
    assert prices.group_of("山川") is None
