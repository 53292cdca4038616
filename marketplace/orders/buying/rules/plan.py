"""Which line of a plan a purchase belongs to, and how much of each is used; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.core.errors import Invalid
from marketplace.core.states import StateMachine

MOST_PLAN_LINES: Final = 500
OVER_PLAN: Final = {"warn": "提示", "refuse": "不允许"}
FUND_TITLES: Final = {"canteen": "食堂", "union": "工会", "staff": "职工", "other": "其他"}

PLAN: Final = StateMachine(
    "purchase_plan",
    {
        "draft": ("submitted",),
        "submitted": ("approved", "returned"),
        "returned": ("submitted",),
        "approved": ("superseded",),
        "superseded": (),
    },
    initial="draft",
    titles={
        "draft": "草稿",
        "submitted": "待审核",
        "returned": "已退回",
        "approved": "已批准",
        "superseded": "已被替代",
    },
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A line: a category of two, four or six digits, a source of money, and a month, a quarter or the whole year."""

    category_code: str
    fund_source: str
    amount_fen: int
    month: int | None = None
    quarter: int | None = None


@dataclass(frozen=True, slots=True)
class Bought:
    """What was bought of a category from a source in a month; fen."""

    category_code: str
    fund_source: str
    month: int
    ordered_fen: int
    counted_fen: int = 0


@dataclass(slots=True)
class Used:
    """What of a line was ordered, and of that, has counted; fen."""

    ordered_fen: int = 0
    counted_fen: int = 0


def check_lines(lines: Sequence[Planned]) -> None:
    """Invalid (`plan_lines`, `plan_line_repeated`, `plan_period`) unless the lines can stand beside each other."""
    if len(lines) > MOST_PLAN_LINES:
        raise Invalid("plan_lines", f"采购计划最多 {MOST_PLAN_LINES} 行", pointer="/lines")
    seen = set()
    for position, line in enumerate(lines):
        if line.month is not None and line.quarter is not None:
            raise Invalid("plan_period", "月份与季度只能填一项", pointer=f"/lines/{position}/month")
        key = (line.category_code, line.fund_source, line.month, line.quarter)
        if key in seen:
            raise Invalid(
                "plan_line_repeated", "同一品类、资金来源和期间只能有一行", pointer=f"/lines/{position}"
            )
        seen.add(key)


def line_of(lines: Sequence[Planned], category_code: str, fund_source: str, month: int) -> int | None:
    """The place of the line that a purchase belongs to: exactly one, so that nothing is counted twice; None when unplanned.

    The narrowest category, then the narrowest time (month, quarter, year).
    """
    quarter = (month + 2) // 3
    fitting = [
        (len(line.category_code), 2 if line.month else 1 if line.quarter else 0, place)
        for place, line in enumerate(lines)
        if category_code.startswith(line.category_code)
        and line.fund_source == fund_source
        and line.month in (None, month)
        and line.quarter in (None, quarter)
    ]
    return max(fitting)[2] if fitting else None


def used(lines: Sequence[Planned], bought: Iterable[Bought]) -> tuple[list[Used], Used]:
    """What of each line was used, and what was bought beside the plan."""
    found, beside = [Used() for _ in lines], Used()
    for one in bought:
        place = line_of(lines, one.category_code, one.fund_source, one.month)
        into = beside if place is None else found[place]
        into.ordered_fen += one.ordered_fen
        into.counted_fen += one.counted_fen
    return found, beside


@dataclass(frozen=True, slots=True)
class Over:
    """A purchase that goes beyond its line (`line_no` from 1), or has none (None); fen."""

    line_no: int | None
    category_code: str
    planned_fen: int
    used_fen: int
    wanted_fen: int


def over(lines: Sequence[Planned], before: Iterable[Bought], wanted: Iterable[Bought]) -> list[Over]:
    """Where `wanted` goes beyond the plan after what was bought before, by line, the unplanned last."""
    already, _ = used(lines, before)
    asked: dict[int | None, list[Bought]] = {}
    for one in wanted:
        asked.setdefault(line_of(lines, one.category_code, one.fund_source, one.month), []).append(one)
    found = []
    for place, parts in asked.items():
        fen = sum(one.ordered_fen for one in parts)
        if place is None:
            found.append(Over(None, min(one.category_code for one in parts), 0, 0, fen))
        elif already[place].ordered_fen + fen > lines[place].amount_fen:
            line = lines[place]
            found.append(
                Over(place + 1, line.category_code, line.amount_fen, already[place].ordered_fen, fen)
            )
    return sorted(found, key=lambda one: one.line_no or MOST_PLAN_LINES + 1)
