"""Every published check value, computed by the modes; row numbers are those of income_mechanism_examples.csv."""

import csv
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from marketplace.beneficiaries.linkage import LINKAGE_MODES, PeriodFacts, SaleFacts, linkage_mode
from marketplace.beneficiaries.linkage.employment import workshop_subsidy_fen
from marketplace.beneficiaries.linkage.secondary_split import MODE as SECONDARY_SPLIT
from marketplace.core.clock import next_month
from marketplace.core.money import round_half_up, split_fen

EXAMPLES = Path(__file__).parents[2] / "data" / "income_mechanism_examples.csv"
WAN = 1_000_000  # fen


def month(year: int, number: int, **activity: int) -> PeriodFacts:
    first = date(year, number, 1)
    return PeriodFacts(first, next_month(first), activity)


def year_of(mode: str, terms: dict[str, int], **activity: int) -> int:
    return sum(linkage_mode(mode).accrue_period(terms, month(2020, m, **activity)) for m in range(1, 13))


def dividend(profit_fen: int) -> int:
    terms = {"principal_fen": 0, "year_rate_bp": 0, "roster_shares": 590_000, "all_shares": 1_800_000}
    return linkage_mode("share_dividend").accrue_period(terms, month(2016, 12, profit_fen=profit_fen))


def fixed(principal_fen: int, rate_bp: int) -> dict[str, int]:
    return {"principal_fen": principal_fen, "year_rate_bp": rate_bp}


def purchase(price: int, cost: int, kg: int) -> int:
    terms = {
        "price_fen_per_kg": price,
        "less": "cost",
        "less_fen_per_kg": cost,
        "raw_milli_per_kg": 1_000,
    }
    sale = SaleFacts(sale_fen=1, quantity_milli=1_000, net_weight_g=kg * 1_000)
    return linkage_mode("contract_purchase").accrue_sale(terms, sale)


def wage(day_fen: int, month_fen: int, days: int = 0, months: int = 0) -> int:
    terms = {"day_wage_fen": day_fen, "month_wage_fen": month_fen}
    facts = month(2020, 9, work_days_milli=days * 1_000, work_months_milli=months * 1_000)
    return linkage_mode("employment").accrue_period(terms, facts)


# row → the figures of its 复算结果, in fen (people and rates as their own integers)
RECOMPUTED: dict[int, Callable[[], tuple[int, ...]]] = {
    1: lambda: (round_half_up(3_196_000_00, 1024), round_half_up(3_196_000_00, 3431)),
    2: lambda: (round_half_up(4_553_000_00, 110),),
    3: lambda: (wage(0, 2_000_00, months=12), wage(0, 4_500_00, months=12)),
    4: lambda: (workshop_subsidy_fen(1_000_00, 1_000_00, 10, 1),),
    6: lambda: (
        year_of("share_dividend", fixed(10_575_000_00, 1_000) | {"roster_shares": 0, "all_shares": 0}),
    ),
    7: lambda: (round_half_up(458_000_00, 63), round_half_up(458_000_00, 571)),
    8: lambda: (year_of("fixed_asset_return", fixed(100 * WAN, 800)),),
    9: lambda: (round_half_up(21_300_00, 75),),
    10: lambda: (sum(c["share_bp"] for c in SECONDARY_SPLIT.example_terms["classes"]),),
    13: lambda: (year_of("public_post", {"posts": 1, "month_wage_fen": 600_00}),),
    15: lambda: (purchase(300, 120, 1_500),),
    16: lambda: (purchase(240, 0, 2_500),),
    18: lambda: (round_half_up(12_000_00, 2_000),),
    20: lambda: (round_half_up(11_632 * 100, 2_908),),
    21: lambda: (round_half_up(880 * WAN, 127),),
    24: lambda: (dividend(10_000),),
    25: lambda: (round_half_up(3_577 * WAN, 6_538),),
    27: lambda: (wage(0, 3_000_00, months=12),),
}
EXPECTED = {
    1: (3_121_09, 931_51),
    2: (41_390_91,),
    3: (24_000_00, 54_000_00),
    4: (11_000_00,),
    6: (1_057_500_00,),
    7: (7_269_84, 802_10),
    8: (80_000_00,),
    9: (284_00,),
    10: (10_000,),
    13: (7_200_00,),
    15: (2_700_00,),
    16: (6_000_00,),
    18: (6_00,),
    20: (400,),
    21: (69_291_34,),
    24: (3_278,),
    25: (5_471_09,),
    27: (36_000_00,),
}


@pytest.mark.parametrize("row", sorted(RECOMPUTED))
def test_a_published_example_is_recomputed_to_the_fen(row: int) -> None:
    assert RECOMPUTED[row]() == EXPECTED[row]


def test_every_published_row_with_a_figure_as_result_has_a_case() -> None:
    with EXAMPLES.open(encoding="utf-8", newline="") as handle:
        printed = {int(row["序号"]) for row in csv.DictReader(handle) if re.search(r"\d", row["复算结果"])}
    assert printed == set(RECOMPUTED) == set(EXPECTED)


def test_land_of_571_mu_pays_its_yearly_rent_in_twelve_months() -> None:
    terms = {"area_milli_mu": 571_000, "rent_fen_per_mu_year": 802_10}
    assert year_of("land_transfer", terms) == 571 * 802_10 == 457_999_10


def test_land_rent_for_half_a_year_is_half_the_rent() -> None:
    terms = {"area_milli_mu": 10_000, "rent_fen_per_mu_year": 800_00}
    mode = linkage_mode("land_transfer")
    assert sum(mode.accrue_period(terms, month(2020, m)) for m in range(7, 13)) == 4_000_00


