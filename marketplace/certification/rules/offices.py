"""Which office is at the right level to take a step: the reach of a grant against the level that the chain asks for.

Held wider than its level a role decides nothing: a county's decision is taken by the county, not by somebody who holds the county
role over a province. Exceptions follow the divisions themselves. Source: docs/rules.md, "Stages of an application".
"""

from __future__ import annotations

from typing import Final

# Directly under the centre or the province: no prefecture stands between, so the province-level office reviews.
_MUNICIPALITIES: Final = frozenset({"11", "12", "31", "50"})
# Cities without counties (东莞, 中山, 儋州, 嘉峪关): the city's office takes the county's steps.
_CITIES_WITHOUT_COUNTIES: Final = frozenset({"4419", "4420", "4604", "6202"})


def reaches_of(level: str, area_code: str) -> frozenset[int]:
    """How many significant digits the deciding office's own area may have, for a thing of that area (6, 9 or 12 digits).

    A town's step may be taken by a county-wide first reviewer, as published products often name no more than the county.
    """
    county_reaches = {6, 4} if area_code[:4] in _CITIES_WITHOUT_COUNTIES else {6}
    between_missing = area_code[:2] in _MUNICIPALITIES or area_code[2:4] == "90"
    return frozenset(
        {
            "national": {0},
            "province": {2},
            "city": {4, 2} if between_missing else {4},
            "county": county_reaches,
            "town": {9} | county_reaches,
        }[level]
    )
