"""What must hold for any terms and any figures."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.beneficiaries.linkage import PeriodFacts, SaleFacts, linkage_mode
from marketplace.core.clock import next_month
from marketplace.core.money import round_half_up

fen = st.integers(1, 10**8)
milli = st.integers(1, 10**9)
bp = st.integers(1, 10_000)

SALE_TERMS = {
    "contract_purchase": st.builds(
        lambda less, gain, raw: {
            "price_fen_per_kg": less + gain,
            "less": "cost",
            "less_fen_per_kg": less,
            "raw_milli_per_kg": raw,
        },
        st.integers(0, 10**6),
        st.integers(1, 10**6),
        milli,
    ),
    "floor_price": st.builds(
        lambda cost, gain, market: {
            "floor_fen_per_kg": cost + gain,
            "market_fen_per_kg": market,
            "cost_fen_per_kg": cost,
        },
        st.integers(0, 10**6),
        st.integers(1, 10**6),
        st.integers(0, 10**7),
    ),
    "sales_rebate": st.builds(lambda r: {"rebate_bp": r}, bp),
    "processing": st.builds(lambda f, p: {"fee_fen_per_piece": f, "pieces_milli_per_unit": p}, fen, milli),
}
YEARLY = {
    "land_transfer": (
        st.builds(lambda a, r: {"area_milli_mu": a, "rent_fen_per_mu_year": r}, milli, fen),
        lambda t: round_half_up(t["area_milli_mu"] * t["rent_fen_per_mu_year"], 1_000),
    ),
    "custody": (
        st.builds(lambda u, r: {"units_milli": u, "return_fen_per_unit_year": r}, milli, fen),
        lambda t: round_half_up(t["units_milli"] * t["return_fen_per_unit_year"], 1_000),
    ),
    "share_dividend": (
        st.builds(
            lambda p, r: {"principal_fen": p, "year_rate_bp": r, "roster_shares": 0, "all_shares": 0}, fen, bp
        ),
        lambda t: round_half_up(t["principal_fen"] * t["year_rate_bp"], 10_000),
    ),
    "fixed_asset_return": (
        st.builds(lambda p, r: {"principal_fen": p, "year_rate_bp": r}, fen, bp),
        lambda t: round_half_up(t["principal_fen"] * t["year_rate_bp"], 10_000),
    ),
    "public_post": (
        st.builds(lambda n, w: {"posts": n, "month_wage_fen": w}, st.integers(1, 10_000), fen),
        lambda t: t["posts"] * t["month_wage_fen"] * 12,
    ),
}
DECLARED: dict[str, tuple[Any, tuple[str, ...]]] = {
    "employment": (
        st.builds(lambda d, m: {"day_wage_fen": d, "month_wage_fen": m}, fen, fen),
        ("work_days_milli", "work_months_milli"),
    ),
    "pv_income": (st.builds(lambda b: {"plant_share_bp": b}, bp), ("pv_income_fen",)),
    "member_rebate": (
        st.builds(lambda b: {"rebate_bp": b}, st.integers(6_000, 10_000)),
        ("surplus_fen", "roster_volume_milli"),
    ),
    "secondary_split": (
        st.just(dict(linkage_mode("secondary_split").example_terms)),
        ("fund_fen",),
    ),
}


def whole_month(first: date, activity: dict[str, int] | None = None) -> PeriodFacts:
    return PeriodFacts(first, next_month(first), activity or {})


@pytest.mark.parametrize("code", sorted(SALE_TERMS))
@given(data=st.data())
def test_a_larger_sale_never_gives_less_and_no_sale_gives_nothing(code: str, data: st.DataObject) -> None:
    terms = data.draw(SALE_TERMS[code])
    base = [data.draw(st.integers(0, 10**9)) for _ in range(3)]
    more = [b + data.draw(st.integers(0, 10**6)) for b in base]
    mode = linkage_mode(code)
    assert 0 <= mode.accrue_sale(terms, SaleFacts(*base)) <= mode.accrue_sale(terms, SaleFacts(*more))
    assert mode.accrue_sale(terms, SaleFacts(0, 0, 0)) == 0


@pytest.mark.parametrize("code", sorted(YEARLY))
@given(data=st.data())
def test_any_twelve_months_in_a_row_sum_to_the_year(code: str, data: st.DataObject) -> None:
    strategy, year_fen = YEARLY[code]
    terms = data.draw(strategy)
    first = date(data.draw(st.integers(2018, 2026)), data.draw(st.integers(1, 12)), 1)
    months = [first]
    while len(months) < 12:
        months.append(next_month(months[-1]))
    dues = [linkage_mode(code).accrue_period(terms, whole_month(m)) for m in months]
    assert min(dues) >= 0
    assert max(dues) - min(dues) <= 1
    assert sum(dues) == year_fen(terms)


@pytest.mark.parametrize("code", sorted(YEARLY))
@given(data=st.data())
def test_versions_that_meet_inside_a_month_lose_nothing(code: str, data: st.DataObject) -> None:
    terms = data.draw(YEARLY[code][0])
    first = date(data.draw(st.integers(2018, 2026)), data.draw(st.integers(1, 12)), 1)
    after = next_month(first)
    cut = first + timedelta(days=data.draw(st.integers(0, (after - first).days)))
    mode = linkage_mode(code)
    parts = [mode.accrue_period(terms, PeriodFacts(a, b)) for a, b in ((first, cut), (cut, after))]
    assert min(parts) >= 0
    assert sum(parts) == mode.accrue_period(terms, whole_month(first))


@pytest.mark.parametrize("code", sorted(DECLARED))
@given(data=st.data())
def test_more_declared_activity_never_gives_less(code: str, data: st.DataObject) -> None:
    strategy, keys = DECLARED[code]
    terms = data.draw(strategy)
    fixed = {"all_volume_milli": 10**9} if code == "member_rebate" else {}
    base = {key: data.draw(st.integers(0, 10**9)) for key in keys} | fixed
    more = {key: base[key] + data.draw(st.integers(0, 10**6)) for key in keys} | fixed
    mode, first = linkage_mode(code), date(2020, 9, 1)
    due = mode.accrue_period(terms, whole_month(first, base))
    assert 0 <= due <= mode.accrue_period(terms, whole_month(first, more))
    assert mode.accrue_period(terms, whole_month(first)) == 0
