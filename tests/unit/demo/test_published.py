"""The published tables yield exact numbers of products and producers, and a remark for every cell not taken as it stands."""

import csv
from collections import Counter

import pytest

from marketplace.core import divisions
from marketplace.demo.published import load
from marketplace.demo.published.names import MismatchedBrackets, comparable, mended, simplified, split_note
from marketplace.demo.published.places import LISTED_ON, place_of, province_of
from marketplace.demo.published.rows import DIRECTORY


def product(title):
    found = [one for one in load().products if one.title == title]
    assert len(found) == 1
    return found[0]


def producer(name):
    found = [one for one in load().producers if name in (one.name, *one.spellings)]
    assert len(found) == 1
    return found[0]


def remarks_of(file, row):
    return [
        (one.kind, one.column, one.reason) for one in load().remarks if (one.file, one.row) == (file, row)
    ]


def test_342_rows_are_308_distinct_products_of_which_284_have_a_city_and_224_a_county():
    products = load().products
    assert len(products) == 308
    assert sum(one.has_city for one in products) == 284
    assert sum(one.has_county for one in products) == 224
    assert sum(len(one.listings) for one in products) == 342


def test_150_rows_and_the_product_lists_are_175_producers_of_which_111_have_a_county():
    producers = load().producers
    assert len(producers) == 175
    assert sum(one.has_county for one in producers) == 111
    assert len({one.name for one in producers}) == 175


def test_no_cell_is_changed_or_dropped_without_a_remark():
    assert Counter(one.kind for one in load().remarks) == {
        "merged": 36, "rejected": 57, "mended": 11, "flagged": 8, "resolved": 1,
    }  # fmt: skip
    assert all(one.reason and one.row > 1 for one in load().remarks)


def test_a_product_of_six_rows_is_one_product():
    assert [one.row for one in product("百色芒果").listings] == [10, 21, 37, 56, 66, 71]


def test_one_name_of_two_producers_is_two_products():
    same = [one.producer for one in load().products if one.title == "丝苗米"]
    assert same == ["增城市优质米生产基地公司", "增城市泰稷发展有限公司"]


def test_one_name_in_two_counties_is_two_products():
    places = {one.area_code for one in load().products if one.title == "百香果"}
    assert {divisions.name(code) for code in places} == {"白沙黎族自治县", "平远县"}


def test_two_spellings_of_one_name_meet():
    assert len(product("五华高山红薯").listings) == 3  # once as 五华县高山红薯
    assert len(product("郁南無核黃皮").listings) == 2  # once simplified
    assert comparable("“黄花”牌沙糖橘") == comparable("黃花沙糖桔")


def test_traditional_characters_stay_as_published():
    assert product("增城遲菜心").area_code == "440118"
    assert producer("惠東縣百事盛農牧有限公司").area_code == "441323"


def test_the_simplified_table_knows_every_traditional_character_of_names_and_places():
    known_traditional = (
        "縣鄉鎮農業漁場園團東廣蘇龍樓壩雞鱸無臍蘋馬鈴貢紅黃橋聲樂遲關雲羅個區寧書為綠華記進鮮類實鴻藝順興豐"
    )
    for file in ("producers_aid_entities.csv", "certified_products_guangdong.csv"):
        text = (DIRECTORY / file).read_text(encoding="utf-8")
        used = set(known_traditional) & set(text)
        assert used
        assert not used & set(simplified(text))


def test_a_company_in_two_spellings_is_one_producer():
    found = producer("广西金秀瑶族自治县瑶山王茶业有限公司")
    assert found.name == "广西金秀县瑶山王茶业有限公司"
    assert found.area_code == "451324"


def test_one_body_in_two_lists_is_joined():
    assert len(producer("河源恒昌农牧实业有限公司").titles) == 2
    assert producer("惠陽華記菜場").spellings == ("惠州惠阳华记菜场",)


def test_three_companies_that_differ_only_by_county_stay_three():
    found = {one.name: one.area_code for one in load().producers if one.name.endswith("东瑞农牧发展有限公司")}
    assert found == {
        "连平东瑞农牧发展有限公司": "441623",
        "紫金东瑞农牧发展有限公司": "441621",
        "龙川东瑞农牧发展有限公司": "441622",
    }


def test_mismatched_brackets_are_mended_and_said():
    assert producer("广南(湛江)家丰饲料有限公司").area_code == "440800"
    assert remarks_of("producers_aid_entities.csv", 11) == [
        ("mended", "主体名称", "括号不配对,读作 广南(湛江)家丰饲料有限公司")
    ]


