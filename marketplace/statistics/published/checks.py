"""What is to be doubted of a published row, each with its reason in words. Nothing is overwritten: the row stays as printed.

Source: docs/rules.md, "Published statistics".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from marketplace.core.numerals import PLAIN
from marketplace.statistics.published.reading import Figure, half_of_last_digit, read_value

#: Codes of flags: what each says in general.
FLAGS: Final[dict[str, str]] = {
    "share_wrong": "占比或增幅与原文所列数字不符",
    "part_of": "是另一行的其中数,不得相加",
    "parts_exceed": "其中数大于总数",
    "lower_bound": "是下限,不是确数",
    "approximate": "是约数,不是确数",
    "not_sales": "签约、意向、协议或目标,不是销售",
    "not_additive": "原文说明不可相加",
    "household_person_mixed": "户与人混用,按原文单位",
    "several_figures": "一格内有几个不同单位的数",
    "relative_target": "目标是相对于去年的",
    "wider_scope": "口径大于扶贫产品",
    "period_in_words": "统计期间只按原文记录",
    "unreadable": "数值无法读出,只按原文记录",
}
_NUM: Final = r"[0-9][0-9.,]*(?:万|亿)?"
_UNIT: Final = r"(?:人次|人|户|元)"
_PCT: Final = r"(?P<pct>[0-9]+(?:\.[0-9]+)?)%"
_PART: Final = rf"其中[^,;。0-9]*(?P<part>{_NUM}{_UNIT})"
#: How a percentage is made: of what the row says (`value`) and what its remark says.
_SHARES: Final[tuple[tuple[re.Pattern[str], Callable[[Fraction, Fraction], Fraction]], ...]] = (
    (re.compile(rf"{_PART}[,(]?(?:占比?)?{_PCT}"), lambda value, part: part / value),
    (re.compile(rf"(?P<part>{_NUM}{_UNIT})整?,占{_PCT}"), lambda value, whole: value / whole),
    (
        re.compile(rf"比(?:20[0-9]{{2}}年)?(?P<part>{_NUM}元)增长{_PCT}"),
        lambda value, old: (value - old) / old,
    ),
    (re.compile(rf"比去年增加(?P<part>{_NUM}元),增长{_PCT}"), lambda value, more: more / (value - more)),
)
_FRACTION: Final = re.compile(
    rf"{_PART}[^0-9]*?(?P<below>[二三四五六七八九十])分之(?P<above>[一二三四五六七八九])"
)
#: Words for a third are no exact figure; five points off they are no third.
_FRACTION_TOLERANCE: Final = Fraction(2, 100)
_FIGURES: Final = {word: number for number, word in enumerate("零一二三四五六七八九十")}
_NOT_SOLD: Final = ("签约", "意向", "拟采购", "协议", "目标", "预留份额", "预留采购份额")
_MIXED: Final = re.compile(r"户$")


@dataclass(frozen=True, slots=True)
class Flag:
    """A doubt: its code, and why in the words and numbers of the row."""

    code: str
    reason: str


def flags_of(
    indicator: str, raw: str, unit: str, compared: str, note: str, figures: tuple[Figure, ...]
) -> Iterator[Flag]:
    """What a row alone gives reason to doubt."""
    said = f"{compared};{note}".translate(PLAIN)
    if not figures:
        yield Flag("unreadable", f"{raw}{unit}")
        return
    yield from _wrong_shares(raw, unit, said, figures[-1])
    if len(figures) > 1:
        yield Flag("several_figures", "、".join(one.words for one in figures))
    for one in figures:
        if one.qualifier in ("over", "at_least"):
            yield Flag("lower_bound", f"原文为“{raw}”")
        elif one.qualifier != "exact":
            yield Flag("approximate", f"原文为“{raw}”")
    is_reserve_spent = "份额购销" in indicator  # what was bought of a reserve is bought
    if any(word in indicator for word in _NOT_SOLD) and figures[-1].unit == "fen" and not is_reserve_spent:
        yield Flag("not_sales", indicator)
    if "不可相加" in note or "不得相加" in note or "重叠" in note:
        yield Flag("not_additive", note)
    if _MIXED.search(indicator) and figures[-1].unit == "person":
        yield Flag("household_person_mixed", f"“{indicator}”以“{unit}”计")
    if "不低于去年" in compared:
        yield Flag("relative_target", compared)
    if "口径为全部" in note:
        yield Flag("wider_scope", note)


def _wrong_shares(raw: str, unit: str, said: str, figure: Figure) -> Iterator[Flag]:
    for pattern, ratio in _SHARES:
        for found in pattern.finditer(said):
            other = _same_unit(found["part"], figure)
            if other is None:
                continue
            values = _around(figure, raw, unit)
            exact = Fraction(other.amount)
            others = (exact, exact) if "整" in found[0] else _around(other, found["part"], "")
            ends = sorted(ratio(value, part) for value in values for part in others)
            printed = Fraction(found["pct"]) / 100
            rounding = Fraction(1, 2 * 100 * 10 ** len(found["pct"].partition(".")[2]))
            if not ends[0] - rounding <= printed <= ends[-1] + rounding:
                true = ratio(Fraction(figure.amount), Fraction(other.amount))
                yield Flag("share_wrong", f"按原文数字应为{_percent(true)},原文为{found['pct']}%({found[0]})")
    for found in _FRACTION.finditer(said):
        other = _same_unit(found["part"], figure)
        if other is not None:
            printed = Fraction(_FIGURES[found["above"]], _FIGURES[found["below"]])
            true = Fraction(other.amount, figure.amount)
            if abs(true - printed) > _FRACTION_TOLERANCE:
                words = f"{found['below']}分之{found['above']}"
                yield Flag("share_wrong", f"按原文数字应为{_percent(true)},原文为{words}({found[0]})")


def _same_unit(words: str, figure: Figure) -> Figure | None:
    unit = "元" if words.endswith("元") else ""
    found = read_value(words.removesuffix(unit), unit)
    return found[0] if found and found[0].unit == figure.unit and found[0].amount else None


def _around(figure: Figure, words: str, unit: str) -> tuple[Fraction, Fraction]:
    half = half_of_last_digit(words, unit)
    return figure.amount - half, figure.amount + half


def _percent(share: Fraction) -> str:
    bp = round(share * 10_000)
    return f"{bp // 100}.{bp % 100:02d}%"


def is_named_in(raw: str, unit: str, words: str) -> bool:
    """Whether a row's figure is what another row's 其中 names: 415.98亿元 in 其中9月1日以来415.98亿元."""
    plain = re.escape(f"{raw}{unit}".translate(PLAIN))
    return re.search(rf"其中.*?(?<![0-9.]){plain}", words.translate(PLAIN)) is not None
