"""Pages of producers, under `/producer`: each use case one module, its `Pages` named here; templates in `templates/producers`."""

from __future__ import annotations

from marketplace.web.kit import Entry, Pages, Section, note
from marketplace.web.producers.start import pages as start

PAGES: tuple[Pages, ...] = (start,)

MENU: tuple[Entry, ...] = (Entry(note("工作台"), "/producer"),)

SECTION = Section(
    code="producers",
    title=note("带贫主体工作台"),
    start="/producer",
    roles=frozenset({"producer", "producer_finance"}),
    entries=MENU,
)
