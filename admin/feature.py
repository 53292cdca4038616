"""What the officials' console adds to the service: its pages under /admin, with their own templates."""

from __future__ import annotations

from typing import Final

from flask import Flask

from admin import (
    accounts,
    agreements,
    approvals,
    audit,
    cabinets,
    certificates,
    channels,
    declarations,
    households,
    intake,
    levies,
    months,
    notices,
    orders,
    organisations,
    producers,
    reattributions,
    reviews,
    start,
    statistics,
    villages,
)
from admin.menu import SECTION
from marketplace.core.http import MarketplaceApi
from marketplace.features import Feature
from marketplace.web.kit import Pages, add_section

# Each use case is one module, its `Pages` named here.
PAGES: tuple[Pages, ...] = (
    start.pages,
    reviews.pages,
    notices.editor,
    notices.objections,
    certificates.issuing,
    certificates.catalogue,
    certificates.standing,
    approvals.pages,
    months.pages,
    channels.coverage,
    channels.editing,
    channels.listing,
    channels.one,
    producers.editing,
    producers.listing,
    producers.one,
    households.registering,
    households.reading,
    households.listing,
    households.one,
    villages.pages,
    agreements.payments,
    agreements.listing,
    agreements.deciding,
    agreements.one,
    organisations.editing,
    organisations.filings,
    organisations.listing,
    organisations.one,
    orders.pages,
    reattributions.pages,
    accounts.opening,
    accounts.listing,
    accounts.one,
    audit.pages,
    statistics.explorer,
    statistics.saved,
    statistics.reports,
    statistics.bulletins,
    statistics.wall,
    statistics.screen,
    *declarations.PAGES,
    *levies.PAGES,
    *intake.PAGES,
    *cabinets.PAGES,
)


def _install(app: Flask, api: MarketplaceApi) -> None:
    add_section(app, SECTION)
    for pages in PAGES:
        app.register_blueprint(pages)


ADMIN: Final = Feature(name="admin", install=_install)
