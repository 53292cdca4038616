"""Which parts of an area lag, and why: from what the page already knows of them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.core.money import round_half_up
from marketplace.orders.counting import ACTOR_TITLES, FACT_TITLES
from marketplace.orders.service.waiting import Waiting
from marketplace.statistics.words import UNKNOWN

MOST: Final = 5
#: Why a part lags; ``{names}`` are filled when it is printed, in the language of the reader.
REASONS: Final = {
    "silent_year": "本年未报",
    "silent_month": "本月未报",
    "behind_time": "完成率{completion}%,低于时间进度{time}%",
    "no_target": "无年度目标",
    "decline": "同比下降{decline}%",
    "coverage": "缺少:{parts}",
    "waiting": "{amount}万元待{fact}({actor})",
    "smaller": "金额低于其他地区",
}
#: By what parts are compared.
BASES: Final = {"completion": "按完成率由低到高", "amount": "按累计消费扶贫金额由低到高"}


@dataclass(frozen=True)
class Part:
    """A part of the area in the year so far; None where it reported nothing (amount, rank) or has no target.

    `certified`: something could have been sold, because products of it are certified or, on the buyer's side, always.
    """

    area: str
    name: str
    amount_fen: int | None
    year_on_year: int | str | None
    completion_bp: int | None
    lacking: Mapping[str, str]
    waiting: Sequence[Waiting]
    target_fen: int | None = None
    rank: int | None = None
    sold_this_month: bool = False
    certified: bool = True

    @property
    def is_expected(self) -> bool:
        """Whether it is to be judged at all: it reported, or should have."""
        return self.amount_fen is not None or self.target_fen is not None or self.certified


@dataclass(frozen=True)
class Reason:
    """A code of REASONS and what it is filled with: amounts as printed, lists as lists of titles."""

    code: str
    values: Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Lagging:
    """A part that lags, and why."""

    part: Part
    reasons: tuple[Reason, ...]


def lagging(parts: Sequence[Part], month: int) -> tuple[list[Lagging], str]:
    """The last five (never more than half), the worst first, and the code of BASES they were found by.

    By completion when every part that reported has a target, else by amount: what has no target cannot be measured by one.
    Silent parts come first, if anything was expected of them.
    """
    judged = [one for one in parts if one.is_expected]
    reported = [one for one in judged if one.amount_fen is not None]
    basis = "completion" if reported and all(one.completion_bp is not None for one in reported) else "amount"

    def standing(one: Part) -> tuple[bool, int, str]:
        figure = one.completion_bp if basis == "completion" else one.amount_fen
        return one.amount_fen is not None, figure or 0, one.area

    last = sorted(judged, key=standing)[: min(MOST, len(judged) // 2)]
    return [Lagging(one, _reasons(one, month)) for one in last], basis


def _reasons(one: Part, month: int) -> tuple[Reason, ...]:
    found: list[Reason] = []
    time_bp = round_half_up(month * 10_000, 12)
    if one.amount_fen is None:
        found.append(Reason("silent_year", {}))
    elif not one.sold_this_month:
        found.append(Reason("silent_month", {}))
    if one.completion_bp is not None and one.completion_bp < time_bp:
        values = {"completion": percent(one.completion_bp), "time": percent(time_bp)}
        found.append(Reason("behind_time", values))
    if one.amount_fen is not None and one.target_fen is None:
        found.append(Reason("no_target", {}))
    if isinstance(one.year_on_year, int) and one.year_on_year < 0:
        found.append(Reason("decline", {"decline": percent(-one.year_on_year)}))
    if one.lacking:
        found.append(Reason("coverage", {"parts": tuple(one.lacking.values())}))
    found += _waiting(one.waiting)
    return tuple(found) or (Reason("smaller", {}),)


def _waiting(waiting: Sequence[Waiting]) -> list[Reason]:
    """The step for which most money waits today."""
    steps: Counter[tuple[str, str]] = Counter()
    for one in waiting:
        if one.missing:
            steps[one.missing[0]] += one.amount_fen
    if not steps:
        return []
    (fact, actor), fen = min(steps.items(), key=lambda item: (-item[1], item[0]))
    values = {"amount": wan(fen), "fact": FACT_TITLES[fact], "actor": ACTOR_TITLES[actor]}
    return [Reason("waiting", values)]


def percent(bp: int | str | None) -> str:
    """1234 → 12.34; words as they are."""
    if not isinstance(bp, int):
        return bp or UNKNOWN
    sign = "-" if bp < 0 else ""
    return f"{sign}{abs(bp) // 100}.{abs(bp) % 100:02d}"


def wan(fen: int | str | None) -> str:
    """Fen as 万元 with two decimals, half up; words as they are."""
    if not isinstance(fen, int):
        return fen or UNKNOWN
    return percent(round_half_up(fen, 10_000))
