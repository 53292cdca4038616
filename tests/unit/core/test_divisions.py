"""Administrative divisions: GB/T 2260 facts that can be checked by hand, and the renames of the trade's handbook."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.core import divisions
from marketplace.core.errors import Invalid

RENAMES = [
    ("441421", "梅县", "441403", "梅县区", date(2013, 12, 8)),
    ("440923", "电白县", "440904", "电白区", date(2014, 12, 31)),
    ("441827", "清新县", "441803", "清新区", date(2012, 11, 15)),
    ("445221", "揭东县", "445203", "揭东区", date(2012, 12, 17)),
    ("441723", "阳东县", "441704", "阳东区", date(2014, 11, 1)),
    ("441283", "高要市", "441204", "高要区", date(2015, 12, 31)),
    ("445121", "潮安县", "445103", "潮安区", date(2013, 12, 31)),
    ("445323", "云安县", "445303", "云安区", date(2014, 10, 1)),
    ("450127", "横县", "450181", "横州市", date(2021, 7, 29)),
    ("451021", "田阳县", "451003", "田阳区", date(2019, 12, 31)),
    ("451023", "平果县", "451082", "平果市", date(2019, 12, 31)),
    ("450331", "荔浦县", "450381", "荔浦市", date(2018, 12, 18)),
    ("451025", "靖西县", "451081", "靖西市", date(2015, 12, 31)),
]


def test_the_country_has_thirty_four_provinces_and_guangdong_twenty_one_cities_in_code_order() -> None:
    assert len(divisions.children("000000")) == 34
    assert "".join(d.name for d in divisions.children("440000")) == (
        "广州市韶关市深圳市珠海市汕头市佛山市江门市湛江市茂名市肇庆市惠州市梅州市汕尾市河源市阳江市清远市"
        "东莞市中山市潮州市揭阳市云浮市"
    )
    assert len(divisions.children("440000")) == 21


def test_guangdong_has_122_counties_and_1757_towns() -> None:
    assert len(divisions.children("440000", "county")) == 122
    assert len(divisions.children("440000", "town")) == 1757


def test_meizhou_has_eight_counties() -> None:
    assert [(d.code, d.name) for d in divisions.children("441400")] == [
        ("441402", "梅江区"),
        ("441403", "梅县区"),
        ("441422", "大埔县"),
        ("441423", "丰顺县"),
        ("441424", "五华县"),
        ("441426", "平远县"),
        ("441427", "蕉岭县"),
        ("441481", "兴宁市"),
    ]


@pytest.mark.parametrize(("code", "first_town"), [("441900", "东城街道"), ("442000", "石岐街道")])
def test_dongguan_and_zhongshan_have_towns_directly_under_the_city(code: str, first_town: str) -> None:
    assert divisions.children(code, "county") == ()
    town = divisions.children(code)[0]
    assert (town.name, town.level, town.parent) == (first_town, "town", code)
    assert divisions.at_level(town.code, "county") == code
    assert divisions.prefix(code) == code[:4]


@pytest.mark.parametrize(("old", "old_name", "new", "new_name", "first_day"), RENAMES)
def test_an_ended_code_is_resolved_by_date(
    old: str, old_name: str, new: str, new_name: str, first_day: date
) -> None:
    last_day = date.fromordinal(first_day.toordinal() - 1)
    assert divisions.resolve(old, last_day) == old
    assert divisions.resolve(old, first_day) == new
    assert divisions.resolve(old) == new
    assert divisions.resolve(new, last_day) == old
    assert divisions.get(old).valid_to == last_day
    assert divisions.get(new).valid_from == first_day
    assert (divisions.name(old), divisions.name(new)) == (old_name, new_name)
    assert divisions.get(old).parent == divisions.get(new).parent


def test_a_code_is_refused_on_a_day_on_which_it_was_not_in_force() -> None:
    with pytest.raises(Invalid) as refused:
        divisions.get("441421", date(2020, 9, 12))
    assert refused.value.code == "division_not_in_force"
    assert divisions.get("441403", date(2020, 9, 12)).name == "梅县区"


def test_a_city_renamed_in_place_keeps_both_names_with_their_dates() -> None:
    assert divisions.name("420600", date(2008, 1, 1)) == "襄樊市"
    assert divisions.name("420600", date(2020, 1, 1)) == "襄阳市"
    assert divisions.name("420600") == "襄阳市"


def test_a_split_without_principal_heir_is_not_guessed() -> None:
    with pytest.raises(Invalid) as refused:
        divisions.resolve("130103", date(2020, 1, 1))
    assert refused.value.code == "division_not_in_force"


def test_towns_and_villages_of_an_ended_county_resolve_to_the_county_that_took_over() -> None:
    assert divisions.resolve("441421105", date(2020, 1, 1)) == "441403"
    assert divisions.resolve("441403101201", date(2020, 1, 1)) == "441403101201"


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("000000", ""),
        ("440000", "44"),
        ("441400", "4414"),
        ("441403", "441403"),
        ("441900", "4419"),
        ("460000", "46"),
        ("441403101", "441403101"),
        ("441403000000", "441403"),
        ("440000000000", "44"),
    ],
)
def test_the_prefix_is_the_digits_that_everything_inside_begins_with(code: str, digits: str) -> None:
    assert divisions.prefix(code) == digits


@pytest.mark.parametrize(
    ("scope", "code", "inside"),
    [
        ("000000", "653126", True),
        ("440000", "441403101201", True),
        ("441400", "441403", True),
        ("441400", "441403000000", True),
        ("441403", "441400", False),
        ("441403", "441421", True),
        ("441421", "441403", True),
        ("440000", "450127", False),
        ("441900", "441900003", True),
        ("442000", "441900003", False),
    ],
)
def test_a_scope_covers_what_lies_in_it_by_old_and_new_code(scope: str, code: str, inside: bool) -> None:
    assert divisions.covers(scope, code) is inside


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("441403", "广东省梅州市梅县区"),
        ("441424109", "广东省梅州市五华县长布镇"),
        ("441900003", "广东省东莞市东城街道"),
        ("500101", "重庆市万州区"),
        ("469025", "海南省白沙黎族自治县"),
        ("810000", "香港特别行政区"),
        ("441426104200", "广东省梅州市平远县八尺镇441426104200"),
    ],
)
def test_full_names_run_from_the_province_down(code: str, name: str) -> None:
    assert divisions.full_name(code) == name


def test_levels_padding_and_the_division_at_a_level() -> None:
    assert [
        divisions.level_of(c) for c in ("000000", "440000", "441400", "441403", "441403101", "441403101201")
    ] == [
        "nation",
        "province",
        "city",
        "county",
        "town",
        "village",
    ]
    assert divisions.pad12("441403") == "441403000000"
    assert divisions.pad12("441403101") == "441403101000"
    assert divisions.at_level("441403101201", "city") == "441400"
    assert divisions.at_level("441403101201", "county") == "441403"
    assert divisions.at_level("500101", "city") == "500000"
    assert divisions.at_level("440000", "county") == "440000"


@pytest.mark.parametrize(
    "code",
    [
        "",
        "44",
        "4414",
        "999999",
        "441499",
        "441403999",
        "441499101201",
        "44140310",
        "４４１４０３",
        "44140a",
        "1" * 40,
    ],
)
def test_an_unknown_code_is_refused(code: str) -> None:
    with pytest.raises(Invalid) as refused:
        divisions.get(code)
    assert refused.value.code == "unknown_division"
    assert not divisions.is_known(code)


@pytest.mark.parametrize(
    ("published", "codes"),
    [
        ("梅州", ["441400"]),
        ("梅州市", ["441400"]),
        ("梅县", ["441403"]),
        ("横县", ["450181"]),
        ("白沙黎族自治县", ["469025"]),
        ("兴宁", ["441481", "450102"]),
        ("白云区", ["440111", "520113"]),
        ("粤", ["440000"]),
        ("新疆", ["650000"]),
        ("全国", ["000000"]),
        ("大化县", ["451229"]),
        ("富川", ["451123"]),
        ("凉山州会理", ["513402"]),
        ("喀什叶城", ["653126"]),
        ("黔西南州册亨县", ["522327"]),
        ("石柱县中益乡", ["500240"]),
        ("廣州市海珠區", ["440105"]),
        ("博羅縣", ["441322"]),
        ("雲浮", ["445300"]),
        ("湛江", ["440800"]),
        ("北京", ["110000"]),
        ("梅州市五华县长布镇", ["441424109"]),
        ("梅州市平远县八尺镇黄沙村", ["441426104"]),
        ("梅州市/广州市", ["441400", "440100"]),
        (" 广东省 梅州市 ", ["441400"]),
        ("不存在的地方", []),
        ("", []),
    ],
)
def test_published_names_are_read_without_guessing(published: str, codes: list[str]) -> None:
    assert [d.code for d in divisions.find(published)] == codes


def test_a_name_is_looked_for_inside_an_area() -> None:
    assert [d.code for d in divisions.find("兴宁", within="440000")] == ["441481"]
    assert [d.code for d in divisions.find("白云区", within="520000")] == ["520113"]
    assert divisions.find("白云区", within="450000") == ()


def test_every_successor_is_a_known_code_and_no_version_ends_before_it_begins() -> None:
    from marketplace.core.divisions.table import table

    for versions in table().versions.values():
        for version in versions:
            assert version.successor is None or version.successor in table().versions
            assert (version.valid_from or date.min) <= (version.valid_to or date.max)
            assert version.parent is None or divisions.get(version.parent)


def test_the_one_character_names_of_provinces_lead_to_the_right_ones() -> None:
    names = {short: divisions.find(short)[0].name for short in "京沪渝粤桂黔贵琼台港澳新宁藏蜀川"}
    assert names == {
        "京": "北京市",
        "沪": "上海市",
        "渝": "重庆市",
        "粤": "广东省",
        "桂": "广西壮族自治区",
        "黔": "贵州省",
        "贵": "贵州省",
        "琼": "海南省",
        "台": "台湾省",
        "港": "香港特别行政区",
        "澳": "澳门特别行政区",
        "新": "新疆维吾尔自治区",
        "宁": "宁夏回族自治区",
        "藏": "西藏自治区",
        "蜀": "四川省",
        "川": "四川省",
    }


@pytest.mark.parametrize(
    ("code", "before"),
    [
        ("441403", ("441421",)),
        ("441403000", ("441421",)),
        ("320613", ("320602", "320611")),
        ("441400", ()),
        ("130502", ()),  # of the split 邢台县, with another
        ("441421", ()),
        ("000000", ()),
    ],
)
def test_a_county_knows_the_codes_it_had_before(code: str, before: tuple[str, ...]) -> None:
    assert divisions.former(code) == before
