"""Numbers of other registers: one normal form, checked; refusals never repeat the value."""

from datetime import date
from itertools import islice
from uuid import RFC_4122, UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core import identifiers as ids
from marketplace.core.errors import Invalid
from marketplace.core.ids import many_uuid7, uuid7, uuids_of

TODAY = date(2020, 9, 12)


@pytest.mark.parametrize("code", ["91110000600037341L", "91350100M000100Y43"])
def test_published_credit_codes_are_accepted(code: str) -> None:
    assert ids.parse_uscc(code) == code


def test_a_credit_code_is_read_from_full_width_lower_case_and_spaced_text() -> None:
    assert ids.parse_uscc(" 91110000 600037341l ") == "91110000600037341L"
    full_width = "91110000600037341l".translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)})
    assert ids.parse_uscc(full_width) == "91110000600037341L"


def test_a_village_collective_with_letters_in_front_has_a_valid_credit_code() -> None:
    code = ids.build_uscc("N2441403MF000001")
    assert code[:2] == "N2"
    assert len(code) == 18
    assert ids.parse_uscc(code) == code


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "uscc_shape"),
        ("91110000600037341", "uscc_shape"),
        ("9111000060003734IL", "uscc_shape"),
        ("9111OO00600037341L", "uscc_shape"),
        ("٩1110000600037341L", "uscc_shape"),
        ("91110000600037341M", "uscc_check"),
        ("91110000600037341L" * 20, "uscc_shape"),
    ],
)
def test_a_wrong_credit_code_is_refused_by_name(text: str, problem: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ids.parse_uscc(text, pointer="/uscc")
    assert refusal.value.code == problem
    assert refusal.value.pointer == "/uscc"


def test_a_credit_code_right_outside_and_wrong_inside_is_refused() -> None:
    from stdnum.cn import uscc

    body = "91110000" + "60003734" + "2"  # the organisation code's own check is 1
    with pytest.raises(Invalid) as refusal:
        ids.parse_uscc(body + uscc.calc_check_digit(body))
    assert refusal.value.code == "uscc_check"


def test_the_organisation_code_check_covers_ten_and_zero() -> None:
    assert ids.organisation_code_check("60003734") == "1"
    assert ids.organisation_code_check("M000100Y") == "4"
    assert {ids.organisation_code_check(f"{n:08d}") for n in range(60)} == set("0123456789X")


def test_a_resident_number_is_normalised() -> None:
    assert ids.parse_resident_id("11010519491231002x", TODAY) == "11010519491231002X"
    assert ids.parse_resident_id("110105 19491231 002X", TODAY) == "11010519491231002X"


def test_an_old_resident_number_is_upgraded_to_the_same_person() -> None:
    assert ids.parse_resident_id("110105491231002", TODAY) == "11010519491231002X"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1101051949123100", "resident_id_shape"),
        ("1101051949123100XX", "resident_id_shape"),
        ("110105194912310021", "resident_id_check"),
        (ids.build_resident_id("11010520210229001"), "resident_id_birthday"),
        (ids.build_resident_id("11010520200931001"), "resident_id_birthday"),
        (ids.build_resident_id("11010517491231001"), "resident_id_birthday"),
        (ids.build_resident_id("11010520200913001"), "resident_id_birthday"),
    ],
)
def test_a_wrong_resident_number_is_refused_without_being_repeated(text: str, problem: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ids.parse_resident_id(text, TODAY)
    assert refusal.value.code == problem
    assert text not in str(refusal.value)


def test_somebody_born_today_has_a_number() -> None:
    number = ids.build_resident_id("44140320200912001")
    assert ids.parse_resident_id(number, TODAY) == number
    assert ids.resident_birthday(number) == TODAY


def test_gtin_13_and_14() -> None:
    assert ids.parse_gtin("6901234567892") == "6901234567892"
    assert ids.parse_gtin("16901234567899") == "16901234567899"


@pytest.mark.parametrize(
    ("text", "problem"),
    [("6901234567893", "gtin_check"), ("690123456789", "gtin_shape"), ("690123456789a", "gtin_shape")],
)
def test_a_wrong_gtin_is_refused(text: str, problem: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ids.parse_gtin(text)
    assert refusal.value.code == problem


def test_the_check_digit_of_a_food_licence() -> None:
    assert ids.build_sc_licence("1014406010001") == "SC10144060100014"
    assert ids.parse_sc_licence("sc 10144060100014") == "SC10144060100014"
    with pytest.raises(Invalid) as refusal:
        ids.parse_sc_licence("SC10144060100015")
    assert refusal.value.code == "sc_licence_check"


def test_a_void_qs_number_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        ids.parse_sc_licence("QS440601010001")
    assert refusal.value.code == "sc_licence_shape"


@pytest.mark.parametrize("number", ["LB-15-19012700330A", "LB-50-1703081720A", "LB-15-1711196965A"])
def test_published_green_food_numbers_are_accepted(number: str) -> None:
    assert ids.parse_green_food_no(number) == number


@pytest.mark.parametrize("number", ["LB-15-1713196965A", "LB-15-1711196965B", "LB15-1711196965A", ""])
def test_other_green_food_numbers_are_refused(number: str) -> None:
    with pytest.raises(Invalid):
        ids.parse_green_food_no(number)


@pytest.mark.parametrize(
    "number", ["AGI2012-02-869", "AGI2016-01-1794", "AGI01459", "国家知识产权局公告第319号"]
)
def test_published_geographical_indications_are_accepted(number: str) -> None:
    assert ids.parse_geographical_indication(number) == number


def test_another_geographical_indication_is_refused() -> None:
    with pytest.raises(Invalid):
        ids.parse_geographical_indication("AGI123")


def test_mobile_and_bank_account_keep_their_digits() -> None:
    assert ids.parse_mobile("+86 138-1234-1234") == "13812341234"
    assert ids.parse_bank_account("6222 0202 0011 2230 128") == "6222020200112230128"
    with pytest.raises(Invalid):
        ids.parse_mobile("12812341234")
    with pytest.raises(Invalid):
        ids.parse_bank_account("1.10101E+17")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("138 1234 1234", "13812341234"),
        ("0753-2200000", "0753-2200000"),
        ("（0753）2200000", "0753-2200000"),
        ("02083331234转801", "020-83331234-801"),
        ("+86 0753 2200000-8", "0753-2200000-8"),
    ],
)
def test_a_telephone_is_a_mobile_or_a_landline_with_its_area(text: str, number: str) -> None:
    assert ids.parse_telephone(text) == number
    assert ids.parse_telephone(number) == number


