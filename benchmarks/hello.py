"""The least a Flask application does: one route, one small JSON answer. The floor of everything that answers HTTP."""

from __future__ import annotations

from flask import Flask, Response, jsonify

from benchmarks.clients import Outcome, best, drive, get
from benchmarks.server import gunicorn


def create_app() -> Flask:
    """An application with /healthz and nothing else."""
    app = Flask("hello")

    @app.get("/healthz")
    def hello() -> Response:
        return jsonify({"hello": "世界"})

    return app


def measure(clients: int, seconds: float) -> Outcome:
    """Its requests under the same gunicorn."""
    with gunicorn("benchmarks.hello:create_app()", {}) as web:
        return best(
            lambda some: drive(web.port, lambda _: get("/healthz"), clients=clients, seconds=some), seconds
        )
