"""All pages that stand in `marketplace`, and the sections of the site; `app` puts them in. `admin` and `search` add their own."""

from __future__ import annotations

from flask import Flask

from marketplace.web import account, buyers, producers, public
from marketplace.web.kit import Pages, add_section
from marketplace.web.kit.install import install as install_kit
from marketplace.web.kit.styleguide import pages as styleguide


def install(app: Flask) -> None:
    """Make `app` a site: the kit, the sections in the order of their starts, the pages."""
    install_kit(app)
    for section in (buyers.SECTION, producers.SECTION):
        add_section(app, section)
    pages: tuple[Pages, ...] = (*public.PAGES, *account.PAGES, *buyers.PAGES, *producers.PAGES)
    for one in pages:
        app.register_blueprint(one)
    if not app.config["PRODUCTION"]:
        app.register_blueprint(styleguide)