@pytest.mark.parametrize(
    "text", ["", "2200000", "0753-1200000", "12345", "1381234123", "0753-2200000-1234567"]
)
def test_another_telephone_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ids.parse_telephone(text, pointer="/phone")
    assert refusal.value.pointer == "/phone"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张三", "张三"),
        (" 张　三 ", "张三"),
        ("艾力•买买提", "艾力·买买提"),
        ("艾力・买买提", "艾力·买买提"),
        ("艾力‧买买提", "艾力·买买提"),
        ("艾力.买买提", "艾力·买买提"),
        ("艾力 · 买买提", "艾力·买买提"),
        ("𠮷田", "𠮷田"),
        ("\U000313a0文", "\U000313a0文"),
        ("䶮", "䶮"),
        ("〇一", "〇一"),
        ("⼁张", "丨张"),
        ("John  O'Neil", "John O'Neil"),
        ("བསྟན་འཛིན", "བསྟན་འཛིན"),
        ("ئەلى", "ئەلى"),
        ("阿" * 100, "阿" * 100),
    ],
)
def test_names_have_one_form(text: str, name: str) -> None:
    assert ids.parse_person_name(text) == name


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "name_shape"),
        ("   ", "name_shape"),
        ("·张", "name_shape"),
        ("张··三", "name_shape"),
        ("阿" * 101, "name_shape"),
        ("张\u200b三", "name_character"),
        ("张\u202e三", "name_character"),
        ("张\u0000三", "name_character"),
        ("张\n三", "name_character"),
        ("张\ue000", "name_character"),
        ("张\ud800", "name_character"),
        ("张\ufe00", "name_character"),
        ("张\U000e0100", "name_character"),
        ("张\u3164", "name_character"),
        ("张三2", "name_character"),
        ("=张三", "name_character"),
    ],
)
def test_what_is_no_name_is_refused(text: str, problem: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ids.parse_person_name(text, pointer="/head_name")
    assert refusal.value.code == problem


@given(st.text(max_size=60))
def test_a_normal_name_is_its_own_normal_form(text: str) -> None:
    try:
        name = ids.parse_person_name(text)
    except Invalid:
        return
    assert ids.parse_person_name(name) == name
    assert 1 <= len(name) <= ids.NAME_MAX


@given(st.text(max_size=200))
def test_no_text_makes_a_parser_fail_in_another_way(text: str) -> None:
    for parse in (
        ids.parse_uscc,
        ids.parse_gtin,
        ids.parse_sc_licence,
        ids.parse_green_food_no,
        ids.parse_geographical_indication,
        ids.parse_mobile,
        ids.parse_telephone,
        ids.parse_bank_account,
        lambda raw: ids.parse_resident_id(raw, TODAY),
    ):
        try:
            normal = parse(text)
        except Invalid:
            continue
        assert normal.isascii() or "公告" in normal


def test_numbers_drawn_together_are_as_different_and_as_well_formed_as_single_ones() -> None:
    drawn = list(islice(many_uuid7(), 1_000))
    assert len(set(drawn)) == 1_000
    assert {(one.version, one.variant) for one in drawn} == {(7, RFC_4122)}


def test_numbers_drawn_together_carry_the_time_at_which_they_were_drawn() -> None:
    before = uuid7().int >> 80
    drawn = [one.int >> 80 for one in islice(many_uuid7(), 450)]
    assert drawn == sorted(drawn)
    assert before <= drawn[0]
    assert drawn[-1] <= uuid7().int >> 80


@given(st.text(), st.uuids())
def test_the_number_of_a_name_is_the_one_that_the_standard_gives(name: str, namespace: UUID) -> None:
    name = name.encode(errors="ignore").decode()
    assert uuids_of(namespace)(name) == uuid5(namespace, name)
