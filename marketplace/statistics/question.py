"""What can be asked of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Question:
    """What is asked: measure and dimension codes, the months, filters, whose area, from which side.

    A question is a key, so nothing of it is changed, its filters neither.

    `view` seller scopes by origin, buyer by the buyer's fiscal area; the two are never added. `areas` are the codes the asker
    may see (("000000",) all). `on` is the statistical date for households; `from_period`..`to_period` inclusive months.
    """

    measures: tuple[str, ...]
    by: tuple[str, ...] = ()
    level: str = "city"
    from_period: str | None = None
    to_period: str | None = None
    area: str = "000000"
    areas: tuple[str, ...] = ("000000",)
    view: str = "seller"
    filters: Mapping[str, str] = field(default_factory=dict, hash=False)
    without: tuple[str, ...] = ()  # areas left out on the side of the view
    without_goods: tuple[str, ...] = ()  # categories left out, with all that is in them
    on: date | None = None
