"""Questions about division codes: what a code means on a day, what lies in what, which code took over.

Rules in docs/rules.md, "Administrative divisions". Codes are text of 6, 9 or 12 digits everywhere; a 12-digit code that
ends in zeros is the county or town it stands for. `000000` is the whole country. Every function raises
`core.errors.Invalid`: `unknown_division` for a code that is not known, `division_not_in_force` for one that was not in
force on the day asked for.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Final

from marketplace.core.divisions.table import LEVELS, NATION, Division, table
from marketplace.core.errors import Invalid

_CODE: Final = re.compile(r"[0-9]{6}(?:[0-9]{3}){0,2}", re.ASCII)
_PLACE_DIGITS: Final = 6


def _unknown(code: str) -> Invalid:
    return Invalid("unknown_division", f"没有这个行政区划代码：{code[:12]}", pointer="area")


def canonical(code: str) -> str:
    """The shortest form of a code: "441403000000" → "441403", "441403101000" → "441403101". Checks digits only."""
    if not _CODE.fullmatch(code):
        raise _unknown(code)
    while len(code) > _PLACE_DIGITS and code.endswith("000"):
        code = code[:-3]
    return code


def get(code: str, on: date | None = None) -> Division:
    """The division of a code, as of a Shanghai day (its newest version without one).

    Towns of provinces whose lists we hold must be known; other towns, and all villages, are accepted if what they lie in is.
    """
    code = canonical(code)
    versions = table().versions.get(code)
    if versions is None:
        return _inside(code, on)
    if on is None:
        return versions[0]
    for version in versions:
        if version.valid_on(on):
            return version
    raise Invalid("division_not_in_force", f"行政区划代码 {code} 在 {on.isoformat()} 不使用", pointer="area")


def _inside(code: str, on: date | None) -> Division:
    """A village, or a town we hold no list of: known by what it lies in."""
    held = table()
    if len(code) == _PLACE_DIGITS or (
        len(code) == 9 and code[:2] in held.towns_known_of and code[:6] in held.children
    ):
        raise _unknown(code)
    parent = get(code[:-3], on)
    if len(code) == 9 and parent.level not in ("county", "city"):
        raise _unknown(code)
    level = "town" if len(code) == 9 else "village"
    return Division(code, code, level, parent.code, parent.valid_from, parent.valid_to, None)


def is_known(code: str) -> bool:
    """Whether the code is one, now or earlier."""
    try:
        get(code)
    except Invalid:
        return False
    return True


def resolve(code: str, on: date | None = None) -> str:
    """The code in force on a Shanghai day (None: today's list) for the place that `code` names.

    A code that ended leads to its successor, a code that had not begun to its only predecessor; a town or village follows its
    county. Raises `division_not_in_force` where a split left no principal heir.
    """
    code = canonical(code)
    held = table()
    if code not in held.versions:
        _inside(code, None)
        moved = resolve(code[:6], on)
        return code if moved == code[:6] else moved
    seen = {code}
    here = code
    while not _in_force(here, on):
        here = _next(here, on)
        if here in seen:
            raise Invalid("division_not_in_force", f"行政区划代码 {code} 没有唯一的继任代码", pointer="area")
        seen.add(here)
    return here


def _in_force(code: str, on: date | None) -> bool:
    versions = table().versions[code]
    return versions[0].valid_to is None if on is None else any(version.valid_on(on) for version in versions)


def _next(code: str, on: date | None) -> str:
    """One step towards the day: forward to the successor, backward to a single predecessor; else the code itself."""
    held = table()
    oldest = held.versions[code][-1]
    if on is not None and oldest.valid_from is not None and on < oldest.valid_from:
        before = [p for p in held.predecessors.get(code, ()) if held.versions[p][-1].level == oldest.level]
        same_name = [p for p in before if held.versions[p][-1].name[:2] == oldest.name[:2]]
        chosen = before if len(before) == 1 else same_name
        return chosen[0] if len(chosen) == 1 else code
    return next((v.successor for v in held.versions[code] if v.successor), code)


def former(code: str) -> tuple[str, ...]:
    """The codes that a county had before, ascending: ended ones whose one heir it is, and theirs; none for other levels.

    A code that is in use again, for whatever place, is not among them.
    """
    held = table()
    code = canonical(code)
    found: set[str] = set()
    ahead = [code] if code in held.versions and held.versions[code][0].level == "county" else []
    while ahead:
        for one in held.predecessors.get(ahead.pop(), ()):
            ended, *_ = held.versions[one]
            if ended.level == "county" and ended.valid_to is not None and one not in found:
                found.add(one)
                ahead.append(one)
    return tuple(sorted(found - {code}))


def level_of(code: str) -> str:
    """One of LEVELS."""
    return get(code).level


def lineage(code: str) -> tuple[Division, ...]:
    """From the province down to the division itself; 东莞's towns lie directly under the city."""
    here: Division | None = get(code)
    chain: list[Division] = []
    while here is not None:
        chain.append(here)
        here = get(here.parent) if here.parent else None
    return tuple(reversed(chain))


def name(code: str, on: date | None = None) -> str:
    """The name alone: 梅县区."""
    return get(code, on).name


@lru_cache(maxsize=10_000)  # a list names the same few places in all of its rows
def full_name(code: str) -> str:
    """The names from the province down: 广东省梅州市梅县区. A village without a listed name ends in its code."""
    return "".join(division.name for division in lineage(code))


def children(code: str, level: str | None = None) -> tuple[Division, ...]:
    """The divisions in force inside `code`, in code order: one level down, or all of the `level` asked for."""
    held = table()
    code = get(code).code
    if level is None:
        return tuple(held.versions[child][0] for child in held.children.get(code, ()))
    found: list[Division] = []
    below = [code]
    while below:
        for child in held.children.get(below.pop(), ()):
            division = held.versions[child][0]
            if division.level == level:
                found.append(division)
            elif LEVELS.index(division.level) < LEVELS.index(level):
                below.append(child)
    return tuple(sorted(found, key=lambda division: division.code))


def prefix(code: str) -> str:
    """The digits that every code inside begins with: 440000 → "44", 441400 → "4414", 441403 → "441403", 000000 → ""."""
    code = get(code).code
    if len(code) > _PLACE_DIGITS:
        return code
    while code.endswith("00"):
        code = code[:-2]
    return code


def covers(scope_code: str, code: str) -> bool:
    """Whether `code` lies in `scope_code` or is it; an ended code is also judged by the place it became."""
    scope = prefix(scope_code)
    return get(code).code.startswith(scope) or _current(code).startswith(prefix(_current(scope_code)))


def _current(code: str) -> str:
    """Today's code where there is one, else the code itself (a split without a principal heir)."""
    try:
        return resolve(code)
    except Invalid:
        return get(code).code


@lru_cache(maxsize=10_000)  # entries are of few places
def pad12(code: str) -> str:
    """Twelve digits, as ledger entries hold origins: 441403 → 441403000000."""
    return get(code).code.ljust(12, "0")


def at_level(code: str, level: str) -> str:
    """The code of the division at `level` that holds `code`.

    Where a place has no such level (a county of a municipality has no city, a town of 东莞 no county) the next one above it; a
    division already above `level` is itself.
    """
    depth = LEVELS.index(level)
    if depth == 0:
        return NATION
    here = get(code)
    while LEVELS.index(here.level) > depth and here.parent:
        here = get(here.parent)
    return here.code
