"""The least a Flask application does: one route, one small JSON answer. The floor of everything that answers HTTP."""

from __future__ import annotations

from flask import Flask, Response, jsonify


def create_app() -> Flask:
    """An application with /healthz and nothing else."""
    app = Flask("hello")

    @app.get("/healthz")
    def hello() -> Response:
        return jsonify({"hello": "世界"})

    return app
