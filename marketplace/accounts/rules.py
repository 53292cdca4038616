"""Pure rules of accounts: whose budget pays, what a reserve filing must say."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from marketplace.accounts.codes import CANTEEN_KINDS, FISCAL_TIERS
from marketplace.core.actor import area_prefix
from marketplace.core.divisions import level_of
from marketplace.core.errors import Invalid
from marketplace.core.money import BP, MAX_FEN

RESERVE_RULES_FILE: Final = Path(__file__).parents[2] / "data" / "reserve_rules.csv"
_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
_TIER_LEVELS: Final = {
    "central_in_province": ("province",),
    "province_level": ("province",),
    "city_level": ("city",),
    # 东莞 and 中山 have no counties: their units are of the city tier, so a county tier is a county.
    "county_level": ("county",),
}


def parse_login(text: str, *, pointer: str = "") -> str:
    """Return a login name in lower case: 3 to 64 of a–z, 0–9, dot, dash, underscore. Raises Invalid `login`."""
    login = unicodedata.normalize("NFKC", text[:200]).strip().lower()
    if not _LOGIN.fullmatch(login):
        raise Invalid("login", "登录名应为3至64位小写字母、数字、点、横线或下划线", pointer=pointer)
    return login


def check_fiscal_affiliation(tier: str | None, area: str | None) -> None:
    """Raise Invalid unless tier and area fit: 省本级 and 中央驻粤 a province, 市本级 a city, 县本级 a county.

    Source: docs/rules.md, "Buyer area".
    """
    if tier not in FISCAL_TIERS:
        raise Invalid("fiscal_tier", "预算单位应注明财政级次", pointer="/fiscal_tier")
    if area is None or level_of(area) not in _TIER_LEVELS[tier]:
        raise Invalid("fiscal_area", f"{FISCAL_TIERS[tier]}的财政隶属区划级别不符", pointer="/fiscal_area")


@dataclass(frozen=True)
class BuyerPlace:
    """Where a purchase is counted in the buyer's view; frozen on the order."""

    area_code: str
    fiscal_tier: str | None
    is_separately_planned: bool  # 深圳(计划单列), shown apart from the province


def buyer_place(
    kind: str | None,
    *,
    registered_area: str | None = None,
    fiscal_area: str | None = None,
    fiscal_tier: str | None = None,
    point_of_sale_area: str | None = None,
    delivery_area: str | None = None,
) -> BuyerPlace:
    """Return the buyer's area: fiscal affiliation for budget units, never their address.

    Other organisations count where they are registered, citizens online where the goods go, an anonymous sale
    (`kind` None) where it was sold. Raises Invalid `buyer_area` when the area that decides is not known.
    Source: docs/rules.md, "Buyer area".
    """
    deciding = {
        "budget_unit": fiscal_area,
        "individual": delivery_area or registered_area,
        None: point_of_sale_area,
    }.get(kind, registered_area)
    if deciding is None:
        raise Invalid("buyer_area", "无法确定采购方所属区划")
    tier = fiscal_tier if kind == "budget_unit" else None
    return BuyerPlace(deciding, tier, deciding.startswith("4403"))


@dataclass(frozen=True)
class ReserveRule:
    """What a year asks of the units of an area: least ratio in bp, last day to file where one was published, document."""

    year: int
    area_code: str
    min_bp: int
    due_on: date | None
    document: str


@cache
def reserve_rules() -> tuple[ReserveRule, ...]:
    """Return the rows of ``data/reserve_rules.csv``."""
    with RESERVE_RULES_FILE.open(encoding="utf-8", newline="") as rows:
        return tuple(
            ReserveRule(
                int(row["year"]),
                row["area_code"],
                int(row["min_bp"]),
                date.fromisoformat(row["due_on"]) if row["due_on"] else None,
                row["document"],
            )
            for row in csv.DictReader(rows)
        )


def reserve_rule_for(area: str, year: int, rules: Sequence[ReserveRule] | None = None) -> ReserveRule | None:
    """Return the rule of the nearest area for that year; without one, its newest earlier ratio, without a deadline.

    None before the first rule of any area that holds `area`. A nearer area goes before a newer year: a city's own
    ratio holds until the city replaces it.
    """
    fitting = [
        rule
        for rule in (reserve_rules() if rules is None else rules)
        if rule.year <= year and area.startswith(area_prefix(rule.area_code))
    ]
    if not fitting:
        return None
    best = max(fitting, key=lambda rule: (len(area_prefix(rule.area_code)), rule.year))
    return best if best.year == year else replace(best, year=year, due_on=None)


def reserve_fen(canteen_total_fen: int, reserve_bp: int) -> int:
    """Return ceil(total × ratio): a unit must not fall below its ratio by rounding.

    1,234,567.89 元 at 30 % → 370,370.37 元. Source: docs/rules.md, "Reserved share".
    """
    return -(-canteen_total_fen * reserve_bp // BP)


@dataclass(frozen=True)
class Filing:
    """What a unit declares for a year."""

    year: int
    canteen_kind: str
    canteen_total_fen: int
    reserve_bp: int
    represented: bool  # names the unit that files for a shared canteen


def check_filing(filing: Filing, rule: ReserveRule | None) -> None:
    """Raise Invalid when a filing contradicts itself or lies under the area's ratio.

    无食堂 declares nothing; 共用 without total names its representative; 自办 and 外包 declare a total and a ratio of at
    least the rule's. Source: docs/rules.md, "Reserved share".
    """
    if filing.canteen_kind not in CANTEEN_KINDS:
        raise Invalid("canteen_kind", "食堂类型不存在", pointer="/canteen_kind")
    if not 0 <= filing.canteen_total_fen <= MAX_FEN:
        raise Invalid("canteen_total", "食堂食材采购总额超出范围", pointer="/canteen_total_fen")
    if not 0 <= filing.reserve_bp <= BP:
        raise Invalid("reserve_ratio", "预留比例应在0至100%之间", pointer="/reserve_bp")
    if filing.represented and filing.canteen_kind != "shared":
        raise Invalid("represented_by", "只有共用食堂可由其他单位代填", pointer="/represented_by")
    if filing.canteen_kind == "none" or filing.represented:
        if filing.canteen_total_fen or filing.reserve_bp:
            raise Invalid(
                "canteen_total", "无食堂或由其他单位代填时,总额和比例应为0", pointer="/canteen_total_fen"
            )
        return
    if filing.canteen_total_fen == 0:
        raise Invalid("canteen_total", "应填报年度食堂食材采购总额", pointer="/canteen_total_fen")
    if rule is not None and filing.reserve_bp < rule.min_bp:
        raise Invalid(
            "reserve_ratio_low",
            f"预留比例不得低于{rule.min_bp / 100:g}%({rule.document})",
            pointer="/reserve_bp",
        )