@pytest.mark.parametrize(("day_fen", "days", "due"), [(80_00, 22, 1_760_00), (100_00, 22, 2_200_00)])
def test_days_worked_are_paid_by_the_day_wage(day_fen: int, days: int, due: int) -> None:
    assert wage(day_fen, 0, days=days) == due  # rows 23 and 26: 80 to 100 元 a day


def test_the_grower_keeps_the_price_less_the_cost_of_the_field() -> None:
    assert purchase(240, 72, 2_500) == 4_200_00  # 亩利润 4200 元: 6000 of takings, 1800 of cost


def test_a_premium_contract_pays_what_lies_above_the_market() -> None:
    terms = {
        "price_fen_per_kg": 640,
        "less": "market",
        "less_fen_per_kg": 600,
        "raw_milli_per_kg": 1_000,
    }
    sale = SaleFacts(sale_fen=50_000, quantity_milli=10_000, net_weight_g=25_000)
    assert linkage_mode("contract_purchase").accrue_sale(terms, sale) == 10_00


def test_processed_goods_pay_for_the_raw_material_inside_them() -> None:
    terms = {
        "price_fen_per_kg": 600,
        "less": "cost",
        "less_fen_per_kg": 100,
        "raw_milli_per_kg": 4_500,
    }
    sale = SaleFacts(sale_fen=128_00, quantity_milli=1_000, net_weight_g=500)
    assert linkage_mode("contract_purchase").accrue_sale(terms, sale) == 11_25


@pytest.mark.parametrize(("market", "due"), [(560, 40_00), (600, 40_00), (700, 50_00)])
def test_the_floor_holds_below_and_the_market_counts_above(market: int, due: int) -> None:
    terms = {"floor_fen_per_kg": 600, "market_fen_per_kg": market, "cost_fen_per_kg": 200}
    sale = SaleFacts(sale_fen=99_00, quantity_milli=2_000, net_weight_g=10_000)
    assert linkage_mode("floor_price").accrue_sale(terms, sale) == due


def test_a_rebate_of_a_tenth_reaches_244_households_as_published() -> None:
    pool = linkage_mode("sales_rebate").accrue_sale({"rebate_bp": 1_000}, SaleFacts(128_00, 1_000))
    parts = split_fen(pool, [1] * 244, list(range(1, 245)))
    assert pool == 1_280
    assert parts == [6] * 60 + [5] * 184


def test_a_rebate_over_226_households_and_its_refund_by_halves() -> None:
    mode = linkage_mode("sales_rebate")
    whole = mode.accrue_sale({"rebate_bp": 1_000}, SaleFacts(98_00, 2_000))
    kept = mode.accrue_sale({"rebate_bp": 1_000}, SaleFacts(49_00, 1_000))
    before, after = split_fen(whole, [1] * 226), split_fen(kept, [1] * 226)
    assert before == [5] * 76 + [4] * 150
    assert after == [3] * 38 + [2] * 188
    assert [b - a for b, a in zip(before, after, strict=True)] == [2] * 38 + [3] * 38 + [2] * 150


def test_members_are_paid_back_by_what_they_traded() -> None:
    facts = month(2020, 12, surplus_fen=1_000_00, roster_volume_milli=250_000, all_volume_milli=1_000_000)
    assert linkage_mode("member_rebate").accrue_period({"rebate_bp": 6_000}, facts) == 150_00


def test_nobody_traded_so_nothing_is_paid_back() -> None:
    facts = month(2020, 12, surplus_fen=1_000_00, roster_volume_milli=0, all_volume_milli=0)
    assert linkage_mode("member_rebate").accrue_period({"rebate_bp": 6_000}, facts) == 0


def test_the_poverty_shares_of_a_village_fund_go_to_107_households() -> None:
    terms = SECONDARY_SPLIT.example_terms
    facts = month(2018, 12, fund_fen=100_000_00)
    assert SECONDARY_SPLIT.accrue_period(terms, facts) == 20_000_00
    assert SECONDARY_SPLIT.per_member_fen(terms, 100_000_00) == 186_92


@pytest.mark.parametrize(("share_bp", "due"), [(10_000, 1_000_01), (2_500, 250_00)])
def test_a_joint_solar_plant_pays_an_agreement_its_share(share_bp: int, due: int) -> None:
    facts = month(2021, 3, pv_income_fen=1_000_01)
    assert linkage_mode("pv_income").accrue_period({"plant_share_bp": share_bp}, facts) == due


def test_the_workshop_subsidy_is_not_household_income() -> None:
    assert workshop_subsidy_fen(1_000_00, 1_000_00, 10, 1) == 11_000_00
    assert wage(0, 1_000_00) == 0  # ten workers hired, nothing declared as worked: no wage


def test_custody_pays_its_return_by_the_month() -> None:
    terms = {"units_milli": 3_000, "return_fen_per_unit_year": 100_00}
    dues = [linkage_mode("custody").accrue_period(terms, month(2020, m)) for m in range(1, 13)]
    assert dues == [25_00] * 12


def test_pieces_finished_at_home_are_paid_by_what_was_sold() -> None:
    terms = {"fee_fen_per_piece": 150, "pieces_milli_per_unit": 12_000}
    assert linkage_mode("processing").accrue_sale(terms, SaleFacts(600_00, 2_000)) == 36_00


def test_technical_support_pays_nothing_and_links_no_sales_by_default() -> None:
    mode = linkage_mode("technical_support")
    assert mode.accrue_sale(mode.example_terms, SaleFacts(98_00, 1_000, 500)) == 0
    assert mode.default_linked_bp == 0
    assert [m.code for m in LINKAGE_MODES if m.default_linked_bp is not None] == ["technical_support"]


def test_the_counter_levy_is_no_linkage_mode() -> None:
    assert not [mode.code for mode in LINKAGE_MODES if "levy" in mode.code]
