"""Composition root: puts marketplace, search and admin together. `flask` and gunicorn find `create_app` here."""

from __future__ import annotations

from flask import Flask

from marketplace import app as marketplace_app
from marketplace import cli
from marketplace.core.settings import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The whole application; settings come from the environment unless given."""
    app = marketplace_app.create_app(settings or Settings.from_env())
    cli.register(app)
    return app
