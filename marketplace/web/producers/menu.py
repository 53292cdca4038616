"""The menu of producers, and whose it is."""

from __future__ import annotations

from typing import Final

from marketplace.web.kit import Entry, Section, note

MENU: Final[tuple[Entry, ...]] = (Entry(note("工作台"), "/producer"),)

SECTION: Final = Section(
    code="producers",
    title=note("带贫主体工作台"),
    start="/producer",
    roles=frozenset({"producer", "producer_finance"}),
    entries=MENU,
)