@pytest.mark.parametrize("name", ["广南(湛江家丰", "广南湛江)家丰", "广南(湛江]]家丰"])
def test_a_bracket_without_a_partner_is_refused(name):
    with pytest.raises(MismatchedBrackets):
        mended(name)


def test_a_note_behind_a_name_is_not_part_of_it_but_a_bracket_inside_is():
    assert split_note("开平市合民养殖发展有限公司(肉鸡养殖基地)") == (
        "开平市合民养殖发展有限公司",
        "肉鸡养殖基地",
    )
    assert split_note("康仙茶業(廣東)有限公司") == ("康仙茶業(廣東)有限公司", "")


def test_ditto_is_followed_to_the_row_above():
    found = producer("三禾米业")
    assert found.figures_text == producer("通达米业").figures_text
    assert (found.helped.households.value, found.helped.households.qualifier) == (2000, "over")
    assert remarks_of("producers_aid_entities.csv", 102)[0][:2] == ("resolved", "带贫或经营数据(原文)")


def test_a_company_in_the_list_of_another_province_is_flagged_but_a_branch_is_not():
    assert [one.name for one in load().producers if one.province_doubtful] == ["海南海霸食品有限公司"]
    assert remarks_of("producers_aid_entities.csv", 120) == [
        ("flagged", "省份", "名称以另一省开头,名录所属省份存疑")
    ]
    assert producer("湖南新五豐股份有限公司惠州分公司").area_code == "441300"


def test_a_project_and_a_second_name_are_no_producers():
    assert remarks_of("producers_aid_entities.csv", 91) == [
        ("rejected", "主体类型(按名称或原文)", "项目不是主体")
    ]
    assert remarks_of("producers_aid_entities.csv", 84) == [
        ("rejected", "主体名称", "另一行的备注以此为该主体的别名")
    ]


@pytest.mark.parametrize(
    ("title", "fen", "qualifier"),
    [("薄沙茶", 880_0000_00, "exact"), ("五里路绿茶", 1000_0000_00, "over"), ("洋芋粉條", 30_0000_00, "over"),
     ("潮州柑", 30_0000_00, "over"), ("“瑶家树”红茶", 1250_0000_00, "exact")],
)  # fmt: skip
def test_a_commodity_value_is_read_with_its_qualifier(title, fen, qualifier):
    assert (product(title).value.value_fen, product(title).value.qualifier) == (fen, qualifier)


def test_what_was_sold_is_not_a_commodity_value():
    assert product("核桃油").value is None
    assert remarks_of("certified_products_aid_catalogue.csv", 64) == [
        ("rejected", "商品价值量(原文)", "是已销售额,不是商品价值量")
    ]


def test_households_and_persons_are_kept_apart():
    chicken = product("七百弄鸡")
    assert (chicken.helped.households.value, chicken.helped.persons.value) == (2908, 11632)
    company = producer("金绿公司")
    assert (company.helped.households.value, company.helped.persons.value) == (1024, 3431)


@pytest.mark.parametrize(
    ("province", "printed", "names", "code", "basis"),
    [("贵州", "黔南州长顺县", (), "522729", "published"), ("新疆", "喀什莎车", (), "653125", "published"),
     ("广东", "廣州", ("增城遲菜心",), "440118", "named"), ("广东", "清远市", ("清远鸡",), "441800", "published"),
     ("广西", "", ("横县茉莉花茶",), "450127", "named"), ("广西", "富川", (), "451123", "published"),
     ("广东", "梅州市/广州市", (), "441400", "published"), ("广东", "", ("東升脆肉皖",), "440000", "none"),
     ("四川", "凉山州会理", (), "513425", "published"), ("毕节市", "", (), None, None)],
)  # fmt: skip
def test_a_place_is_found_as_of_2020_and_never_guessed(province, printed, names, code, basis):
    found = province_of(province)
    if code is None:
        assert found is None
        return
    place = place_of(found, printed, names)
    assert (place.code, place.basis) == (code, basis)
    assert divisions.get(place.code, LISTED_ON)


def test_66_of_103_published_figures_are_money_and_signings_are_no_sales():
    figures = load().figures
    assert len(figures) == 66
    assert sum(one.is_sale for one in figures) == 49
    assert not any(one.is_sale for one in figures if "签约" in one.indicator or "意向" in one.indicator)
    assert next(one.amount.value_fen for one in figures if one.part_of_another) == 12_0000_0000_00
    first = figures[0].amount
    assert (first.value_fen, first.qualifier) == (230_0000_0000_00, "over")


def test_every_published_table_names_its_sources():
    for path in sorted(DIRECTORY.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            assert next(csv.reader(stream))[-1].endswith("source")
