"""Every linkage mode keeps the same contract."""

import json
import pkgutil
from datetime import date
from typing import Any

import pytest
from marshmallow import ValidationError

import marketplace.beneficiaries.linkage as linkage
from marketplace.beneficiaries.linkage import (
    INCOME_GROUPS,
    LINKAGE_MODES,
    LinkageMode,
    PeriodFacts,
    SaleFacts,
    linkage_mode,
)

every_mode = pytest.mark.parametrize("mode", LINKAGE_MODES, ids=[m.code for m in LINKAGE_MODES])
MONTH = (date(2020, 9, 1), date(2020, 10, 1))
SALE = SaleFacts(sale_fen=98_00, quantity_milli=2_000, net_weight_g=5_000)


def full_month(mode: LinkageMode) -> PeriodFacts:
    return PeriodFacts(*MONTH, {field.key: 1_000_000 for field in mode.activity})


def whole_numbers(terms: dict[str, Any]) -> list[str]:
    return [key for key, value in terms.items() if isinstance(value, int)]


def test_each_module_beside_the_protocol_is_one_mode_in_the_tuple() -> None:
    modules = {m.name for m in pkgutil.iter_modules(linkage.__path__)} - {"protocol"}
    assert modules == {mode.code for mode in LINKAGE_MODES}
    assert len(LINKAGE_MODES) == 14


@every_mode
def test_a_mode_is_found_by_its_code_and_says_what_it_is(mode: LinkageMode) -> None:
    assert linkage_mode(mode.code) is mode
    assert mode.title_zh != mode.title_en
    assert mode.title_en.isascii()
    assert mode.income_group in INCOME_GROUPS
    assert mode.basis in ("sale", "period", "none")
    assert mode.default_linked_bp is None or 0 <= mode.default_linked_bp <= 10_000


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(KeyError):
        linkage_mode("charity")


@every_mode
def test_its_example_terms_survive_storage_unchanged(mode: LinkageMode) -> None:
    parsed = mode.parse_terms(mode.example_terms)
    assert parsed == mode.example_terms
    assert mode.parse_terms(json.loads(json.dumps(parsed))) == parsed


@every_mode
def test_an_unknown_field_is_refused_by_name(mode: LinkageMode) -> None:
    with pytest.raises(ValidationError) as caught:
        mode.parse_terms({**mode.example_terms, "bonus_fen": 1})
    assert caught.value.messages_dict.keys() == {"bonus_fen"}


@every_mode
def test_each_term_is_required(mode: LinkageMode) -> None:
    for missing in mode.example_terms:
        rest = {k: v for k, v in mode.example_terms.items() if k != missing}
        with pytest.raises(ValidationError) as caught:
            mode.parse_terms(rest)
        assert missing in caught.value.messages_dict


@every_mode
@pytest.mark.parametrize("bad", [1.0, 1.5, True, "1", None, -1, 10**20, float("nan")])
def test_only_whole_numbers_in_range_are_terms(mode: LinkageMode, bad: object) -> None:
    keys = whole_numbers(dict(mode.example_terms))
    assert keys
    for key in keys:
        with pytest.raises(ValidationError) as caught:
            mode.parse_terms({**mode.example_terms, key: bad})
        assert key in caught.value.messages_dict


@every_mode
def test_it_accrues_by_its_basis_only_and_always_whole_fen(mode: LinkageMode) -> None:
    terms = mode.parse_terms(mode.example_terms)
    by_sale = mode.accrue_sale(terms, SALE)
    by_period = mode.accrue_period(terms, full_month(mode))
    assert type(by_sale) is type(by_period) is int
    assert (by_sale > 0) == (mode.basis == "sale")
    assert (by_period > 0) == (mode.basis == "period")


@every_mode
def test_a_period_without_days_or_activity_accrues_nothing(mode: LinkageMode) -> None:
    terms = mode.parse_terms(mode.example_terms)
    empty = PeriodFacts(date(2020, 9, 10), date(2020, 9, 10))
    assert mode.accrue_period(terms, empty) == 0


@every_mode
def test_it_explains_its_formula_in_chinese_with_its_numbers(mode: LinkageMode) -> None:
    sentence = mode.explain(mode.parse_terms(mode.example_terms))
    assert any("一" <= c <= "鿿" for c in sentence)
    assert any(c.isdigit() for c in sentence)
    assert not set("{}\n_") & set(sentence)


@every_mode
def test_activity_fields_have_titles_and_units(mode: LinkageMode) -> None:
    for field in mode.activity:
        assert field.key.endswith(f"_{field.unit}")
        assert any("一" <= c <= "鿿" for c in field.title_zh)


@pytest.mark.parametrize(
    ("code", "change", "field"),
    [
        ("employment", {"day_wage_fen": 0, "month_wage_fen": 0}, "day_wage_fen"),
        ("contract_purchase", {"less_fen_per_kg": 241}, "less_fen_per_kg"),
        ("contract_purchase", {"less": "tax"}, "less"),
        ("floor_price", {"cost_fen_per_kg": 601}, "cost_fen_per_kg"),
        ("share_dividend", {"roster_shares": 59, "all_shares": 180}, "year_rate_bp"),
        ("share_dividend", {"principal_fen": 0, "year_rate_bp": 0}, "year_rate_bp"),
        ("share_dividend", {"roster_shares": 59}, "roster_shares"),
        (
            "share_dividend",
            {"year_rate_bp": 0, "roster_shares": 59, "all_shares": 180},
            "principal_fen",
        ),
        (
            "share_dividend",
            {"principal_fen": 0, "year_rate_bp": 0, "roster_shares": 181, "all_shares": 180},
            "roster_shares",
        ),
        ("member_rebate", {"rebate_bp": 5_999}, "rebate_bp"),
        ("secondary_split", {"roster_class": "nobody"}, "roster_class"),
        (
            "secondary_split",
            {"classes": [{"code": "graduated", "title_zh": "脱贫股", "share_bp": 2_000}]},
            "classes",
        ),
        ("secondary_split", {"classes": [{"code": "a", "title_zh": "a\x00", "share_bp": 1}]}, "classes"),
    ],
)
def test_terms_that_contradict_each_other_are_refused(code: str, change: dict[str, Any], field: str) -> None:
    mode = linkage_mode(code)
    with pytest.raises(ValidationError) as caught:
        mode.parse_terms({**mode.example_terms, **change})
    assert field in caught.value.messages_dict


@pytest.mark.parametrize("figures", [(-1, 0, 0), (0, -1, 0), (0, 0, -1)])
def test_a_sale_is_never_negative(figures: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="never negative"):
        SaleFacts(*figures)


@pytest.mark.parametrize(
    ("first", "after"),
    [
        (date(2020, 9, 10), date(2020, 9, 9)),
        (date(2020, 9, 10), date(2020, 10, 2)),
    ],
)
def test_a_period_lies_within_one_month(first: date, after: date) -> None:
    with pytest.raises(ValueError, match="one month"):
        PeriodFacts(first, after)


def test_a_loss_is_no_activity() -> None:
    with pytest.raises(ValueError, match="never negative"):
        PeriodFacts(*MONTH, {"profit_fen": -1})
