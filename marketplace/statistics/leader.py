"""A leader's one page: how much, against last year, which place, where points of sale are missing, who lags and why.

Built from the same questions and reports as everything else, in the caller's snapshot; figures stay exact (fen, basis points)
until they are printed. Rankings of named areas are internal: the page needs a login (docs/rules.md, "Leader's page").
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from marketplace.core import divisions
from marketplace.core.actor import area_prefix
from marketplace.core.clock import period_days
from marketplace.orders.service.waiting import Waiting
from marketplace.statistics.comparison_measures import KINDS
from marketplace.statistics.comparisons import compare
from marketplace.statistics.leader_lagging import Lagging, Part, lagging
from marketplace.statistics.measures import measure
from marketplace.statistics.question import Question
from marketplace.statistics.reports.catalogue_counts import catalogue_counts
from marketplace.statistics.reports.coverage import gaps
from marketplace.statistics.reports.coverage_figures import PARTS, areas_of, points_of
from marketplace.statistics.reports.protocol import ReportRequest, Value
from marketplace.statistics.reports.worklist import waiting_of
from marketplace.statistics.targets import declared_exists, relative_targets_of, targets_of
from marketplace.statistics.words import NOT_COMPARABLE, NOT_REPORTED, UNKNOWN

AMOUNT: Final = "consumption_aid_amount"
_LEVELS: Final = ("province", "city", "county")
#: Figures of the page: title, kind, definition.
FIGURES: Final = {
    "amount": ("累计消费扶贫金额", "fen", measure(AMOUNT).definition_zh),
    "year_on_year": ("累计消费扶贫金额同比(%)", "bp", KINDS["yoy"][2]),
    "rank": ("在同级地区中的排名", "count", KINDS["rank"][2]),
    "target": ("年度目标", "fen", KINDS["target"][2]),
    "completion": ("完成率(%)", "bp", KINDS["completion"][2]),
    "cumulative_sales": ("累计销售额", "fen", measure("sales").definition_zh),
    "sales": ("本月销售额", "fen", measure("sales").definition_zh),
    "month_on_month": ("本月销售额环比(%)", "bp", KINDS["mom"][2]),
    "households": ("带动户数(覆盖)", "count", measure("households_covered").definition_zh),
    "persons": ("带动人数(覆盖)", "count", measure("persons_covered").definition_zh),
    "uncounted": ("尚未计入的金额", "fen", "已下单而未满足计入口径的货款,截至取数时"),
}


@dataclass(frozen=True)
class LeaderPage:
    """The page. `figures` by code of FIGURES; `siblings` areas are ranked with this one; parts by rank, then by code."""

    period: str
    area: str
    view: str
    level: str
    figures: Mapping[str, Value]
    siblings: int | None
    parts: list[Part]
    covered: Mapping[str, int]
    lagging: list[Lagging]
    basis: str
    position: int
    last_entry: int


def level_below(area: str) -> str:
    """Of which level the parts of an area are: the nearest below it that it has; a place without parts stands for itself."""
    if area == divisions.NATION:
        return "province"
    own = divisions.level_of(area)
    below = _LEVELS[_LEVELS.index(own) + 1 :] if own in _LEVELS else ()
    return next((level for level in below if divisions.children(area, level)), own)


def leader_page(session: Session, request: ReportRequest) -> LeaderPage:
    """The page of an area for the year up to a month; parts are of the level below the area, whatever the request's is."""
    request = replace(request, level=level_below(request.area))
    year = _question(request)
    whole = compare(session, year)
    month = compare(session, replace(year, measures=("sales", "sales_mom"), from_period=request.period))
    points = points_of(session, request)
    waits = waiting_of(session, request)
    by_area: dict[str, list[Waiting]] = defaultdict(list)
    for one in waits:
        by_area[one.area].append(one)
    sold = {str(row.key[0]): row.figures for row in whole.rows}
    monthly = {str(row.key[0]) for row in month.rows}
    keys = _parts_of(request, points, sold)
    certified = catalogue_counts(session, request)
    targets = targets_of(session, int(request.period[:4]), AMOUNT)
    ranks = _ranks({key: sold[key][AMOUNT] or 0 for key in keys if key in sold})
    parts = [
        replace(
            _part(session, request, key, sold.get(key, {}), points[key], by_area[key]),
            rank=ranks.get(key),
            sold_this_month=key in monthly,
            target_fen=targets.get(key.ljust(6, "0")),
            certified=request.view == "buyer" or key in certified,
        )
        for key in keys
    ]
    parts.sort(key=lambda one: (one.rank is None, one.rank or 0, one.area))
    rank, siblings = _own_rank(session, request)
    total = whole.total
    words = relative_targets_of(session, int(request.period[:4]), AMOUNT).get(request.area)
    figures: dict[str, Value] = {
        "amount": total[AMOUNT],
        "year_on_year": _growth(session, request, request.area, total[f"{AMOUNT}_yoy"]),
        "rank": UNKNOWN if rank is None else rank,
        "target": words or _or_unknown(total[f"{AMOUNT}_target"]),
        "completion": _completion(session, request, total[f"{AMOUNT}_completion"], words),
        "cumulative_sales": total["sales"],
        "sales": month.total["sales"] if month.rows else NOT_REPORTED,
        "month_on_month": _or_unknown(month.total["sales_mom"]) if month.rows else UNKNOWN,
        "households": total["households_covered"],
        "persons": total["persons_covered"],
        "uncounted": sum(one.amount_fen for one in waits),
    }
    found, basis = lagging(parts, int(request.period[5:]))
    return LeaderPage(
        request.period,
        request.area,
        request.view,
        request.level,
        figures,
        siblings,
        parts,
        {code: sum(code not in one.lacking for one in parts) for code in PARTS},
        found,
        basis,
        whole.position,
        whole.last_entry,
    )


