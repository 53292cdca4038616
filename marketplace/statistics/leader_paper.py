"""The leader's page as one sheet of A4; the same page gives the same bytes, whenever it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from marketplace.core import divisions
from marketplace.core.clock import day_start, period_days
from marketplace.core.documents import Paper, render
from marketplace.statistics.leader import FIGURES, LeaderPage
from marketplace.statistics.leader_lagging import BASES, REASONS, Lagging, Part, Reason, percent, wan
from marketplace.statistics.reports.coverage_figures import PARTS
from marketplace.statistics.reports.protocol import Value
from marketplace.statistics.words import NOT_REPORTED, UNKNOWN

Say = Callable[[str], str]
TEMPLATE: Final = Path(__file__).parent / "templates" / "leader.typ"
_MOST_RANKED: Final = 12
_LONGEST_LIST: Final = 60
"""Characters of names behind which a list of gaps ends: two lines, so that the page stays one."""


def paper_of(page: LeaderPage) -> Paper:
    """Set the page. Dated with the last day of its month: when it is set does not matter."""
    return render(TEMPLATE, _fields(page), dated=day_start(period_days(page.period)[1]))


def reason_text(reason: Reason, say: Say = str) -> str:
    """A reason in the language of `say`."""
    values = {
        name: "、".join(map(say, value)) if isinstance(value, tuple) else say(value)
        for name, value in reason.values.items()
    }
    return say(REASONS[reason.code]).format(**values)


def _fields(page: LeaderPage) -> dict[str, Any]:
    """What templates/leader.typ prints."""
    area = "全国" if page.area == divisions.NATION else divisions.name(page.area)
    year, month = page.period[:4], int(page.period[5:])
    return {
        "title": f"{area}消费扶贫工作情况",
        "period": f"{year}年1月至{month}月" if month > 1 else f"{year}年1月",
        "view": "产地视角" if page.view == "seller" else "采购地视角",
        "figures": [
            {"title": title, "value": _printed(code, kind, page)}
            for code, (title, kind, _) in FIGURES.items()
        ],
        "ranking": [_ranked(one) for one in page.parts[:_MOST_RANKED]],
        "ranked": f"共{len(page.parts)}个地区,列前{min(_MOST_RANKED, len(page.parts))}位",
        "coverage": [
            [title, f"{page.covered[code]}/{len(page.parts)}", _gaps(code, page.parts)]
            for code, title in PARTS.items()
        ],
        "lagging": [_lagging(one) for one in page.lagging],
        "basis": BASES[page.basis],
        "notes": [f"{title}:{definition}" for title, _, definition in FIGURES.values() if definition],
        "position": f"账本位置:{page.position}",
    }


def _gaps(code: str, parts: Sequence[Part]) -> str:
    """The parts that lack it, in the order of their rank, as far as they have room, and how many they are."""
    names = [one.name for one in parts if code in one.lacking]
    if not names:
        return "无缺口"
    shown: list[str] = []
    while len(shown) < len(names) and len("、".join([*shown, names[len(shown)]])) <= _LONGEST_LIST:
        shown.append(names[len(shown)])
    return "、".join(shown) + (f"等{len(names)}个" if len(shown) < len(names) else "")


def _printed(code: str, kind: str, page: LeaderPage) -> str:
    value: Value = page.figures[code]
    if isinstance(value, str) or value is None:
        return value or UNKNOWN
    if kind == "fen":
        return f"{wan(value)}万元"
    if kind == "bp":
        return f"{percent(value)}%"
    return f"第{value}位(共{page.siblings}个)" if code == "rank" else str(value)


def _ranked(one: Part) -> list[str]:
    return [
        UNKNOWN if one.rank is None else str(one.rank),
        one.name,
        NOT_REPORTED if one.amount_fen is None else wan(one.amount_fen),
        percent(one.year_on_year),
        percent(one.completion_bp),
    ]


def _lagging(one: Lagging) -> list[str]:
    return [
        one.part.name,
        NOT_REPORTED if one.part.amount_fen is None else wan(one.part.amount_fen),
        percent(one.part.completion_bp),
        ";".join(map(reason_text, one.reasons)),
    ]
