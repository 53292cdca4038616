"""Pages of producers, under `/producer`: each use case one module, its `Pages` named here; templates in `templates/producers`."""

from __future__ import annotations

from marketplace.web.kit import Pages
from marketplace.web.producers import (
    agreements,
    applications,
    certificates,
    goods,
    imports,
    money,
    offers,
    order_steps,
    orders,
    returns,
    shelves,
    start,
)
from marketplace.web.producers.menu import SECTION

__all__ = ["PAGES", "SECTION"]

PAGES: tuple[Pages, ...] = (
    start.pages,
    orders.pages,
    order_steps.pages,
    returns.pages,
    goods.pages,
    offers.pages,
    shelves.pages,
    imports.pages,
    applications.pages,
    certificates.pages,
    money.pages,
    agreements.pages,
)
