"""Invented codes with true check digits, in ranges that no register issues.

Credit codes: the organisation part begins with DEM0.  Villages: numbers 990–999 of their town.  Resident numbers are
not invented at all: a well-formed one could be somebody's.
"""

from __future__ import annotations

from marketplace.core import divisions
from marketplace.core.identifiers import build_uscc

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_DEMO_PART = "DEM0"
#: Registrar and kind by what a body is: 91 enterprise, 93 cooperative, N2 village collective, 11 organ,
#: 12 public institution, 81 trade union, 92 individual business.
KINDS = ("91", "93", "N2", "11", "12", "81", "92")


def demo_uscc(kind: str, area_code: str, serial: int) -> str:
    """Return an invented unified social credit code: `kind` of KINDS, six-digit area, serial below 31⁴.

    Both check digits are right; positions 9 to 12 read DEM0, which marks it.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of body: {kind}")
    if not 0 <= serial < len(_ALPHABET) ** 4:
        raise ValueError(f"serial out of range: {serial}")
    tail = ""
    for _ in range(4):
        serial, digit = divmod(serial, len(_ALPHABET))
        tail = _ALPHABET[digit] + tail
    return build_uscc(kind + area_code + _DEMO_PART + tail)


def is_demo_uscc(code: str) -> bool:
    """Say whether a credit code is one of ours."""
    return code[8:12] == _DEMO_PART


def demo_village(area_code: str, serial: int) -> str:
    """Return the 12-digit code of an invented village of a county: villages 990–999 of its first town.

    Where no list of towns is held the town is invented too: 990.
    """
    if not 0 <= serial <= 9:
        raise ValueError(f"serial out of range: {serial}")
    towns = divisions.children(area_code, "town")
    town = towns[0].code if towns else f"{area_code}990"
    return f"{town}{990 + serial}"


def is_demo_village(code: str) -> bool:
    """Say whether a 12-digit code is one of ours."""
    return code[9:11] == "99"