def _question(request: ReportRequest) -> Question:
    return Question(
        measures=(
            AMOUNT,
            *(f"{AMOUNT}_{kind}" for kind in ("yoy", "target", "completion")),
            "sales",
            "households_covered",
            "persons_covered",
        ),
        by=("origin" if request.view == "seller" else "buyer_area",),
        level=request.level,
        from_period=f"{request.period[:4]}-01",
        to_period=request.period,
        area=request.area,
        areas=request.areas,
        view=request.view,
        on=period_days(request.period)[1] - timedelta(days=1),
    )


def _parts_of(request: ReportRequest, points: Mapping[str, object], sold: Mapping[str, object]) -> list[str]:
    """Keys of the parts; of the nation those that sold or have points: not every province takes part."""
    keys = areas_of(request, {**points, **sold})
    return [key for key in keys if request.area != divisions.NATION or key in points or key in sold]


def _part(
    session: Session,
    request: ReportRequest,
    key: str,
    held: Mapping[str, int | None],
    points: Counter[str],
    waits: list[Waiting],
) -> Part:
    area = key.ljust(6, "0")
    return Part(
        area=area,
        name=divisions.name(area),
        amount_fen=held.get(AMOUNT),
        year_on_year=_growth(session, request, area, held.get(f"{AMOUNT}_yoy")),
        completion_bp=held.get(f"{AMOUNT}_completion"),
        lacking={code: title for code, title in PARTS.items() if title in gaps(points)},
        waiting=waits,
    )


def _growth(session: Session, request: ReportRequest, area: str, growth: int | None) -> Value:
    """不可比 where only others declared a figure of the year before, — where nobody did."""
    if growth is not None:
        return growth
    return NOT_COMPARABLE if declared_exists(session, area, int(request.period[:4]) - 1) else UNKNOWN


def _completion(session: Session, request: ReportRequest, completion: int | None, words: str | None) -> Value:
    """Of a target in words (不低于去年) 不可比 where only others declared a figure of the year before."""
    return _or_unknown(completion) if words is None else _growth(session, request, request.area, completion)


def _or_unknown(value: int | None) -> Value:
    return UNKNOWN if value is None else value


def _ranks(amounts: Mapping[str, int]) -> dict[str, int]:
    """From the largest down; equal amounts share a rank."""
    return {key: 1 + sum(other > fen for other in amounts.values()) for key, fen in amounts.items()}


def _own_rank(session: Session, request: ReportRequest) -> tuple[int | None, int | None]:
    """The area's place among those of the same parent and how many they are; None for who does not see the parent."""
    if request.area == divisions.NATION:
        return None, None
    division = divisions.get(request.area)
    parent = division.parent or divisions.NATION
    if not any(divisions.covers(area, parent) for area in request.areas):
        return None, None
    above = replace(request, area=parent, level=division.level)
    answer = compare(session, replace(_question(above), measures=(AMOUNT,)))
    sold = {str(row.key[0]): row.figures[AMOUNT] or 0 for row in answer.rows}
    keys = _parts_of(above, {}, sold)
    ranks = _ranks({key: sold[key] for key in keys if key in sold})
    return ranks.get(area_prefix(request.area)), len(keys)
