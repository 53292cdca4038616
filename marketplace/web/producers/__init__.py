"""Pages of producers, under `/producer`: each use case one module, its `Pages` named here; templates in `templates/producers`."""

from __future__ import annotations

from marketplace.web.kit import Pages
from marketplace.web.producers.menu import SECTION
from marketplace.web.producers.start import pages as start

__all__ = ["PAGES", "SECTION"]

PAGES: tuple[Pages, ...] = (start,)
