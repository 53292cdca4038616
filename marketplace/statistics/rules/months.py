"""How the months of a year make up what is published of the year so far, as far as a reader may assume.

The key of a cell ends in its months, ``…|2020-01..2020-09`` (``~2020-12`` behind it: with adjustments booked up to then).
"""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.statistics.rules.suppression import Equation


def cumulative_equations(key: str) -> Iterator[Equation]:
    """The equations of a cell of a month, or of the year so far: month by month, and between any two months of the year.

    The year so far is what it was a month before and the month; and it is what it was any month before and the households that
    are new since, of whom one or two may be all that a reader learns.
    """
    front, _, months = key.rpartition("|")
    months, tilde, vintage = months.partition("~")
    first, last = months.split("..")
    year, behind = first[:4], f"{tilde}{vintage}"

    def so_far(month: int) -> str:
        return f"{front}|{year}-01..{year}-{month:02d}{behind}"

    here = int(last[5:])
    for month in range(2, here + 1):
        alone = f"{front}|{year}-{month:02d}..{year}-{month:02d}{behind}"
        yield Equation(so_far(month), (so_far(month - 1), alone))
    for month in range(1, 13):
        if month != here:
            early, late = min(month, here), max(month, here)
            yield Equation(so_far(late), (so_far(early), f"new in {early + 1}-{late}|{so_far(late)}"))
