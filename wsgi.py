"""Composition root: puts marketplace, search and admin together. `flask` and gunicorn find `create_app` here."""

from __future__ import annotations

from typing import Final

from flask import Flask

from admin.feature import ADMIN
from marketplace import app as marketplace_app
from marketplace import cli
from marketplace.core.settings import Settings
from marketplace.features import Feature
from search.feature import SEARCH

# What stands on top of the marketplace, in the order in which facts reach it.
FEATURES: Final[tuple[Feature, ...]] = (SEARCH, ADMIN)


def create_app(settings: Settings | None = None) -> Flask:
    """The whole application; settings come from the environment unless given."""
    app = marketplace_app.create_app(settings or Settings.from_env(), FEATURES)
    app.extensions["attach"] = attach
    cli.register(app)
    return app


def attach(settings: Settings) -> None:
    """What a further process of this application calls first, without a web application: it hears the same facts."""
    marketplace_app.attach(settings, FEATURES)
