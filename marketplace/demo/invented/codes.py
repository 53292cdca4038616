"""Invented codes with true check digits, in ranges that no register issues.

Credit codes: the organisation part begins with DEM0.  Villages: town 990–999 of their county.  Resident numbers are
not invented at all: a well-formed one could be somebody's.
"""

from __future__ import annotations

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
    """Return the 12-digit code of an invented village of a county: towns 990–999, villages 200 and on."""
    town, village = divmod(serial, 100)
    if not 0 <= town <= 9:
        raise ValueError(f"serial out of range: {serial}")
    return f"{area_code}{990 + town}{200 + village}"


def is_demo_village(code: str) -> bool:
    """Say whether a 12-digit code is one of ours."""
    return code[6:8] == "99"
