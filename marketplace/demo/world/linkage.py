"""Linkage agreements of the demo: every mode in turn, with invented terms and rosters of invented households.

Each producer that sells has one agreement over its products, every third a second one in another mode; the shares of
sales that they stand for (`linked_bp`) never sum above the whole, so a part of every sale stays unlinked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marketplace.demo.invented.draw import MARK, Draw
from marketplace.demo.invented.households import InventedHousehold, households
from marketplace.demo.world.producers import UNCERTIFIED, PlannedProducer

#: Households of a county with one producer; ten more for each further one.
HOUSEHOLDS_PER_COUNTY: Final = 36
_PER_PRODUCER: Final = 10
#: What the parts of a roster are, and what a share of sales rests on, by mode.
_UNIT_AND_BASIS: Final = {
    "employment": ("工日", "labour"),
    "land_transfer": ("亩", "land"),
    "contract_purchase": ("公斤", "raw_material"),
    "floor_price": ("公斤", "raw_material"),
    "share_dividend": ("股", "shares"),
    "fixed_asset_return": ("户", "shares"),
    "custody": ("份", "raw_material"),
    "sales_rebate": ("户", "labour"),
    "member_rebate": ("公斤", "raw_material"),
    "secondary_split": ("份", "shares"),
    "pv_income": ("户", "shares"),
    "public_post": ("户", "labour"),
    "processing": ("工日", "labour"),
    "technical_support": ("户", "default"),
}
MODES: Final = tuple(_UNIT_AND_BASIS)


@dataclass(frozen=True, slots=True)
class PlannedAgreement:
    """An agreement in force from the first day of 2020; `roster` maps household keys to integer parts."""

    key: str
    producer_key: str
    county: str
    mode: str
    title: str
    terms: Mapping[str, Any]
    share_unit: str
    basis: str
    linked_bp: int
    village_bp: int
    product_keys: tuple[str, ...]
    roster: tuple[tuple[str, int], ...]


def plan_households(
    draw: Draw, producers: Iterable[PlannedProducer]
) -> dict[str, tuple[InventedHousehold, ...]]:
    """Return the invented households of every county in which somebody sells, by county in order."""
    counts: dict[str, int] = {}
    for producer in producers:
        if producer.products:
            counts[producer.county] = (
                counts.get(producer.county, HOUSEHOLDS_PER_COUNTY - _PER_PRODUCER) + _PER_PRODUCER
            )
    return {county: households(draw, county, counts[county]) for county in sorted(counts)}


def plan_agreements(
    draw: Draw,
    producers: Iterable[PlannedProducer],
    homes: Mapping[str, tuple[InventedHousehold, ...]],
) -> tuple[PlannedAgreement, ...]:
    """Return the agreements, every mode in turn over the producers that sell."""
    selling = [producer for producer in producers if producer.products]
    found: list[PlannedAgreement] = []
    for number, producer in enumerate(selling):
        for position in range(2 if number % 3 == 0 else 1):
            mode = MODES[(number + 5 * position) % len(MODES)]
            found.append(_agreement(draw, producer, homes[producer.county], mode, position))
    return tuple(found)


def _agreement(
    draw: Draw, producer: PlannedProducer, homes: tuple[InventedHousehold, ...], mode: str, position: int
) -> PlannedAgreement:
    key = f"{producer.key}|{position}"
    unit, basis = _UNIT_AND_BASIS[mode]
    size = draw.between(12, min(len(homes), 32), "roster", key)
    chosen = sorted(homes, key=lambda home: draw.number(2**32, "roster", key, home.key))[:size]
    return PlannedAgreement(
        key=key,
        producer_key=producer.key,
        county=producer.county,
        mode=mode,
        title=f"{producer.name}利益联结协议({MARK})",
        terms=_terms(draw, mode, key, size),
        share_unit=unit,
        basis=basis,
        linked_bp=0 if mode == "technical_support" else 500 * draw.between(2, 9, "linked", key),
        village_bp=1_000 if mode in ("fixed_asset_return", "pv_income", "secondary_split") else 0,
        product_keys=tuple(product.key for product in producer.products if product.case != UNCERTIFIED),
        roster=tuple(
            (home.key, 1 if unit == "户" else draw.between(1, 9, "part", key, home.key)) for home in chosen
        ),
    )


def _terms(draw: Draw, mode: str, key: str, size: int) -> dict[str, Any]:
    """Return invented terms of a plausible size for a roster of `size` households (fen, bp, thousandths)."""
    per = draw.between(8, 14, "terms", key)
    terms: dict[str, dict[str, Any]] = {
        "employment": {"day_wage_fen": 1_000 * per, "month_wage_fen": 0},
        "land_transfer": {"area_milli_mu": 2_500 * size, "rent_fen_per_mu_year": 7_000 * per},
        "contract_purchase": {"price_fen_per_kg": 60 * per, "less": "market", "less_fen_per_kg": 50 * per,
                              "raw_milli_per_kg": 1_200},
        "floor_price": {"floor_fen_per_kg": 60 * per, "market_fen_per_kg": 55 * per, "cost_fen_per_kg": 40 * per},
        "share_dividend": {"principal_fen": 500_000 * size, "year_rate_bp": 100 * per, "roster_shares": 0, "all_shares": 0},
        "fixed_asset_return": {"principal_fen": 600_000 * size, "year_rate_bp": 800},
        "custody": {"units_milli": 5_000 * size, "return_fen_per_unit_year": 2_000 * per},
        "sales_rebate": {"rebate_bp": 100 * (per - 5)},
        "member_rebate": {"rebate_bp": 6_000},
        "secondary_split": {
            "classes": [
                {"code": "head", "title_zh": "人头股", "share_bp": 4_000},
                {"code": "graduated", "title_zh": "脱贫股", "share_bp": 2_500},
                {"code": "development", "title_zh": "发展股", "share_bp": 3_500},
            ],
            "roster_class": "graduated",
            "roster_members": size,
        },
        "pv_income": {"plant_share_bp": 8_000},
        "public_post": {"posts": max(1, size // 6), "month_wage_fen": 60_000},
        "processing": {"fee_fen_per_piece": 10 * per, "pieces_milli_per_unit": 1_000},
        "technical_support": {"sessions_per_year": 4},
    }  # fmt: skip
    return terms[mode]


def monthly_activity(draw: Draw, agreement: PlannedAgreement, month: int) -> dict[str, int]:
    """Return what a mode needs declared for a month of 2020 (fen, thousandths); empty for the modes that need nothing."""
    size, key = len(agreement.roster), (agreement.key, month)
    return {
        "employment": {"work_days_milli": 1_000 * size * draw.between(6, 18, "days", *key)},
        "member_rebate": {
            "surplus_fen": 100_000 * draw.between(2, 12, "surplus", *key),
            "roster_volume_milli": 40_000 * size,
            "all_volume_milli": 100_000 * size,
        },
        "secondary_split": {"fund_fen": 50_000 * size},
        "pv_income": {"pv_income_fen": 20_000 * size * (2 if 5 <= month <= 9 else 1)},
    }.get(agreement.mode, {})
