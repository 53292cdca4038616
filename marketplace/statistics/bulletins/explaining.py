"""In which row of a report an adjusting ledger entry stands: the same words that the report prints there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from marketplace.attribution.models import Entry
from marketplace.core.actor import area_prefix
from marketplace.statistics.bulletins.building import Subject
from marketplace.statistics.dimensions import LEVELS, area_title, buyer_area_title, dimension


def side_of(subject: Subject) -> Any:
    """The column of an entry by which the report is limited to its area."""
    columns = Entry.__table__.c
    if subject.report == "R3":
        return columns.channel_area
    return columns.origin_area if subject.view == "seller" else columns.buyer_area


def row_of(subject: Subject, entry: Entry) -> str:
    """The name of the row (`canonical.row_name`); "" where the report has none for entries."""
    found = _ROWS.get(subject.report)
    return " ".join(filter(None, found(subject, entry))) if found is not None else ""


def _digits(subject: Subject) -> int:
    return LEVELS[subject.level]


def _monthly(subject: Subject, entry: Entry) -> tuple[str, ...]:
    if subject.view == "seller":
        return (area_title(entry.origin_area[: _digits(subject)]),)
    return (buyer_area_title(entry.buyer_area[: _digits(subject)]),)


def _channels(subject: Subject, entry: Entry) -> tuple[str, ...]:
    digits = max(_digits(subject), len(area_prefix(subject.area_code)))
    return (area_title(entry.channel_area[:digits]),)


def _cooperation(subject: Subject, entry: Entry) -> tuple[str, ...]:
    if entry.helper_area is None:
        return ()
    digits = _digits(subject)
    return area_title(entry.helper_area[:digits]), area_title(entry.origin_area[:digits])


def _benefit(_subject: Subject, entry: Entry) -> tuple[str, ...]:
    if entry.linkage_mode is None:
        return ()
    return entry.producer_name, dimension("linkage_mode").title_of(entry.linkage_mode)


_ROWS: Final[dict[str, Callable[[Subject, Entry], tuple[str, ...]]]] = {
    "R1": _monthly,
    "R3": _channels,
    "R5": _cooperation,
    "R6": _benefit,
}
