"""Pure rules of accounts with the golden figures of the trade."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.accounts import passwords, rules
from marketplace.accounts.rules import Filing, ReserveRule
from marketplace.core.errors import Invalid

THIRTY = ReserveRule(2021, "440000", 3000, date(2021, 6, 30), "演示文件")


def test_the_reserve_is_rounded_up_to_the_fen() -> None:
    assert rules.reserve_fen(123_456_789, 3_000) == 37_037_037


@given(st.integers(0, 10**14), st.integers(0, 10_000))
def test_a_unit_never_falls_below_its_ratio_by_rounding(total_fen: int, ratio_bp: int) -> None:
    reserve = rules.reserve_fen(total_fen, ratio_bp)
    assert reserve * 10_000 >= total_fen * ratio_bp
    assert (reserve - 1) * 10_000 < total_fen * ratio_bp or reserve == 0


def test_a_budget_unit_counts_where_its_budget_is_not_where_it_stands() -> None:
    place = rules.buyer_place(
        "budget_unit",
        registered_area="440106",
        fiscal_area="440000",
        fiscal_tier="province_level",
        delivery_area="441403",
    )
    assert (place.area_code, place.fiscal_tier, place.is_separately_planned) == (
        "440000",
        "province_level",
        False,
    )


def test_enterprises_count_where_registered_citizens_where_delivered_anonymous_where_sold() -> None:
    assert (
        rules.buyer_place("enterprise", registered_area="440305", delivery_area="441403").area_code
        == "440305"
    )
    assert rules.buyer_place("enterprise", registered_area="440305").is_separately_planned
    assert (
        rules.buyer_place("individual", registered_area="440305", delivery_area="441403").area_code
        == "441403"
    )
    assert rules.buyer_place(None, point_of_sale_area="440106", delivery_area="441403").area_code == "440106"
    with pytest.raises(Invalid) as refusal:
        rules.buyer_place(None, delivery_area="441403")
    assert refusal.value.code == "buyer_area"


@pytest.mark.parametrize(
    ("tier", "area", "code"),
    [
        ("central_in_province", "440000", None),
        ("province_level", "440000", None),
        ("city_level", "441900", None),
        ("county_level", "441403", None),
        ("province_level", "441400", "fiscal_area"),
        ("city_level", "441403", "fiscal_area"),
        ("county_level", "441400", "fiscal_area"),
        ("county_level", None, "fiscal_area"),
        ("village_level", "441403", "fiscal_tier"),
        (None, "441403", "fiscal_tier"),
    ],
)
def test_tier_and_area_of_a_budget_fit(tier: str | None, area: str | None, code: str | None) -> None:
    if code is None:
        assert rules.check_fiscal_affiliation(tier, area) is None  # type: ignore[func-returns-value]
        return
    with pytest.raises(Invalid) as refusal:
        rules.check_fiscal_affiliation(tier, area)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("filing", "code"),
    [
        (Filing(2021, "own", 100, 2_999, False), "reserve_ratio_low"),
        (Filing(2021, "outsourced", 100, 2_999, False), "reserve_ratio_low"),
        (Filing(2021, "own", 0, 3_000, False), "canteen_total"),
        (Filing(2021, "none", 1, 0, False), "canteen_total"),
        (Filing(2021, "none", 0, 3_000, False), "canteen_total"),
        (Filing(2021, "shared", 100, 0, True), "canteen_total"),
        (Filing(2021, "own", 100, 3_000, True), "represented_by"),
        (Filing(2021, "kiosk", 100, 3_000, False), "canteen_kind"),
        (Filing(2021, "own", 100, 10_001, False), "reserve_ratio"),
        (Filing(2021, "own", -1, 3_000, False), "canteen_total"),
        (Filing(2021, "own", 10**17, 3_000, False), "canteen_total"),
    ],
)
def test_a_filing_that_contradicts_itself_is_refused(filing: Filing, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rules.check_filing(filing, THIRTY)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "filing",
    [
        Filing(2021, "own", 123_456_789, 3_000, False),
        Filing(2021, "outsourced", 1, 10_000, False),
        Filing(2021, "shared", 100, 3_000, False),
        Filing(2021, "shared", 0, 0, True),
        Filing(2021, "none", 0, 0, False),
    ],
)
def test_a_filing_of_each_canteen_is_accepted(filing: Filing) -> None:
    before = filing
    rules.check_filing(filing, THIRTY)
    assert filing == before


def test_without_a_rule_any_ratio_may_be_filed_but_a_total_is_needed() -> None:
    rules.check_filing(Filing(2020, "own", 100, 1, False), None)
    with pytest.raises(Invalid):
        rules.check_filing(Filing(2020, "own", 0, 0, False), None)


def test_the_nearest_area_rules_and_an_old_deadline_is_not_carried_over() -> None:
    assert rules.reserve_rule_for("441403", 2020) is None
    guangdong = rules.reserve_rule_for("441403", 2021)
    assert guangdong is not None
    assert (guangdong.area_code, guangdong.min_bp, guangdong.due_on) == ("440000", 3_000, None)
    shenzhen = rules.reserve_rule_for("440305", 2024)
    assert shenzhen is not None
    assert (shenzhen.area_code, shenzhen.min_bp, shenzhen.year, shenzhen.due_on) == (
        "440300",
        2_000,
        2024,
        None,
    )
    nation = rules.reserve_rule_for("530100", 2021)
    assert nation is not None
    assert (nation.min_bp, nation.due_on) == (1_000, date(2021, 6, 30))
    later = rules.reserve_rule_for("530100", 2022)
    assert later is not None
    assert (later.min_bp, later.due_on, later.year) == (1_000, None, 2022)


@pytest.mark.parametrize(
    ("text", "login"), [("Meixian.JB", "meixian.jb"), (" abc ", "abc"), ("ａｂｃ１", "abc1")]
)
def test_a_login_name_has_one_form(text: str, login: str) -> None:
    assert rules.parse_login(text) == login


@pytest.mark.parametrize("text", ["", "ab", "a b c", "梅县经办", ".abc", "a" * 65, "abc\u200b"])
def test_another_login_name_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        rules.parse_login(text)


@pytest.mark.parametrize(
    "password",
    ["short", "a" * 129, "password-2020-xyz", "meixian.jb-2020!", "aabbaabbaabb", "woaini-13141314-x"],
)
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refusal:
        passwords.check_password(password, login="meixian.jb")
    assert refusal.value.code == "password_weak"
    assert password not in str(refusal.value)


def test_the_national_profile_asks_for_three_classes_of_characters() -> None:
    passwords.check_password("correct horse battery staple", login="meixian.jb")
    with pytest.raises(Invalid):
        passwords.check_password("correcthorsebatterystaple", login="meixian.jb", profile="dengbao3")
    passwords.check_password("Correct-Horse-9", login="meixian.jb", profile="dengbao3")


def test_a_password_is_verified_in_its_normal_form_and_nothing_matches_no_hash() -> None:
    passwords.use_cost(time_cost=1, memory_kib=8)
    stored = passwords.hash_password("caf\u00e9 dans la montagne")
    assert passwords.verify_password(stored, "cafe\u0301 dans la montagne")
    assert not passwords.verify_password(stored, "cafe dans la montagne")
    assert not passwords.verify_password(None, "cafe dans la montagne")
    assert not passwords.verify_password("not a hash", "x")
    assert not passwords.verify_password(stored, "\ud800")


def test_a_shown_password_is_long_and_never_the_same() -> None:
    made = {passwords.new_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(password) == 24 for password in made)
