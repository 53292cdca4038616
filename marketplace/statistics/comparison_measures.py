"""环比, 同比, 排名, 目标, 完成率: what every measure can be compared with, by name: ``sales_yoy``, ``sales_rank``.

Pure names; `comparisons` computes them from answers. A share has no growth of its own (a percentage of a percentage misleads),
but a rank. Targets are set for amounts of money (`targets.measures`). Source: docs/rules.md, "Comparisons".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from marketplace.statistics.measures import MEASURES, measure, unknown
from marketplace.statistics.targets.measures import CODES as TARGETED

Kind = Literal["mom", "yoy", "rank", "target", "completion"]
Say = Callable[[str], str]


@dataclass(frozen=True)
class Comparison:
    """A measure and with what it is compared."""

    code: str
    base: str
    kind: Kind
    unit: str


# Kind: title, unit (empty: that of nothing, a count), definition.
KINDS: Final[dict[Kind, tuple[str, str, str]]] = {
    "mom": ("{measure}环比(%)", "bp", "(本期-上期)÷上期;上期与本期等长;账本未及上期的为空"),
    "yoy": ("{measure}同比(%)", "bp", "(本期-上年同期)÷上年同期;账本未及上年同期的为空"),
    "rank": ("{measure}排名", "", "同组内由大到小,数值相同名次相同"),
    "target": ("{measure}年度目标", "fen", "该地区该年度有效的目标;无目标的为空"),
    "completion": ("{measure}完成率(%)", "bp", "自1月起的累计÷年度目标;非自1月起的为空"),
}


def _of(code: str, unit: str) -> list[Comparison]:
    found = [Comparison(f"{code}_rank", code, "rank", "")]
    if unit != "bp":
        found += [Comparison(f"{code}_{kind}", code, kind, "bp") for kind in ("mom", "yoy")]
    if unit == "fen" and code in TARGETED:
        found += [Comparison(f"{code}_target", code, "target", "fen")]
        found += [Comparison(f"{code}_completion", code, "completion", "bp")]
    return found


COMPARISONS: Final = {one.code: one for known in MEASURES for one in _of(known.code, known.unit)}
NAMES: Final = tuple(sorted(COMPARISONS))


def comparison(code: str) -> Comparison | None:
    """The comparison of that name, None for a plain measure. BadRequest (``unknown_measure``) for neither."""
    found = COMPARISONS.get(code)
    if found is None and all(one.code != code for one in MEASURES):
        raise unknown(code, NAMES)
    return found


def unit_of(code: str) -> str:
    """fen, g, bp or nothing, of a measure or a comparison."""
    found = comparison(code)
    return found.unit if found is not None else measure(code).unit


def title_of(code: str, say: Say = str) -> str:
    """What a measure or a comparison is called, in the language of `say`."""
    found = comparison(code)
    if found is None:
        return say(measure(code).title_zh)
    return say(KINDS[found.kind][0]).format(measure=say(measure(found.base).title_zh))
