"""Counts of households, people, person-times and villages out of published text: 2908户11632人, 4000多户贫困户.

户, 人 and 人次 are three measures that published texts mix (docs/rules.md, "Counting people"): the printed unit is kept
beside the count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from marketplace.core.numerals import NUMBER_CHARS, PLAIN, UnreadableNumber, read_number
from marketplace.core.qualifiers import ABOUT, AT_LEAST, OVER, PREFIXES, RANGE, one_qualifier

MAX_PROSE: Final = 10_000
"""Only the beginning of a longer text is searched."""

UNITS: Final = ("household", "person", "person_time", "village")

_SIMPLER = PLAIN | str.maketrans("約個過戶數條農貧困", "约个过户数条农贫困")
_COUNT = re.compile(
    r"(?P<before>不低于|不少于|至少|超过了?|突破|超|近|约|大概)?(?P<vague>[几数]?)"
    rf"(?P<number>[{NUMBER_CHARS}]+)(?P<classifier>人次|户|人(?!均|民)|名|位|个|条|村)?(?=(?P<noun>[一-龥]{{0,8}}))"
)
_HOUSEHOLD_NOUN = re.compile(r"(?:建档立卡|脱贫|贫困|一般)*(?:农)?户")
_VILLAGE_NOUN = re.compile(r"(?!.*村民)[一-龥]{0,7}村")


@dataclass(frozen=True)
class Count:
    """One count: ``unit`` is one of ``UNITS``, ``qualifier`` as for amounts.

    ``value`` is the figure (the lower end of a range, whose upper end is ``upper``); ``word`` the printed classifier, so
    that 226名贫困户 (households counted with the word for people) stays visible.
    """

    raw_text: str
    value: int
    upper: int | None
    qualifier: str
    unit: str
    word: str


def parse_counts(text: str | None) -> tuple[Count, ...]:
    """All counts of households, people, person-times and villages in a text, in its order; others are left out.

    226名贫困户 counts households although 名 counts people; 贫困户5.6万人 counts people. A count that is no whole number
    or has no readable figure (全体贫困户, 数百户) is left out too. Source: docs/rules.md, "Counting people".
    """
    raw_text = text or ""
    found = []
    for match in _COUNT.finditer(raw_text[:MAX_PROSE].translate(_SIMPLER)):
        unit = _unit(match["classifier"] or "", match["noun"])
        count = None if unit is None or match["vague"] else _count(match, unit, raw_text)
        if count is not None:
            found.append(count)
    return tuple(found)


def _unit(classifier: str, noun: str) -> str | None:
    if classifier in {"人次", "户", "人", "村"}:
        return {"人次": "person_time", "户": "household", "人": "person", "村": "village"}[classifier]
    if classifier in {"个", "条"} and _VILLAGE_NOUN.match(noun):
        return "village"
    if classifier in {"名", "位", "个", ""} and _HOUSEHOLD_NOUN.match(noun):
        return "household"
    return "person" if classifier in {"名", "位"} else None


def _count(match: re.Match[str], unit: str, raw_text: str) -> Count | None:
    try:
        number = read_number(match["number"].strip(","))
    except UnreadableNumber:
        return None
    if number.value.denominator != 1:
        return None
    qualifiers = {qualifier for qualifier, spellings in PREFIXES if match["before"] in spellings}
    if number.more:
        qualifiers.add(OVER)
    if match["noun"].startswith("以上"):
        qualifiers.add(AT_LEAST)
    if match["noun"].startswith("左右"):
        qualifiers.add(ABOUT)
    upper = None if number.upper is None else int(number.upper)
    qualifier = RANGE if upper is not None else one_qualifier(qualifiers)
    if qualifier is None:
        return None
    return Count(raw_text, int(number.value), upper, qualifier, unit, match["classifier"] or "户")
