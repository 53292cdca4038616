"""How sure a published figure is: 约, 多, 超, 近, 不低于, 以上, 突破 and their like, as seven codes."""

from __future__ import annotations

from typing import Final

EXACT: Final = "exact"
ABOUT: Final = "about"
OVER: Final = "over"
AT_LEAST: Final = "at_least"
NEARLY: Final = "nearly"
AT_MOST: Final = "at_most"
RANGE: Final = "range"
QUALIFIERS: Final = (EXACT, ABOUT, OVER, AT_LEAST, NEARLY, AT_MOST, RANGE)

PREFIXES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (AT_LEAST, ("不低于", "不少于", "不小于", "至少", "最低", "≥")),
    (AT_MOST, ("不超过", "不高于", "不多于", "至多", "最多", "≤")),
    (NEARLY, ("将近", "接近", "近", "不足", "不到")),
    (OVER, ("超过了", "超过", "突破了", "突破", "超", "逾", ">")),
    (ABOUT, ("大约", "大概", "约为", "约")),
    (EXACT, ("合计", "共计", "总计", "累计", "高达", "达到", "达", "为", "共", "人民币", "¥", "￥")),
)
SUFFIXES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (AT_LEAST, ("(含)以上", "及以上", "以上", "起")),
    (AT_MOST, ("(含)以下", "及以下", "以下", "以内")),
    (ABOUT, ("左右", "上下")),
    (OVER, ("多", "余")),
    (EXACT, ("整", "正", "钱")),
)


def take_qualifiers(words: str) -> tuple[str, set[str]]:
    """(the words without the qualifiers around the figure, the codes found besides exact)."""
    found: set[str] = set()
    changed = True
    while changed:
        changed = False
        for qualifier, spellings in PREFIXES:
            for spelling in spellings:
                if words.startswith(spelling):
                    words, changed = words[len(spelling) :], True
                    found.add(qualifier)
        for qualifier, spellings in SUFFIXES:
            for spelling in spellings:
                if words.endswith(spelling) and len(words) > len(spelling):
                    words, changed = words[: -len(spelling)], True
                    found.add(qualifier)
    return words, found - {EXACT}


def one_qualifier(found: set[str]) -> str | None:
    """The code that says most; None when bounds on both sides contradict each other.

    A bound says more than 约: 大概3900多亿 is over 3,900亿.
    """
    if found & {OVER, AT_LEAST} and found & {NEARLY, AT_MOST}:
        return None
    for qualifier in (AT_LEAST, OVER, AT_MOST, NEARLY, ABOUT):
        if qualifier in found:
            return qualifier
    return EXACT
