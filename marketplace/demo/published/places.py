"""Which county a published row speaks of, from the place it prints and, failing that, from its names.

A place is only found, never guessed: what `core.divisions` reads in one way is taken, what it reads in several or not
at all stays at the level that was printed.  Codes are those of 2020, the demonstration's year: 横县 450127, which
became 横州市 450181 in 2021.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from marketplace.core import divisions
from marketplace.core.divisions.names import aliases
from marketplace.core.errors import Invalid
from marketplace.demo.published.names import simplified

#: The day whose list of divisions is used.
LISTED_ON: Final = date(2020, 6, 30)
#: Where the area of a row comes from: the printed place, the row's own names, or neither below the province.
BASES: Final = ("published", "named", "none")
#: What may still follow a place of which only the stem was read: 金秀县瑶山王 after 金秀.
_ENDINGS: Final = ("自治区", "自治州", "自治县", "地区", "省", "市", "州", "县", "区")


@dataclass(frozen=True, slots=True)
class Place:
    """The division found for a row: a six-digit code of a province, city or county, and where it comes from."""

    code: str
    basis: str

    @property
    def level(self) -> str:
        """Return province, city or county; 东莞 and 中山, which have no counties, count as county."""
        level = divisions.get(self.code, LISTED_ON).level
        return "county" if level == "city" and not divisions.children(self.code, "county") else level


def province_of(text: str) -> str | None:
    """Return the code of the province called `text`, or None."""
    return next((found.code for found in divisions.find(simplified(text)) if found.level == "province"), None)


def place_of(province: str, printed: str, names: Iterable[str]) -> Place:
    """Return the place of a row: the printed one, and below it what the row's own names open with.

    A name helps only inside what was printed: 增城迟菜心 under 广州市 is 增城区, while a producer of another province
    tells nothing about where this row stands.  Of "梅州市/广州市" the first is taken.
    """
    first = printed.split("/", maxsplit=1)[0]
    place = Place(province, "none")
    if first:
        found = opening(province, first)
        if found is not None:
            place = Place(found, "published")
    for name in names:
        if place.level == "county":
            break
        for within in dict.fromkeys((place.code, province)):
            found = opening(within, name)
            if found not in (None, place.code) and divisions.covers(place.code, str(found)):
                place = Place(str(found), "named")
                break
    return place


def opening(within: str, text: str) -> str | None:
    """Return the county or city of `within` that `text` opens with, `within` itself and its province aside; else None.

    A town alone (白蕉海鲈) tells its county only inside a known city: of two towns of one name in a province one may
    be gone from today's list, and the other would be taken for it.
    """
    plain = without_opening(simplified(text), lineage(within))
    found = divisions.find(plain, within)
    if divisions.level_of(within) == "province":
        found = tuple(
            one
            for one in found
            if one.level in ("city", "county") or plain != without_opening(plain, lineage(one.code)[1:-1])
        )
    codes = {county_of(one.code) for one in found}
    widest = [code for code in codes if all(divisions.covers(code, other) for other in codes)]
    return widest[0] if len(widest) == 1 else None


def county_of(code: str) -> str:
    """Return the county (or city, province) of 2020 that a code of any level and year stands for."""
    return divisions.resolve(divisions.at_level(code, "county"), LISTED_ON)


def without_opening(name: str, codes: Iterable[str]) -> str:
    """Return `name` without the names of those divisions, in the order given, at its beginning."""
    for code in codes:
        for alias in sorted(_called(code), key=lambda alias: (-len(alias), alias)):
            if name.startswith(alias):
                name = name[len(alias) :]
                ending = next((ending for ending in _ENDINGS if name.startswith(ending)), "")
                name = name[len(ending) :]
                break
    return name


def _called(code: str) -> set[str]:
    """Return what a division may be called, today and in 2020."""
    names = {divisions.name(code)}
    try:
        names.add(divisions.name(divisions.resolve(code, LISTED_ON)))
    except Invalid:
        return set(aliases(divisions.name(code)))  # a split left no heir in 2020: only today's name is known
    return {alias for name in names for alias in aliases(name)}


def lineage(code: str) -> tuple[str, ...]:
    """Return the codes from the province down to `code`."""
    return tuple(found.code for found in divisions.lineage(divisions.get(code).code))


def called_shortly(within: str, name: str) -> str:
    """Return `name` with the division it opens with said shortly: 五华县高山红薯 gives 五华高山红薯."""
    found = opening(within, name)
    if found is None:
        return name
    rest = without_opening(simplified(name), lineage(found))
    return min(aliases(divisions.name(found, LISTED_ON)), key=len) + rest
